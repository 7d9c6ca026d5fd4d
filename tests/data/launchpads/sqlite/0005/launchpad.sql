BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE counters (
	name VARCHAR(32) NOT NULL, 
	next_id INTEGER NOT NULL, 
	CONSTRAINT pk_counters PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('fw_id',49);
INSERT INTO "counters" VALUES('wf_id',36);
INSERT INTO "counters" VALUES('launch_id',19);
CREATE TABLE dupe_specs (
	fw_id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_dupe_specs PRIMARY KEY (fw_id), 
	CONSTRAINT fk_dupe_specs_fw_id FOREIGN KEY(fw_id) REFERENCES fireworks (fw_id) ON DELETE CASCADE
);
INSERT INTO "dupe_specs" VALUES(44,'7de8c92612de816b56220f96645fd0105a7fbbcc9ef8738e3faa54057fe9decf');
INSERT INTO "dupe_specs" VALUES(45,'7de8c92612de816b56220f96645fd0105a7fbbcc9ef8738e3faa54057fe9decf');
INSERT INTO "dupe_specs" VALUES(46,'7de8c92612de816b56220f96645fd0105a7fbbcc9ef8738e3faa54057fe9decf');
CREATE TABLE filepad (
	file_id INTEGER NOT NULL, 
	pad TEXT NOT NULL, 
	identifier TEXT NOT NULL, 
	gfs_id VARCHAR(24) NOT NULL, 
	original_file_name TEXT, 
	original_file_path TEXT, 
	metadata TEXT, 
	compressed BOOLEAN NOT NULL, 
	size INTEGER NOT NULL, 
	created_on VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_filepad PRIMARY KEY (file_id), 
	CONSTRAINT uq_filepad_pad_identifier UNIQUE (pad, identifier), 
	CONSTRAINT uq_filepad_gfs_id UNIQUE (gfs_id)
);
INSERT INTO "filepad" VALUES(1,'filepad','größe.dat','66696c657061646772c3b6c3',NULL,'/data/ü','{"nan":{"$number":"nan"}}',0,261,'2026-01-02T03:04:05.000006+00:00');
INSERT INTO "filepad" VALUES(2,'other','größe.dat','6f746865726772c3b6c39f65',NULL,'/data/ü','{"nan":{"$number":"nan"}}',0,261,'2026-01-02T03:04:05.000006+00:00');
INSERT INTO "filepad" VALUES(3,'filepad','empty','66696c65706164656d707479',NULL,'/data/ü','{"nan":{"$number":"nan"}}',0,0,'2026-01-02T03:04:05.000006+00:00');
CREATE TABLE filepad_chunks (
	file_id INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	data BLOB NOT NULL, 
	CONSTRAINT pk_filepad_chunks PRIMARY KEY (file_id, n), 
	CONSTRAINT fk_filepad_chunks_file_id FOREIGN KEY(file_id) REFERENCES filepad (file_id) ON DELETE CASCADE
);
INSERT INTO "filepad_chunks" VALUES(1,0,X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF');
INSERT INTO "filepad_chunks" VALUES(1,1,X'');
INSERT INTO "filepad_chunks" VALUES(1,2,X'656E642000');
INSERT INTO "filepad_chunks" VALUES(2,0,X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF');
INSERT INTO "filepad_chunks" VALUES(2,1,X'');
INSERT INTO "filepad_chunks" VALUES(2,2,X'656E642000');
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
	lane TEXT DEFAULT '?' NOT NULL, 
	CONSTRAINT pk_fireworks PRIMARY KEY (fw_id), 
	CONSTRAINT fk_fireworks_wf_id FOREIGN KEY(wf_id) REFERENCES workflows (wf_id) ON DELETE CASCADE
);
INSERT INTO "fireworks" VALUES(1,1,'types','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.329546+00:00','2026-11-23T21:33:59.329546+00:00','');
INSERT INTO "fireworks" VALUES(2,2,'big','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.355845+00:00','2026-11-23T21:33:59.355845+00:00','');
INSERT INTO "fireworks" VALUES(3,3,'urgent','READY',0,0,1,0,5.0,'2026-11-23T21:33:59.358620+00:00','2026-11-23T21:33:59.358620+00:00','');
INSERT INTO "fireworks" VALUES(4,4,'urgent','READY',0,0,1,0,2.5,'2026-11-23T21:33:59.360061+00:00','2026-11-23T21:33:59.360061+00:00','');
INSERT INTO "fireworks" VALUES(5,5,'urgent','READY',0,0,1,0,-1.0,'2026-11-23T21:33:59.363363+00:00','2026-11-23T21:33:59.363363+00:00','');
INSERT INTO "fireworks" VALUES(6,6,'urgent','READY',0,0,1,0,9e999,'2026-11-23T21:33:59.366590+00:00','2026-11-23T21:33:59.366590+00:00','');
INSERT INTO "fireworks" VALUES(7,7,'urgent','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.367959+00:00','2026-11-23T21:33:59.367959+00:00','');
INSERT INTO "fireworks" VALUES(8,8,'urgent','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.369220+00:00','2026-11-23T21:33:59.369220+00:00','');
INSERT INTO "fireworks" VALUES(9,9,'urgent','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.374684+00:00','2026-11-23T21:33:59.374684+00:00','');
INSERT INTO "fireworks" VALUES(10,10,'for some','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.376107+00:00','2026-11-23T21:33:59.376107+00:00','{"_category": "big"}');
INSERT INTO "fireworks" VALUES(11,11,'for some','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.377414+00:00','2026-11-23T21:33:59.377414+00:00','?');
INSERT INTO "fireworks" VALUES(12,12,'for some','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.378784+00:00','2026-11-23T21:33:59.378784+00:00','{"_fworker": "cluster ü"}');
INSERT INTO "fireworks" VALUES(13,13,'for some','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.380138+00:00','2026-11-23T21:33:59.380138+00:00','{"_fworker": "other"}');
INSERT INTO "fireworks" VALUES(14,14,'diamond 1','COMPLETED',0,0,0,0,NULL,'2026-11-23T21:33:59.385983+00:00','2026-11-23T21:33:59.428895+00:00','');
INSERT INTO "fireworks" VALUES(15,14,'diamond 2','COMPLETED',0,0,0,0,NULL,'2026-11-23T21:33:59.385983+00:00','2026-11-23T21:33:59.440496+00:00','');
INSERT INTO "fireworks" VALUES(16,14,'diamond 3','READY',0,0,0,0,NULL,'2026-11-23T21:33:59.385983+00:00','2026-11-23T21:33:59.428895+00:00','');
INSERT INTO "fireworks" VALUES(17,14,'diamond 4','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:59.385983+00:00','2026-11-23T21:33:59.440496+00:00','');
INSERT INTO "fireworks" VALUES(18,15,'defuse 1','DEFUSED',0,0,0,0,NULL,'2026-11-23T21:33:59.442771+00:00','2026-11-23T21:33:59.450860+00:00','');
INSERT INTO "fireworks" VALUES(19,15,'defuse 2','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:59.442771+00:00','2026-11-23T21:33:59.442771+00:00','');
INSERT INTO "fireworks" VALUES(20,16,'pause 1','PAUSED',0,0,0,0,NULL,'2026-11-23T21:33:59.453780+00:00','2026-11-23T21:33:59.455334+00:00','');
INSERT INTO "fireworks" VALUES(21,16,'pause 2','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:59.453780+00:00','2026-11-23T21:33:59.453780+00:00','');
INSERT INTO "fireworks" VALUES(22,17,'archive 1','ARCHIVED',0,0,0,0,NULL,'2026-11-23T21:33:59.457051+00:00','2026-11-23T21:33:59.463165+00:00','');
INSERT INTO "fireworks" VALUES(23,17,'archive 2','ARCHIVED',1,0,1,0,NULL,'2026-11-23T21:33:59.457051+00:00','2026-11-23T21:33:59.463165+00:00','');
INSERT INTO "fireworks" VALUES(24,18,'fails','FIZZLED',0,0,0,1,NULL,'2026-11-23T21:33:59.466683+00:00','2026-11-23T21:33:59.470485+00:00','');
INSERT INTO "fireworks" VALUES(25,18,'f','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:59.466683+00:00','2026-11-23T21:33:59.466683+00:00','');
INSERT INTO "fireworks" VALUES(26,18,'tolerant','READY',0,1,1,0,NULL,'2026-11-23T21:33:59.466683+00:00','2026-11-23T21:33:59.470485+00:00','');
INSERT INTO "fireworks" VALUES(27,19,'running','RUNNING',0,0,1,0,NULL,'2026-11-23T21:33:59.475649+00:00','2026-11-23T21:33:59.490739+00:00','');
INSERT INTO "fireworks" VALUES(28,20,'lost','FIZZLED',0,0,1,1,NULL,'2026-11-23T21:33:59.494051+00:00','2026-11-23T21:33:59.512607+00:00','');
INSERT INTO "fireworks" VALUES(29,21,'acts','COMPLETED',0,0,0,0,NULL,'2026-11-23T21:33:59.530979+00:00','2026-11-23T21:33:59.553539+00:00','');
INSERT INTO "fireworks" VALUES(30,21,'child','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:59.530979+00:00','2026-11-23T21:33:59.553539+00:00','');
INSERT INTO "fireworks" VALUES(31,21,'detour','READY',0,0,0,0,NULL,'2026-11-23T21:33:59.553539+00:00','2026-11-23T21:33:59.553539+00:00','');
INSERT INTO "fireworks" VALUES(32,21,'added','READY',0,0,1,0,NULL,'2026-11-23T21:33:59.553539+00:00','2026-11-23T21:33:59.553539+00:00','');
INSERT INTO "fireworks" VALUES(33,22,'defuses','COMPLETED',0,0,0,0,NULL,'2026-11-23T21:33:59.566848+00:00','2026-11-23T21:33:59.585168+00:00','');
INSERT INTO "fireworks" VALUES(34,22,'held','DEFUSED',0,0,1,0,NULL,'2026-11-23T21:33:59.566848+00:00','2026-11-23T21:33:59.585168+00:00','');
INSERT INTO "fireworks" VALUES(35,23,'again','READY',0,0,0,0,NULL,'2026-11-23T21:33:59.591012+00:00','2026-11-23T21:33:59.638442+00:00','');
INSERT INTO "fireworks" VALUES(36,23,'f','WAITING',1,0,1,0,NULL,'2026-11-23T21:33:59.591012+00:00','2026-11-23T21:33:59.638442+00:00','');
INSERT INTO "fireworks" VALUES(37,24,'recovered','COMPLETED',0,0,1,0,NULL,'2026-11-23T21:33:59.647432+00:00','2026-11-23T21:34:01.172242+00:00','');
INSERT INTO "fireworks" VALUES(38,25,'failed','FIZZLED',0,0,1,1,NULL,'2026-11-23T21:33:59.856807+00:00','2026-11-23T21:34:01.172242+00:00','');
INSERT INTO "fireworks" VALUES(39,26,'queued','RESERVED',0,0,1,0,NULL,'2026-11-23T21:34:01.364293+00:00','2026-11-23T21:34:01.371192+00:00','');
INSERT INTO "fireworks" VALUES(40,27,'done','RESERVED',0,0,1,0,NULL,'2026-11-23T21:34:01.380055+00:00','2026-11-23T21:34:01.381641+00:00','');
INSERT INTO "fireworks" VALUES(41,28,'forgotten','RESERVED',0,0,1,0,NULL,'2026-11-23T21:34:01.490461+00:00','2026-11-23T21:34:01.492649+00:00','');
INSERT INTO "fireworks" VALUES(42,29,'refused','FIZZLED',0,0,1,1,NULL,'2026-11-23T21:34:01.513641+00:00','2026-11-23T21:34:01.518259+00:00','');
INSERT INTO "fireworks" VALUES(43,30,'reserved, no job','RESERVED',0,0,1,0,NULL,'2026-11-23T21:34:01.520179+00:00','2026-11-23T21:34:01.521647+00:00','');
INSERT INTO "fireworks" VALUES(44,31,'one','COMPLETED',0,0,1,0,NULL,'2026-11-23T21:34:01.524354+00:00','2026-11-23T21:34:01.567458+00:00','');
INSERT INTO "fireworks" VALUES(45,32,'other','COMPLETED',0,0,1,0,NULL,'2026-11-23T21:34:01.526673+00:00','2026-11-23T21:34:01.570359+00:00','');
INSERT INTO "fireworks" VALUES(46,33,'third','READY',0,0,1,0,NULL,'2026-11-23T21:34:01.576946+00:00','2026-11-23T21:34:01.576946+00:00','');
INSERT INTO "fireworks" VALUES(47,34,'no duplicate','READY',0,0,1,0,NULL,'2026-11-23T21:34:01.582657+00:00','2026-11-23T21:34:01.582657+00:00','');
CREATE TABLE holds (
	fw_id INTEGER NOT NULL, 
	since VARCHAR(32) NOT NULL, 
	by_fw_id INTEGER, 
	CONSTRAINT pk_holds PRIMARY KEY (fw_id), 
	CONSTRAINT fk_holds_fw_id FOREIGN KEY(fw_id) REFERENCES fireworks (fw_id) ON DELETE CASCADE
);
INSERT INTO "holds" VALUES(18,'2026-11-23T21:33:59.450860+00:00',NULL);
INSERT INTO "holds" VALUES(20,'2026-11-23T21:33:59.455334+00:00',NULL);
INSERT INTO "holds" VALUES(22,'2026-11-23T21:33:59.463165+00:00',NULL);
INSERT INTO "holds" VALUES(23,'2026-11-23T21:33:59.463165+00:00',NULL);
INSERT INTO "holds" VALUES(34,'2026-11-23T21:33:59.585168+00:00',33);
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
	effects TEXT, 
	CONSTRAINT pk_launches PRIMARY KEY (launch_id), 
	CONSTRAINT fk_launches_fw_id FOREIGN KEY(fw_id) REFERENCES fireworks (fw_id) ON DELETE CASCADE
);
INSERT INTO "launches" VALUES(1,14,0,'COMPLETED','@SITE@/launch 1','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.406764+00:00','2026-11-23T21:33:59.428895+00:00',NULL,'8a675bc2f4742e698229479879a7d295',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.406764+00:00","updated_on":"2026-11-23T21:33:59.406764+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:59.428895+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(2,15,0,'COMPLETED','@SITE@/launch 2','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.437295+00:00','2026-11-23T21:33:59.440496+00:00',NULL,'10bca6b9748038f53c3b15c9cec599f7',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.437295+00:00","updated_on":"2026-11-23T21:33:59.437295+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:59.440496+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(3,22,1,'COMPLETED','@SITE@/launch 3','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.458769+00:00','2026-11-23T21:33:59.461119+00:00',NULL,'e5f7c56eeda08cf9844921474f742050',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.458769+00:00","updated_on":"2026-11-23T21:33:59.458769+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:59.461119+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(4,24,0,'FIZZLED','@SITE@/launch 4','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.468220+00:00','2026-11-23T21:33:59.470485+00:00',NULL,'3a6f8556f3fe62b1f5e28b0164b9b244',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.468220+00:00","updated_on":"2026-11-23T21:33:59.468220+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:33:59.470485+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(5,27,0,'RUNNING','@SITE@/launch 5','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.490739+00:00',NULL,NULL,'49cfb89c456606bf3dc2296d9227a10b',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.490739+00:00","updated_on":"2026-11-23T21:33:59.490739+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(6,28,0,'FIZZLED','@SITE@/launch 6','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.500191+00:00','2026-11-23T21:33:59.512607+00:00',NULL,'c5bbd4348d8cab081ebb53d857e452ba',0,'LOST','declared lost by hand',NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.500191+00:00","updated_on":"2026-11-23T21:33:59.500191+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:33:59.512607+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(7,29,0,'COMPLETED','@SITE@/launch 7','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.538692+00:00','2026-11-23T21:33:59.553539+00:00',NULL,'3d8b6281e4585051dca3d94a87c79abb',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.538692+00:00","updated_on":"2026-11-23T21:33:59.538692+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:59.553539+00:00"}]','{"stored_data":{"energy":{"$number":"nan"},"text":"µ","big":"@BIG@"},"exit":false,"update_spec":{},"mod_spec":[{"_set":{"a":{"b":1}}}],"additions":[{"spec":{"added":"ü","_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]},"fw_id":-1,"created_on":"2026-11-23T21:33:59.530811+00:00","updated_on":"2026-11-23T21:33:59.530831+00:00","name":"added"}],"detours":[{"spec":{"_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]},"fw_id":-2,"created_on":"2026-11-23T21:33:59.530853+00:00","updated_on":"2026-11-23T21:33:59.530856+00:00","name":"detour"}],"append_wfs":[],"defuse_children":false,"defuse_workflow":false,"propagate":false}','{"added":[31,32]}');
INSERT INTO "launches" VALUES(8,33,0,'COMPLETED','@SITE@/launch 8','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.574675+00:00','2026-11-23T21:33:59.585168+00:00',NULL,'39a32f5063e4992443bfb4660073b619',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.574675+00:00","updated_on":"2026-11-23T21:33:59.574675+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:59.585168+00:00"}]','{"stored_data":{},"exit":false,"update_spec":{},"mod_spec":[],"additions":[],"detours":[],"append_wfs":[],"defuse_children":true,"defuse_workflow":false,"propagate":false}',NULL);
INSERT INTO "launches" VALUES(9,35,1,'FIZZLED','@SITE@/launch 9','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.598669+00:00','2026-11-23T21:33:59.606599+00:00',NULL,'7d0485c8d1d2a1f8d266466fc0ca2029',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.598669+00:00","updated_on":"2026-11-23T21:33:59.598669+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:33:59.606599+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(10,35,1,'COMPLETED','@SITE@/launch 10','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.622764+00:00','2026-11-23T21:33:59.630607+00:00',NULL,'97340100f2392c4f710fcf9d4c1844f8',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.622764+00:00","updated_on":"2026-11-23T21:33:59.622764+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:59.630607+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(11,37,0,'COMPLETED','@SITE@/jobs/recovered','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.781391+00:00','2026-11-23T21:33:59.831246+00:00','job-11','e4f9bd8dee60fa3a5fdfb0cc554fa3ea',1,NULL,NULL,'{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[{"filename":"out.txt","nlines":5,"allow_zipped":false}]','[{"state":"RESERVED","created_on":"2026-11-23T21:33:59.654654+00:00","updated_on":"2026-11-23T21:33:59.654654+00:00","reservation_id":"job-11"},{"state":"RUNNING","created_on":"2026-11-23T21:33:59.781391+00:00","updated_on":"2026-11-23T21:33:59.781391+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:33:59.831246+00:00"}]','{"stored_data":{"returncode":0,"all_returncodes":[0]},"exit":false,"update_spec":{},"mod_spec":[],"additions":[],"detours":[],"append_wfs":[],"defuse_children":false,"defuse_workflow":false,"propagate":false}',NULL);
INSERT INTO "launches" VALUES(12,38,0,'FIZZLED','@SITE@/jobs/failed','cluster ü','node7','10.0.0.7','2026-11-23T21:33:59.976320+00:00','2026-11-23T21:34:00.070663+00:00','job-12','952a5caea0352edc08d2e4ecadaee86e',1,'EXCEPTION','RuntimeError: ScriptTask fizzled! Return code: [3]','{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:33:59.867210+00:00","updated_on":"2026-11-23T21:33:59.867210+00:00","reservation_id":"job-12"},{"state":"RUNNING","created_on":"2026-11-23T21:33:59.976320+00:00","updated_on":"2026-11-23T21:34:00.070663+00:00","checkpoint":{"_task_n":0,"_all_stored_data":{},"_all_update_spec":{},"_all_mod_spec":[]}},{"state":"FIZZLED","created_on":"2026-11-23T21:34:00.070663+00:00","checkpoint":{"_task_n":0,"_all_stored_data":{},"_all_update_spec":{},"_all_mod_spec":[]}}]','{"stored_data":{"_message":"runtime error during task","_task":{"_fw_name":"ScriptTask","script":"exit 3"},"_exception":{"_stacktrace":"Traceback (most recent call last):\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 85, in run\n    ending = Ending(State.COMPLETED, self._perform())\n                                     ^^^^^^^^^^^^^^^\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 99, in _perform\n    self._run_tasks(first)\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 110, in _run_tasks\n    action = self._run_task(task_n, task)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 158, in _run_task\n    returned = task.run_task(self._spec)\n               ^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/opt/longfuse/src/longfuse/firetasks/script.py\", line 59, in run_task\n    raise RuntimeError(f\"ScriptTask fizzled! Return code: {codes}\")\nRuntimeError: ScriptTask fizzled! Return code: [3]\n","_details":null}},"exit":true,"update_spec":{},"mod_spec":[],"additions":[],"detours":[],"append_wfs":[],"defuse_children":false,"defuse_workflow":false,"propagate":false}',NULL);
INSERT INTO "launches" VALUES(13,39,0,'RESERVED','@SITE@/jobs/queued','cluster ü','node7','10.0.0.7',NULL,NULL,'job-13','f52c10e57110b661ff653f6752c9183a',0,NULL,NULL,'{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:34:01.371192+00:00","updated_on":"2026-11-23T21:34:01.371192+00:00","reservation_id":"job-13"}]',NULL,NULL);
INSERT INTO "launches" VALUES(14,40,0,'RESERVED','@SITE@/jobs/done','cluster ü','node7','10.0.0.7',NULL,NULL,'job-14','e9d079f2c24f902e4bbe32068bb93a67',0,NULL,NULL,'{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[{"filename":"out.txt","nlines":5}]','[{"state":"RESERVED","created_on":"2026-11-23T21:34:01.381641+00:00","updated_on":"2026-11-23T21:34:01.381641+00:00","reservation_id":"job-14"}]',NULL,NULL);
INSERT INTO "launches" VALUES(15,41,0,'RESERVED','@SITE@/jobs/forgotten','cluster ü','node7','10.0.0.7',NULL,NULL,'job-15','6d8c8da7c699250a3a044e345561f63f',0,NULL,NULL,'{}','{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:34:01.492649+00:00","updated_on":"2026-11-23T21:34:01.492649+00:00","reservation_id":"job-15"}]',NULL,NULL);
INSERT INTO "launches" VALUES(16,42,0,'FIZZLED','@SITE@/launch 11','cluster ü','node7','10.0.0.7',NULL,'2026-11-23T21:34:01.518259+00:00',NULL,'0cda1188c7f2c4006c0300f508091a7c',0,'SUBMIT','invalid partition ü',NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:34:01.516133+00:00","updated_on":"2026-11-23T21:34:01.516133+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:34:01.518259+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(17,43,0,'RESERVED','@SITE@/launch 12','cluster ü','node7','10.0.0.7',NULL,NULL,NULL,'50b5d933ab7fc87aec1c481708ec9c5a',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RESERVED","created_on":"2026-11-23T21:34:01.521647+00:00","updated_on":"2026-11-23T21:34:01.521647+00:00"}]',NULL,NULL);
INSERT INTO "launches" VALUES(18,44,0,'COMPLETED','@SITE@/launch 13','cluster ü','node7','10.0.0.7','2026-11-23T21:34:01.532404+00:00','2026-11-23T21:34:01.567458+00:00',NULL,'e6aae8014178524bca10e4f0bb5d00e5',0,NULL,NULL,NULL,'{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}','[]','[{"state":"RUNNING","created_on":"2026-11-23T21:34:01.532404+00:00","updated_on":"2026-11-23T21:34:01.532404+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:34:01.567458+00:00"}]',NULL,NULL);
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
INSERT INTO "meta" VALUES('launchpad_id','07b65b55ceffdfd6f990ce3ed8b280af');
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
INSERT INTO "offline_runs" VALUES(1,14,'diamond 1','2026-11-23T21:33:59.406764+00:00','2026-11-23T21:33:59.428895+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(2,15,'diamond 2','2026-11-23T21:33:59.437295+00:00','2026-11-23T21:33:59.440496+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(3,22,'archive 1','2026-11-23T21:33:59.458769+00:00','2026-11-23T21:33:59.461119+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(4,24,'fails','2026-11-23T21:33:59.468220+00:00','2026-11-23T21:33:59.470485+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(5,27,'running','2026-11-23T21:33:59.490739+00:00','2026-11-23T21:33:59.490739+00:00',0,0,'','the launch directory @SITE@/launch 5 is not there: moved, purged or not mounted');
INSERT INTO "offline_runs" VALUES(6,28,'lost','2026-11-23T21:33:59.500191+00:00','2026-11-23T21:33:59.500191+00:00',0,0,'','the launch directory @SITE@/launch 6 is not there: moved, purged or not mounted');
INSERT INTO "offline_runs" VALUES(7,29,'acts','2026-11-23T21:33:59.538692+00:00','2026-11-23T21:33:59.553539+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(8,33,'defuses','2026-11-23T21:33:59.574675+00:00','2026-11-23T21:33:59.585168+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(9,35,'again','2026-11-23T21:33:59.598669+00:00','2026-11-23T21:33:59.606599+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(10,35,'again','2026-11-23T21:33:59.622764+00:00','2026-11-23T21:33:59.630607+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(11,37,'recovered','2026-11-23T21:33:59.654654+00:00','2026-11-23T21:34:01.172242+00:00',0,1,'26a01a.1ca.18eaca1fddaee6f3 26a01d.1ae.18eaca1fe5ca18f2 26a01c.25c.18eaca1fe6fb45f1','');
INSERT INTO "offline_runs" VALUES(12,38,'failed','2026-11-23T21:33:59.867210+00:00','2026-11-23T21:34:01.172242+00:00',0,1,'2c0b72.1ca.18eaca1fe9d70311 2c0b73.173.18eaca1ff084adf0 2c0ba1.66f.18eaca1ff54961ef','');
INSERT INTO "offline_runs" VALUES(13,39,'queued','2026-11-23T21:34:01.371192+00:00','2026-11-23T21:34:01.371192+00:00',0,0,'','');
INSERT INTO "offline_runs" VALUES(14,40,'done','2026-11-23T21:34:01.381641+00:00','2026-11-23T21:34:01.381641+00:00',0,0,'','');
INSERT INTO "offline_runs" VALUES(15,41,'forgotten','2026-11-23T21:34:01.492649+00:00','2026-11-23T21:34:01.512417+00:00',1,0,'','');
INSERT INTO "offline_runs" VALUES(16,42,'refused','2026-11-23T21:34:01.516133+00:00','2026-11-23T21:34:01.518259+00:00',0,1,'','');
INSERT INTO "offline_runs" VALUES(17,43,'reserved, no job','2026-11-23T21:34:01.521647+00:00','2026-11-23T21:34:01.521647+00:00',0,0,'','');
INSERT INTO "offline_runs" VALUES(18,44,'one','2026-11-23T21:34:01.532404+00:00','2026-11-23T21:34:01.567458+00:00',0,1,'','');
CREATE TABLE shared_launches (
	fw_id INTEGER NOT NULL, 
	launch_id INTEGER NOT NULL, 
	archived BOOLEAN NOT NULL, 
	CONSTRAINT pk_shared_launches PRIMARY KEY (fw_id, launch_id), 
	CONSTRAINT fk_shared_launches_fw_id FOREIGN KEY(fw_id) REFERENCES fireworks (fw_id) ON DELETE CASCADE, 
	CONSTRAINT fk_shared_launches_launch_id FOREIGN KEY(launch_id) REFERENCES launches (launch_id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "shared_launches" VALUES(45,18,0);
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
INSERT INTO "specs" VALUES(26,'{"_allow_fizzled_parents":true,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}],"_fizzled_parents":[{"spec":{"_tasks":[{"_fw_name":"ScriptTask","script":"exit 3"}]},"fw_id":24,"created_on":"2026-11-23T21:33:59.466683+00:00","updated_on":"2026-11-23T21:33:59.468220+00:00","launches":[{"fworker":{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}},"fw_id":24,"launch_dir":"@SITE@/launch 4","host":"node7","ip":"10.0.0.7","trackers":[],"action":null,"state":"FIZZLED","state_history":[{"state":"RUNNING","created_on":"2026-11-23T21:33:59.468220+00:00","updated_on":"2026-11-23T21:33:59.468220+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:33:59.470485+00:00"}],"launch_id":4}],"state":"FIZZLED","name":"fails"}]}');
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
INSERT INTO "workflows" VALUES(1,'größe 🧨','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.329546+00:00','2026-11-23T21:33:59.329546+00:00','{"who":"Ä","n":[1,null,{"$number":"nan"}]}');
INSERT INTO "workflows" VALUES(2,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.355845+00:00','2026-11-23T21:33:59.355845+00:00','{}');
INSERT INTO "workflows" VALUES(3,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.358620+00:00','2026-11-23T21:33:59.358620+00:00','{}');
INSERT INTO "workflows" VALUES(4,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.360061+00:00','2026-11-23T21:33:59.360061+00:00','{}');
INSERT INTO "workflows" VALUES(5,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.363363+00:00','2026-11-23T21:33:59.363363+00:00','{}');
INSERT INTO "workflows" VALUES(6,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.366590+00:00','2026-11-23T21:33:59.366590+00:00','{}');
INSERT INTO "workflows" VALUES(7,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.367959+00:00','2026-11-23T21:33:59.367959+00:00','{}');
INSERT INTO "workflows" VALUES(8,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.369220+00:00','2026-11-23T21:33:59.369220+00:00','{}');
INSERT INTO "workflows" VALUES(9,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.374684+00:00','2026-11-23T21:33:59.374684+00:00','{}');
INSERT INTO "workflows" VALUES(10,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.376107+00:00','2026-11-23T21:33:59.376107+00:00','{}');
INSERT INTO "workflows" VALUES(11,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.377414+00:00','2026-11-23T21:33:59.377414+00:00','{}');
INSERT INTO "workflows" VALUES(12,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.378784+00:00','2026-11-23T21:33:59.378784+00:00','{}');
INSERT INTO "workflows" VALUES(13,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:33:59.380138+00:00','2026-11-23T21:33:59.380138+00:00','{}');
INSERT INTO "workflows" VALUES(14,'diamond','RUNNING',0,0,0,0,1,1,0,0,2,1,0,'2026-11-23T21:33:59.385983+00:00','2026-11-23T21:33:59.440496+00:00','{}');
INSERT INTO "workflows" VALUES(15,'defuse','DEFUSED',0,0,1,0,1,0,0,0,0,1,0,'2026-11-23T21:33:59.442771+00:00','2026-11-23T21:33:59.450860+00:00','{}');
INSERT INTO "workflows" VALUES(16,'pause','PAUSED',0,0,0,1,1,0,0,0,0,1,0,'2026-11-23T21:33:59.453780+00:00','2026-11-23T21:33:59.455334+00:00','{}');
INSERT INTO "workflows" VALUES(17,'archive','ARCHIVED',2,0,0,0,0,0,0,0,0,1,0,'2026-11-23T21:33:59.457051+00:00','2026-11-23T21:33:59.463165+00:00','{}');
INSERT INTO "workflows" VALUES(18,'fizzled','FIZZLED',0,1,0,0,1,1,0,0,0,2,1,'2026-11-23T21:33:59.466683+00:00','2026-11-23T21:33:59.470485+00:00','{}');
INSERT INTO "workflows" VALUES(19,'w','RUNNING',0,0,0,0,0,0,0,1,0,1,0,'2026-11-23T21:33:59.475649+00:00','2026-11-23T21:33:59.490739+00:00','{}');
INSERT INTO "workflows" VALUES(20,'w','FIZZLED',0,1,0,0,0,0,0,0,0,1,1,'2026-11-23T21:33:59.494051+00:00','2026-11-23T21:33:59.512607+00:00','{}');
INSERT INTO "workflows" VALUES(21,'actions','RUNNING',0,0,0,0,1,2,0,0,1,2,0,'2026-11-23T21:33:59.530979+00:00','2026-11-23T21:33:59.553539+00:00','{}');
INSERT INTO "workflows" VALUES(22,'held by an action','DEFUSED',0,0,1,0,0,0,0,0,1,1,0,'2026-11-23T21:33:59.566848+00:00','2026-11-23T21:33:59.585168+00:00','{}');
INSERT INTO "workflows" VALUES(23,'rerun','READY',0,0,0,0,1,1,0,0,0,1,0,'2026-11-23T21:33:59.591012+00:00','2026-11-23T21:33:59.638442+00:00','{}');
INSERT INTO "workflows" VALUES(24,'w','COMPLETED',0,0,0,0,0,0,0,0,1,0,0,'2026-11-23T21:33:59.647432+00:00','2026-11-23T21:34:01.172242+00:00','{}');
INSERT INTO "workflows" VALUES(25,'w','FIZZLED',0,1,0,0,0,0,0,0,0,1,1,'2026-11-23T21:33:59.856807+00:00','2026-11-23T21:34:01.172242+00:00','{}');
INSERT INTO "workflows" VALUES(26,'w','RESERVED',0,0,0,0,0,0,1,0,0,1,0,'2026-11-23T21:34:01.364293+00:00','2026-11-23T21:34:01.371192+00:00','{}');
INSERT INTO "workflows" VALUES(27,'w','RESERVED',0,0,0,0,0,0,1,0,0,1,0,'2026-11-23T21:34:01.380055+00:00','2026-11-23T21:34:01.381641+00:00','{}');
INSERT INTO "workflows" VALUES(28,'w','RESERVED',0,0,0,0,0,0,1,0,0,1,0,'2026-11-23T21:34:01.490461+00:00','2026-11-23T21:34:01.492649+00:00','{}');
INSERT INTO "workflows" VALUES(29,'w','FIZZLED',0,1,0,0,0,0,0,0,0,1,1,'2026-11-23T21:34:01.513641+00:00','2026-11-23T21:34:01.518259+00:00','{}');
INSERT INTO "workflows" VALUES(30,'w','RESERVED',0,0,0,0,0,0,1,0,0,1,0,'2026-11-23T21:34:01.520179+00:00','2026-11-23T21:34:01.521647+00:00','{}');
INSERT INTO "workflows" VALUES(31,'w','COMPLETED',0,0,0,0,0,0,0,0,1,0,0,'2026-11-23T21:34:01.524354+00:00','2026-11-23T21:34:01.567458+00:00','{}');
INSERT INTO "workflows" VALUES(32,'w','COMPLETED',0,0,0,0,0,0,0,0,1,0,0,'2026-11-23T21:34:01.526673+00:00','2026-11-23T21:34:01.570359+00:00','{}');
INSERT INTO "workflows" VALUES(33,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:34:01.576946+00:00','2026-11-23T21:34:01.576946+00:00','{}');
INSERT INTO "workflows" VALUES(34,'w','READY',0,0,0,0,0,1,0,0,0,1,0,'2026-11-23T21:34:01.582657+00:00','2026-11-23T21:34:01.582657+00:00','{}');
CREATE INDEX ix_workflows_updated_on ON workflows (updated_on);
CREATE INDEX ix_workflows_created_on ON workflows (created_on);
CREATE INDEX ix_workflows_state ON workflows (state);
CREATE INDEX ix_workflows_name ON workflows (name);
CREATE INDEX ix_fireworks_name ON fireworks (name);
CREATE INDEX ix_fireworks_ready ON fireworks (lane, priority DESC, fw_id) WHERE state = 'READY';
CREATE INDEX ix_fireworks_ready_fifo ON fireworks (lane, priority DESC, created_on, fw_id) WHERE state = 'READY';
CREATE INDEX ix_fireworks_updated_on ON fireworks (updated_on);
CREATE INDEX ix_fireworks_wf_id ON fireworks (wf_id);
CREATE INDEX ix_fireworks_state ON fireworks (state);
CREATE INDEX ix_fireworks_ready_filo ON fireworks (lane, priority DESC, created_on DESC, fw_id DESC) WHERE state = 'READY';
CREATE INDEX ix_fireworks_created_on ON fireworks (created_on);
CREATE INDEX ix_links_child_parent ON links (child, parent);
CREATE INDEX ix_launches_state ON launches (state);
CREATE INDEX ix_launches_reservation_id ON launches (reservation_id);
CREATE INDEX ix_launches_time_end ON launches (time_end);
CREATE INDEX ix_launches_fw_id ON launches (fw_id);
CREATE INDEX ix_dupe_specs_digest ON dupe_specs (digest);
CREATE INDEX ix_offline_runs_open ON offline_runs (launch_id) WHERE deprecated = 0 AND completed = 0;
CREATE INDEX ix_shared_launches_launch_id ON shared_launches (launch_id);
COMMIT;
