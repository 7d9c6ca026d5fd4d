BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE counters (
	name VARCHAR(32) NOT NULL, 
	next_id INTEGER NOT NULL, 
	CONSTRAINT pk_counters PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('fw_id',49);
INSERT INTO "counters" VALUES('wf_id',36);
INSERT INTO "counters" VALUES('launch_id',18);
CREATE TABLE fireworks (
	fw_id INTEGER NOT NULL, 
	wf_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	state VARCHAR(9) NOT NULL, 
	waiting_for INTEGER NOT NULL, 
	tolerant BOOLEAN NOT NULL, 
	leaf BOOLEAN NOT NULL, 
	blocking BOOLEAN NOT NULL, 
	priority FLOAT, 
	created_on VARCHAR(32) NOT NULL, 
	updated_on VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_fireworks PRIMARY KEY (fw_id), 
	CONSTRAINT fk_fireworks_wf_id FOREIGN KEY(wf_id) REFERENCES workflows (wf_id) ON DELETE CASCADE
);
INSERT INTO "fireworks" VALUES(1,1,'types','READY',0,0,1,0,NULL,'2026-11-23T21:33:38.885506+00:00','2026-11-23T21:33:38.885506+00:00');
INSERT INTO "fireworks" VALUES(2,2,'big','READY',0,0,1,0,NULL,'2026-11-23T21:33:38.907520+00:00','2026-11-23T21:33:38.907520+00:00');
INSERT INTO "fireworks" VALUES(3,3,'urgent','READY',0,0,1,0,5.0,'2026-11-23T21:33:38.914640+00:00','2026-11-23T21:33:38.914640+00:00');
INSERT INTO "fireworks" VALUES(4,4,'urgent','READY',0,0,1,0,2.5,'2026-11-23T21:33:38.922840+00:00','2026-11-23T21:33:38.922840+00:00');
INSERT INTO "fireworks" VALUES(5,5,'urgent','READY',0,0,1,0,-1.0,'2026-11-23T21:33:38.930678+00:00','2026-11-23T21:33:38.930678+00:00');
INSERT INTO "fireworks" VALUES(6,6,'urgent','READY',0,0,1,0,9e999,'2026-11-23T21:33:38.938684+00:00','2026-11-23T21:33:38.938684+00:00');
INSERT INTO "fireworks" VALUES(7,7,'urgent','READY',0,0,1,0,NULL,'2026-11-23T21:33:38.950621+00:00','2026-11-23T21:33:38.950621+00:00');
INSERT INTO "fireworks" VALUES(8,8,'urgent','READY',0,0,1,0,NULL,'2026-11-23T21:33:38.958660+00:00','2026-11-23T21:33:38.958660+00:00');
INSERT INTO "fireworks" VALUES(9,9,'urgent','READY',0,0,1,0,NULL,'2026-11-23T21:33:38.966701+00:00','2026-11-23T21:33:38.966701+00:00');
INSERT INTO "fireworks" VALUES(10,10,'for some','READY',0,0,1,0,NULL,'2026-11-23T21:33:38.971514+00:00','2026-11-23T21:33:38.971514+00:00');
INSERT INTO "fireworks" VALUES(11,11,'for some','READY',0,0,1,0,NULL,'2026-11-23T21:33:38.978615+00:00','2026-11-23T21:33:38.978615+00:00');
INSERT INTO "fireworks" VALUES(12,12,'for some','READY',0,0,1,0,NULL,'2026-11-23T21:33:38.982841+00:00','2026-11-23T21:33:38.982841+00:00');
INSERT INTO "fireworks" VALUES(13,13,'for some','READY',0,0,1,0,NULL,'2026-11-23T21:33:38.987593+00:00','2026-11-23T21:33:38.987593+00:00');
INSERT INTO "fireworks" VALUES(14,14,'diamond 1','COMPLETED',0,0,0,0,NULL,'2026-11-23T21:33:38.998706+00:00','2026-11-23T21:33:39.056239+00:00');
INSERT INTO "fireworks" VALUES(15,14,'diamond 2','COMPLETED',0,0,0,0,NULL,'2026-11-23T21:33:38.998706+00:00','2026-11-23T21:33:39.094791+00:00');
INSERT INTO "fireworks" VALUES(16,14,'diamond 3','READY',0,0,0,0,NULL,'2026-11-23T21:33:38.998706+00:00','2026-11-23T21:33:39.056239+00:00');
INSERT INTO "fireworks" VALUES(17,14,'diamond 4','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:38.998706+00:00','2026-11-23T21:33:39.094791+00:00');
INSERT INTO "fireworks" VALUES(18,15,'defuse 1','DEFUSED',0,0,0,0,NULL,'2026-11-23T21:33:39.106736+00:00','2026-11-23T21:33:39.114653+00:00');
INSERT INTO "fireworks" VALUES(19,15,'defuse 2','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:39.106736+00:00','2026-11-23T21:33:39.106736+00:00');
INSERT INTO "fireworks" VALUES(20,16,'pause 1','PAUSED',0,0,0,0,NULL,'2026-11-23T21:33:39.123791+00:00','2026-11-23T21:33:39.134661+00:00');
INSERT INTO "fireworks" VALUES(21,16,'pause 2','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:39.123791+00:00','2026-11-23T21:33:39.123791+00:00');
INSERT INTO "fireworks" VALUES(22,17,'archive 1','ARCHIVED',0,0,0,0,NULL,'2026-11-23T21:33:39.147751+00:00','2026-11-23T21:33:39.178483+00:00');
INSERT INTO "fireworks" VALUES(23,17,'archive 2','ARCHIVED',1,0,1,0,NULL,'2026-11-23T21:33:39.147751+00:00','2026-11-23T21:33:39.178483+00:00');
INSERT INTO "fireworks" VALUES(24,18,'fails','FIZZLED',0,0,0,1,NULL,'2026-11-23T21:33:39.195105+00:00','2026-11-23T21:33:39.223996+00:00');
INSERT INTO "fireworks" VALUES(25,18,'f','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:39.195105+00:00','2026-11-23T21:33:39.195105+00:00');
INSERT INTO "fireworks" VALUES(26,18,'tolerant','READY',0,1,1,0,NULL,'2026-11-23T21:33:39.195105+00:00','2026-11-23T21:33:39.223996+00:00');
INSERT INTO "fireworks" VALUES(27,19,'running','RUNNING',0,0,1,0,NULL,'2026-11-23T21:33:39.248458+00:00','2026-11-23T21:33:39.262919+00:00');
INSERT INTO "fireworks" VALUES(28,20,'lost','FIZZLED',0,0,1,1,NULL,'2026-11-23T21:33:39.278931+00:00','2026-11-23T21:33:39.310301+00:00');
INSERT INTO "fireworks" VALUES(29,21,'acts','COMPLETED',0,0,0,0,NULL,'2026-11-23T21:33:39.322735+00:00','2026-11-23T21:33:39.343780+00:00');
INSERT INTO "fireworks" VALUES(30,21,'child','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:39.322735+00:00','2026-11-23T21:33:39.343780+00:00');
INSERT INTO "fireworks" VALUES(31,21,'detour','READY',0,0,0,0,NULL,'2026-11-23T21:33:39.343780+00:00','2026-11-23T21:33:39.343780+00:00');
INSERT INTO "fireworks" VALUES(32,21,'added','READY',0,0,1,0,NULL,'2026-11-23T21:33:39.343780+00:00','2026-11-23T21:33:39.343780+00:00');
INSERT INTO "fireworks" VALUES(33,22,'defuses','COMPLETED',0,0,0,0,NULL,'2026-11-23T21:33:39.358768+00:00','2026-11-23T21:33:39.408856+00:00');
INSERT INTO "fireworks" VALUES(34,22,'held','DEFUSED',0,0,1,0,NULL,'2026-11-23T21:33:39.358768+00:00','2026-11-23T21:33:39.408856+00:00');
INSERT INTO "fireworks" VALUES(35,23,'again','READY',0,0,0,0,NULL,'2026-11-23T21:33:39.418805+00:00','2026-11-23T21:33:39.463376+00:00');
INSERT INTO "fireworks" VALUES(36,23,'f','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:39.418805+00:00','2026-11-23T21:33:39.463376+00:00');
INSERT INTO "fireworks" VALUES(37,24,'recovered','COMPLETED',0,0,1,0,NULL,'2026-11-23T21:33:39.472516+00:00','2026-11-23T21:33:40.630917+00:00');
INSERT INTO "fireworks" VALUES(38,25,'failed','FIZZLED',0,0,1,1,NULL,'2026-11-23T21:33:39.621603+00:00','2026-11-23T21:33:40.630917+00:00');
INSERT INTO "fireworks" VALUES(39,26,'queued','RESERVED',0,0,1,0,NULL,'2026-11-23T21:33:40.801744+00:00','2026-11-23T21:33:40.822714+00:00');
INSERT INTO "fireworks" VALUES(40,27,'done','RESERVED',0,0,1,0,NULL,'2026-11-23T21:33:40.852542+00:00','2026-11-23T21:33:40.854665+00:00');
INSERT INTO "fireworks" VALUES(41,28,'forgotten','RESERVED',0,0,1,0,NULL,'2026-11-23T21:33:41.048823+00:00','2026-11-23T21:33:41.066788+00:00');
INSERT INTO "fireworks" VALUES(42,29,'refused','FIZZLED',0,0,1,1,NULL,'2026-11-23T21:33:41.110566+00:00','2026-11-23T21:33:41.125147+00:00');
INSERT INTO "fireworks" VALUES(43,30,'reserved, no job','RESERVED',0,0,1,0,NULL,'2026-11-23T21:33:41.138515+00:00','2026-11-23T21:33:41.142611+00:00');
INSERT INTO "fireworks" VALUES(44,31,'one','READY',0,0,1,0,NULL,'2026-11-23T21:33:41.153020+00:00','2026-11-23T21:33:41.153020+00:00');
INSERT INTO "fireworks" VALUES(45,32,'other','READY',0,0,1,0,NULL,'2026-11-23T21:33:41.166633+00:00','2026-11-23T21:33:41.166633+00:00');
INSERT INTO "fireworks" VALUES(46,33,'third','READY',0,0,1,0,NULL,'2026-11-23T21:33:41.174940+00:00','2026-11-23T21:33:41.174940+00:00');
INSERT INTO "fireworks" VALUES(47,34,'no duplicate','READY',0,0,1,0,NULL,'2026-11-23T21:33:41.186521+00:00','2026-11-23T21:33:41.186521+00:00');
CREATE TABLE launches (
	launch_id INTEGER NOT NULL, 
	fw_id INTEGER NOT NULL, 
	archived BOOLEAN NOT NULL, 
	state VARCHAR(9) NOT NULL, 
	launch_dir TEXT NOT NULL, 
	worker TEXT NOT NULL, 
	host TEXT NOT NULL, 
	ip TEXT NOT NULL, 
	time_start VARCHAR(32), 
	time_end VARCHAR(32), 
	reservation_id TEXT, 
	token VARCHAR(64) NOT NULL, 
	attempt INTEGER NOT NULL, 
	cause TEXT, 
	reason TEXT, 
	queue TEXT, 
	fworker TEXT NOT NULL, 
	trackers TEXT NOT NULL, 
	state_history TEXT NOT NULL, 
	action TEXT, 
	CONSTRAINT pk_launches PRIMARY KEY (launch_id), 
	CONSTRAINT fk_launches_fw_id FOREIGN KEY(fw_id) REFERENCES fireworks (fw_id) ON DELETE CASCADE
);
INSERT INTO "launches" VALUES(1,14,0,'COMPLETED','@SITE@/launch 1','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.019560+00:00','2026-11-23T21:33:39.056239+00:00',NULL,'74322e9fa04fb429d0a4c34c6299e895',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.019560+00:00","updated_on":"2026-11-23T21:33:39.019560+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:39.056239+00:00"}]',NULL);
INSERT INTO "launches" VALUES(2,15,0,'COMPLETED','@SITE@/launch 2','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.074826+00:00','2026-11-23T21:33:39.094791+00:00',NULL,'7655202c018549bdf2e07b05487bfe36',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.074826+00:00","updated_on":"2026-11-23T21:33:39.074826+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:39.094791+00:00"}]',NULL);
INSERT INTO "launches" VALUES(3,22,1,'COMPLETED','@SITE@/launch 3','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.158773+00:00','2026-11-23T21:33:39.170824+00:00',NULL,'3a56d401f9c4d4398616cb7f83684361',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.158773+00:00","updated_on":"2026-11-23T21:33:39.158773+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:39.170824+00:00"}]',NULL);
INSERT INTO "launches" VALUES(4,24,0,'FIZZLED','@SITE@/launch 4','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.206828+00:00','2026-11-23T21:33:39.223996+00:00',NULL,'6e537ce6b0e07db84fdebee1f141fb1b',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.206828+00:00","updated_on":"2026-11-23T21:33:39.206828+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:33:39.223996+00:00"}]',NULL);
INSERT INTO "launches" VALUES(5,27,0,'RUNNING','@SITE@/launch 5','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.262919+00:00',NULL,NULL,'dcf04ca2091d3031981f847b559768a6',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.262919+00:00","updated_on":"2026-11-23T21:33:39.262919+00:00"}]',NULL);
INSERT INTO "launches" VALUES(6,28,0,'FIZZLED','@SITE@/launch 6','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.287220+00:00','2026-11-23T21:33:39.310301+00:00',NULL,'972b2e4925d0832f5e81cb4c59a0a11c',0,'LOST','declared lost by hand',NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.287220+00:00","updated_on":"2026-11-23T21:33:39.287220+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:33:39.310301+00:00"}]',NULL);
INSERT INTO "launches" VALUES(7,29,0,'COMPLETED','@SITE@/launch 7','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.330694+00:00','2026-11-23T21:33:39.343780+00:00',NULL,'e07de46771247531a9f565fa3c4bcc44',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.330694+00:00","updated_on":"2026-11-23T21:33:39.330694+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:39.343780+00:00"}]','{"stored_data":{"energy":{"$number":"nan"},"text":"µ","big":"@BIG@"},"exit":false,"update_spec":{},"mod_spec":[{"_set":{"a":{"b":1}}}],"additions":[{"spec":{"added":"ü","_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]},"fw_id":-1,"created_on":"2026-11-23T21:33:39.322600+00:00","updated_on":"2026-11-23T21:33:39.322616+00:00","name":"added"}],"detours":[{"spec":{"_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]},"fw_id":-2,"created_on":"2026-11-23T21:33:39.322636+00:00","updated_on":"2026-11-23T21:33:39.322638+00:00","name":"detour"}],"append_wfs":[],"defuse_children":false,"defuse_workflow":false,"propagate":false}');
INSERT INTO "launches" VALUES(8,33,0,'COMPLETED','@SITE@/launch 8','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.366883+00:00','2026-11-23T21:33:39.408856+00:00',NULL,'9289a32125b95f05ff4e6f5c6853475f',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.366883+00:00","updated_on":"2026-11-23T21:33:39.366883+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:39.408856+00:00"}]','{"stored_data":{},"exit":false,"update_spec":{},"mod_spec":[],"additions":[],"detours":[],"append_wfs":[],"defuse_children":true,"defuse_workflow":false,"propagate":false}');
INSERT INTO "launches" VALUES(9,35,1,'FIZZLED','@SITE@/launch 9','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.422867+00:00','2026-11-23T21:33:39.434969+00:00',NULL,'f80c7502745757ef966e85cf5e5ebf99',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.422867+00:00","updated_on":"2026-11-23T21:33:39.422867+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:33:39.434969+00:00"}]',NULL);
INSERT INTO "launches" VALUES(10,35,1,'COMPLETED','@SITE@/launch 10','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.451189+00:00','2026-11-23T21:33:39.459030+00:00',NULL,'eeb28f8a9e79c68cf660c88278490099',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.451189+00:00","updated_on":"2026-11-23T21:33:39.451189+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:39.459030+00:00"}]',NULL);
INSERT INTO "launches" VALUES(11,37,0,'COMPLETED','@SITE@/jobs/recovered','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.564676+00:00','2026-11-23T21:33:39.594557+00:00','job-11','42983bceb1bdfbaed09d85852cecab7f',1,NULL,NULL,'{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[{"filename":"out.txt","nlines":5,"allow_zipped":false}]','[{"state":"RESERVED","created_on":"2026-11-23T21:33:39.478729+00:00","updated_on":"2026-11-23T21:33:39.478729+00:00","reservation_id":"job-11"},{"state":"RUNNING","created_on":"2026-11-23T21:33:39.564676+00:00","updated_on":"2026-11-23T21:33:39.564676+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:39.594557+00:00"}]','{"stored_data":{"returncode":0,"all_returncodes":[0]},"exit":false,"update_spec":{},"mod_spec":[],"additions":[],"detours":[],"append_wfs":[],"defuse_children":false,"defuse_workflow":false,"propagate":false}');
INSERT INTO "launches" VALUES(12,38,0,'FIZZLED','@SITE@/jobs/failed','cluster ü','node7','10.0.0.7','2026-11-23T21:33:39.767311+00:00','2026-11-23T21:33:39.814897+00:00','job-12','285dc37fb6f530c3e6bba857f4853bdf',1,'EXCEPTION','RuntimeError: ScriptTask fizzled! Return code: [3]','{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:33:39.630607+00:00","updated_on":"2026-11-23T21:33:39.630607+00:00","reservation_id":"job-12"},{"state":"RUNNING","created_on":"2026-11-23T21:33:39.767311+00:00","updated_on":"2026-11-23T21:33:39.814897+00:00","checkpoint":{"_task_n":0,"_all_stored_data":{},"_all_update_spec":{},"_all_mod_spec":[]}},{"state":"FIZZLED","created_on":"2026-11-23T21:33:39.814897+00:00","checkpoint":{"_task_n":0,"_all_stored_data":{},"_all_update_spec":{},"_all_mod_spec":[]}}]','{"stored_data":{"_message":"runtime error during task","_task":{"_fw_name":"ScriptTask","script":"exit 3"},"_exception":{"_stacktrace":"Traceback (most recent call last):\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 81, in run\n    ending = Ending(State.COMPLETED, self._perform())\n                                     ^^^^^^^^^^^^^^^\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 95, in _perform\n    self._run_tasks(first)\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 106, in _run_tasks\n    action = self._run_task(task_n, task)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 154, in _run_task\n    returned = task.run_task(self._spec)\n               ^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/opt/longfuse/src/longfuse/firetasks/script.py\", line 59, in run_task\n    raise RuntimeError(f\"ScriptTask fizzled! Return code: {codes}\")\nRuntimeError: ScriptTask fizzled! Return code: [3]\n","_details":null}},"exit":true,"update_spec":{},"mod_spec":[],"additions":[],"detours":[],"append_wfs":[],"defuse_children":false,"defuse_workflow":false,"propagate":false}');
INSERT INTO "launches" VALUES(13,39,0,'RESERVED','@SITE@/jobs/queued','cluster ü','node7','10.0.0.7',NULL,NULL,'job-13','f555ef8ea14cb3af6d6bdf5bc35ed810',0,NULL,NULL,'{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:33:40.822714+00:00","updated_on":"2026-11-23T21:33:40.822714+00:00","reservation_id":"job-13"}]',NULL);
INSERT INTO "launches" VALUES(14,40,0,'RESERVED','@SITE@/jobs/done','cluster ü','node7','10.0.0.7',NULL,NULL,'job-14','246b8cd761672b3eee788bbce752e420',0,NULL,NULL,'{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[{"filename":"out.txt","nlines":5}]','[{"state":"RESERVED","created_on":"2026-11-23T21:33:40.854665+00:00","updated_on":"2026-11-23T21:33:40.854665+00:00","reservation_id":"job-14"}]',NULL);
INSERT INTO "launches" VALUES(15,41,0,'RESERVED','@SITE@/jobs/forgotten','cluster ü','node7','10.0.0.7',NULL,NULL,'job-15','bc3ff9c6c0158016286da96e9bd8c5f6',0,NULL,NULL,'{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:33:41.066788+00:00","updated_on":"2026-11-23T21:33:41.066788+00:00","reservation_id":"job-15"}]',NULL);
INSERT INTO "launches" VALUES(16,42,0,'FIZZLED','@SITE@/launch 11','cluster ü','node7','10.0.0.7',NULL,'2026-11-23T21:33:41.125147+00:00',NULL,'e60dcef5ef869cda570c5e37c9da3020',0,'SUBMIT','invalid partition ü',NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:33:41.118069+00:00","updated_on":"2026-11-23T21:33:41.118069+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:33:41.125147+00:00"}]',NULL);
INSERT INTO "launches" VALUES(17,43,0,'RESERVED','@SITE@/launch 12','cluster ü','node7','10.0.0.7',NULL,NULL,NULL,'58d825d4f8d678ce647db190f8b5e5a1',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:33:41.142611+00:00","updated_on":"2026-11-23T21:33:41.142611+00:00"}]',NULL);
CREATE TABLE links (
	parent INTEGER NOT NULL, 
	child INTEGER NOT NULL, 
	CONSTRAINT pk_links PRIMARY KEY (parent, child), 
	CONSTRAINT fk_links_parent FOREIGN KEY(parent) REFERENCES fireworks (fw_id) ON DELETE CASCADE, 
	CONSTRAINT fk_links_child FOREIGN KEY(child) REFERENCES fireworks (fw_id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "links" VALUES(14,15);
INSERT INTO "links" VALUES(14,16);
INSERT INTO "links" VALUES(15,17);
INSERT INTO "links" VALUES(16,17);
INSERT INTO "links" VALUES(18,19);
INSERT INTO "links" VALUES(20,21);
INSERT INTO "links" VALUES(22,23);
INSERT INTO "links" VALUES(24,25);
INSERT INTO "links" VALUES(24,26);
INSERT INTO "links" VALUES(29,30);
INSERT INTO "links" VALUES(31,30);
INSERT INTO "links" VALUES(29,31);
INSERT INTO "links" VALUES(29,32);
INSERT INTO "links" VALUES(33,34);
INSERT INTO "links" VALUES(35,36);
CREATE TABLE meta (
	name VARCHAR(32) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('launchpad_id','fbe9f85df434bcd8c170498a93e0f4c7');
CREATE TABLE offline_runs (
	launch_id INTEGER NOT NULL, 
	fw_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	created_on VARCHAR(32) NOT NULL, 
	updated_on VARCHAR(32) NOT NULL, 
	deprecated BOOLEAN NOT NULL, 
	completed BOOLEAN NOT NULL, 
	signature TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	CONSTRAINT pk_offline_runs PRIMARY KEY (launch_id), 
	CONSTRAINT fk_offline_runs_launch_id FOREIGN KEY(launch_id) REFERENCES launches (launch_id) ON DELETE CASCADE
);
INSERT INTO "offline_runs" VALUES(1,14,'diamond 1','2026-11-23T21:33:39.019560+00:00','2026-11-23T21:33:39.056239+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(2,15,'diamond 2','2026-11-23T21:33:39.074826+00:00','2026-11-23T21:33:39.094791+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(3,22,'archive 1','2026-11-23T21:33:39.158773+00:00','2026-11-23T21:33:39.170824+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(4,24,'fails','2026-11-23T21:33:39.206828+00:00','2026-11-23T21:33:39.223996+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(5,27,'running','2026-11-23T21:33:39.262919+00:00','2026-11-23T21:33:39.262919+00:00',0,0,'','the launch directory @SITE@/launch 5 is not there: moved, purged or not mounted');
INSERT INTO "offline_runs" VALUES(6,28,'lost','2026-11-23T21:33:39.287220+00:00','2026-11-23T21:33:39.310301+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(7,29,'acts','2026-11-23T21:33:39.330694+00:00','2026-11-23T21:33:39.343780+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(8,33,'defuses','2026-11-23T21:33:39.366883+00:00','2026-11-23T21:33:39.408856+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(9,35,'again','2026-11-23T21:33:39.422867+00:00','2026-11-23T21:33:39.434969+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(10,35,'again','2026-11-23T21:33:39.451189+00:00','2026-11-23T21:33:39.459030+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(11,37,'recovered','2026-11-23T21:33:39.478729+00:00','2026-11-23T21:33:40.630917+00:00',0,1,'2c0de2.151.18eaca1b2a97743f 2c0de5.196.18eaca1b301b50c3 2c0de4.244.18eaca1b30d26bc3','');
INSERT INTO "offline_runs" VALUES(12,38,'failed','2026-11-23T21:33:39.630607+00:00','2026-11-23T21:33:40.630917+00:00',0,1,'2c0de8.151.18eaca1b3428e9c2 2c0dea.15b.18eaca1b3c0712c1 2c0deb.670.18eaca1b3def5ac0','');
INSERT INTO "offline_runs" VALUES(13,39,'queued','2026-11-23T21:33:40.822714+00:00','2026-11-23T21:33:40.822714+00:00',0,0,'','');
INSERT INTO "offline_runs" VALUES(14,40,'done','2026-11-23T21:33:40.854665+00:00','2026-11-23T21:33:40.854665+00:00',0,0,'','');
INSERT INTO "offline_runs" VALUES(15,41,'forgotten','2026-11-23T21:33:41.066788+00:00','2026-11-23T21:33:41.107589+00:00',1,0,'','');
INSERT INTO "offline_runs" VALUES(16,42,'refused','2026-11-23T21:33:41.118069+00:00','2026-11-23T21:33:41.125147+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(17,43,'reserved, no job','2026-11-23T21:33:41.142611+00:00','2026-11-23T21:33:41.142611+00:00',0,0,'','');
CREATE TABLE specs (
	fw_id INTEGER NOT NULL, 
	spec TEXT NOT NULL, 
	CONSTRAINT pk_specs PRIMARY KEY (fw_id), 
	CONSTRAINT fk_specs_fw_id FOREIGN KEY(fw_id) REFERENCES fireworks (fw_id) ON DELETE CASCADE
);
INSERT INTO "specs" VALUES(1,'{"texts":["größe","汉字","🧨","it''s \"quoted\" \\ %s :name","two\nlines","nul \u0000","20240101T10",""],"numbers":[0,-0.0,1,1.0,1e+300,1180591620717411303424,0.1,{"$number":"nan"},{"$number":"-inf"}],"others":[null,true,false,[],{},{"":{"a.b":{"$c":[[]]}}}],"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(2,'{"big":"@BIG@","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(3,'{"_priority":5,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(4,'{"_priority":2.5,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(5,'{"_priority":-1,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(6,'{"_priority":10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(7,'{"_priority":"high","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(8,'{"_priority":null,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(9,'{"_priority":true,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(10,'{"_category":"big","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(11,'{"_category":["big"],"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(12,'{"_fworker":"cluster ü","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(13,'{"_fworker":"other","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(14,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(15,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(16,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(17,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(18,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(19,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(20,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(21,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(22,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(23,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(24,'{"_tasks":[{"_fw_name":"ScriptTask","script":"exit 3"}]}');
INSERT INTO "specs" VALUES(25,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(26,'{"_allow_fizzled_parents":true,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}],"_fizzled_parents":[{"spec":{"_tasks":[{"_fw_name":"ScriptTask","script":"exit 3"}]},"fw_id":24,"created_on":"2026-11-23T21:33:39.195105+00:00","updated_on":"2026-11-23T21:33:39.206828+00:00","launches":[{"fworker":{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}},"fw_id":24,"launch_dir":"@SITE@/launch 4","host":"node7","ip":"10.0.0.7","trackers":[],"action":null,"state":"FIZZLED","state_history":[{"state":"RUNNING","created_on":"2026-11-23T21:33:39.206828+00:00","updated_on":"2026-11-23T21:33:39.206828+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:33:39.223996+00:00"}],"launch_id":4}],"state":"FIZZLED","name":"fails"}]}');
INSERT INTO "specs" VALUES(27,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(28,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(29,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(30,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}],"a":{"b":1}}');
INSERT INTO "specs" VALUES(31,'{"_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]}');
INSERT INTO "specs" VALUES(32,'{"added":"ü","_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]}');
INSERT INTO "specs" VALUES(33,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(34,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(35,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(36,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(37,'{"_trackers":[{"filename":"out.txt","nlines":5}],"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(38,'{"_tasks":[{"_fw_name":"ScriptTask","script":"exit 3"}]}');
INSERT INTO "specs" VALUES(39,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(40,'{"_trackers":[{"filename":"out.txt","nlines":5}],"_tasks":[{"_fw_name":"ScriptTask","script":"echo done > out.txt"}]}');
INSERT INTO "specs" VALUES(41,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(42,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(43,'{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(44,'{"_dupefinder":{"_fw_name":"DupeFinderExact"},"formula":"H₂O","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(45,'{"_dupefinder":{"_fw_name":"DupeFinderExact"},"formula":"H₂O","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(46,'{"_dupefinder":{"_fw_name":"DupeFinderExact"},"formula":"H₂O","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO "specs" VALUES(47,'{"text":"the word \"_dupefinder\" alone","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
CREATE TABLE workflows (
	wf_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	state VARCHAR(9) NOT NULL, 
	n_archived INTEGER NOT NULL, 
	n_fizzled INTEGER NOT NULL, 
	n_defused INTEGER NOT NULL, 
	n_paused INTEGER NOT NULL, 
	n_waiting INTEGER NOT NULL, 
	n_ready INTEGER NOT NULL, 
	n_reserved INTEGER NOT NULL, 
	n_running INTEGER NOT NULL, 
	n_completed INTEGER NOT NULL, 
	open_leaves INTEGER NOT NULL, 
	blocking INTEGER NOT NULL, 
	created_on VARCHAR(32) NOT NULL, 
	updated_on VARCHAR(32) NOT NULL, 
	metadata TEXT NOT NULL, 
	CONSTRAINT pk_workflows PRIMARY KEY (wf_id)
);
INSERT INTO "workflows" VALUES(1,'größe 🧨','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.885506+00:00','2026-11-23T21:33:38.885506+00:00','{"who":"Ä","n":[1,null,{"$number":"nan"}]}');
INSERT INTO "workflows" VALUES(2,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.907520+00:00','2026-11-23T21:33:38.907520+00:00','{}');
INSERT INTO "workflows" VALUES(3,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.914640+00:00','2026-11-23T21:33:38.914640+00:00','{}');
INSERT INTO "workflows" VALUES(4,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.922840+00:00','2026-11-23T21:33:38.922840+00:00','{}');
INSERT INTO "workflows" VALUES(5,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.930678+00:00','2026-11-23T21:33:38.930678+00:00','{}');
INSERT INTO "workflows" VALUES(6,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.938684+00:00','2026-11-23T21:33:38.938684+00:00','{}');
INSERT INTO "workflows" VALUES(7,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.950621+00:00','2026-11-23T21:33:38.950621+00:00','{}');
INSERT INTO "workflows" VALUES(8,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.958660+00:00','2026-11-23T21:33:38.958660+00:00','{}');
INSERT INTO "workflows" VALUES(9,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.966701+00:00','2026-11-23T21:33:38.966701+00:00','{}');
INSERT INTO "workflows" VALUES(10,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.971514+00:00','2026-11-23T21:33:38.971514+00:00','{}');
INSERT INTO "workflows" VALUES(11,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.978615+00:00','2026-11-23T21:33:38.978615+00:00','{}');
INSERT INTO "workflows" VALUES(12,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.982841+00:00','2026-11-23T21:33:38.982841+00:00','{}');
INSERT INTO "workflows" VALUES(13,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:38.987593+00:00','2026-11-23T21:33:38.987593+00:00','{}');
INSERT INTO "workflows" VALUES(14,'diamond','RUNNING',0,0,0,0,1,1,0,0,2,1,0,'2026-11-23T21:33:38.998706+00:00','2026-11-23T21:33:39.094791+00:00','{}');
INSERT INTO "workflows" VALUES(15,'defuse','DEFUSED',0,0,1,0,1,0,0,0,0,1,0,'2026-11-23T21:33:39.106736+00:00','2026-11-23T21:33:39.114653+00:00','{}');
INSERT INTO "workflows" VALUES(16,'pause','PAUSED',0,0,0,1,1,0,0,0,0,1,0,'2026-11-23T21:33:39.123791+00:00','2026-11-23T21:33:39.134661+00:00','{}');
INSERT INTO "workflows" VALUES(17,'archive','ARCHIVED',2,0,0,0,0,0,0,0,0,1,0,'2026-11-23T21:33:39.147751+00:00','2026-11-23T21:33:39.178483+00:00','{}');
INSERT INTO "workflows" VALUES(18,'fizzled','FIZZLED',0,1,0,0,1,1,0,0,0,2,1,'2026-11-23T21:33:39.195105+00:00','2026-11-23T21:33:39.223996+00:00','{}');
INSERT INTO "workflows" VALUES(19,'w','RUNNING',0,0,0,0,0,0,0,1,0,1,0,'2026-11-23T21:33:39.248458+00:00','2026-11-23T21:33:39.262919+00:00','{}');
INSERT INTO "workflows" VALUES(20,'w','FIZZLED',0,1,0,0,0,0,0,0,0,1,1,'2026-11-23T21:33:39.278931+00:00','2026-11-23T21:33:39.310301+00:00','{}');
INSERT INTO "workflows" VALUES(21,'actions','RUNNING',0,0,0,0,1,2,0,0,1,2,0,'2026-11-23T21:33:39.322735+00:00','2026-11-23T21:33:39.343780+00:00','{}');
INSERT INTO "workflows" VALUES(22,'held by an action','DEFUSED',0,0,1,0,0,0,0,0,1,1,0,'2026-11-23T21:33:39.358768+00:00','2026-11-23T21:33:39.408856+00:00','{}');
INSERT INTO "workflows" VALUES(23,'rerun','READY',0,0,0,0,1,1,0,0,0,1,0,'2026-11-23T21:33:39.418805+00:00','2026-11-23T21:33:39.463376+00:00','{}');
INSERT INTO "workflows" VALUES(24,'w','COMPLETED',0,0,0,0,0,0,0,0,1,0,0,'2026-11-23T21:33:39.472516+00:00','2026-11-23T21:33:40.630917+00:00','{}');
INSERT INTO "workflows" VALUES(25,'w','FIZZLED',0,1,0,0,0,0,0,0,0,1,1,'2026-11-23T21:33:39.621603+00:00','2026-11-23T21:33:40.630917+00:00','{}');
INSERT INTO "workflows" VALUES(26,'w','RESERVED',0,0,0,0,0,0,1,0,0,1,0,'2026-11-23T21:33:40.801744+00:00','2026-11-23T21:33:40.822714+00:00','{}');
INSERT INTO "workflows" VALUES(27,'w','RESERVED',0,0,0,0,0,0,1,0,0,1,0,'2026-11-23T21:33:40.852542+00:00','2026-11-23T21:33:40.854665+00:00','{}');
INSERT INTO "workflows" VALUES(28,'w','RESERVED',0,0,0,0,0,0,1,0,0,1,0,'2026-11-23T21:33:41.048823+00:00','2026-11-23T21:33:41.066788+00:00','{}');
INSERT INTO "workflows" VALUES(29,'w','FIZZLED',0,1,0,0,0,0,0,0,0,1,1,'2026-11-23T21:33:41.110566+00:00','2026-11-23T21:33:41.125147+00:00','{}');
INSERT INTO "workflows" VALUES(30,'w','RESERVED',0,0,0,0,0,0,1,0,0,1,0,'2026-11-23T21:33:41.138515+00:00','2026-11-23T21:33:41.142611+00:00','{}');
INSERT INTO "workflows" VALUES(31,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:41.153020+00:00','2026-11-23T21:33:41.153020+00:00','{}');
INSERT INTO "workflows" VALUES(32,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:41.166633+00:00','2026-11-23T21:33:41.166633+00:00','{}');
INSERT INTO "workflows" VALUES(33,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:41.174940+00:00','2026-11-23T21:33:41.174940+00:00','{}');
INSERT INTO "workflows" VALUES(34,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:41.186521+00:00','2026-11-23T21:33:41.186521+00:00','{}');
CREATE INDEX ix_workflows_state ON workflows (state);
CREATE INDEX ix_workflows_updated_on ON workflows (updated_on);
CREATE INDEX ix_workflows_created_on ON workflows (created_on);
CREATE INDEX ix_workflows_name ON workflows (name);
CREATE INDEX ix_fireworks_wf_id ON fireworks (wf_id);
CREATE INDEX ix_fireworks_created_on ON fireworks (created_on);
CREATE INDEX ix_fireworks_ready_fifo ON fireworks (priority DESC, created_on, fw_id) WHERE state = 'READY';
CREATE INDEX ix_fireworks_ready_filo ON fireworks (priority DESC, created_on DESC, fw_id DESC) WHERE state = 'READY';
CREATE INDEX ix_fireworks_name ON fireworks (name);
CREATE INDEX ix_fireworks_ready ON fireworks (priority DESC, fw_id) WHERE state = 'READY';
CREATE INDEX ix_fireworks_state ON fireworks (state);
CREATE INDEX ix_fireworks_updated_on ON fireworks (updated_on);
CREATE INDEX ix_links_child_parent ON links (child, parent);
CREATE INDEX ix_launches_state ON launches (state);
CREATE INDEX ix_launches_fw_id ON launches (fw_id);
CREATE INDEX ix_launches_time_end ON launches (time_end);
CREATE INDEX ix_launches_reservation_id ON launches (reservation_id);
CREATE INDEX ix_offline_runs_open ON offline_runs (launch_id) WHERE deprecated = 0 AND completed = 0;
COMMIT;
