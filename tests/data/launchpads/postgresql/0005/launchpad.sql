CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.dupe_specs (
    fw_id bigint NOT NULL,
    digest character varying(64) NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.filepad (
    file_id bigint NOT NULL,
    pad text NOT NULL COLLATE pg_catalog."C",
    identifier text NOT NULL COLLATE pg_catalog."C",
    gfs_id character varying(24) NOT NULL COLLATE pg_catalog."C",
    original_file_name text COLLATE pg_catalog."C",
    original_file_path text COLLATE pg_catalog."C",
    metadata character varying COLLATE pg_catalog."C",
    compressed boolean NOT NULL,
    size bigint NOT NULL,
    created_on character varying(32) NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.filepad_chunks (
    file_id bigint NOT NULL,
    n integer NOT NULL,
    data bytea NOT NULL
);
CREATE SEQUENCE public.filepad_file_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.filepad_file_id_seq OWNED BY public.filepad.file_id;
CREATE TABLE public.fireworks (
    fw_id bigint NOT NULL,
    wf_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    state character varying(9) NOT NULL COLLATE pg_catalog."C",
    waiting_for integer NOT NULL,
    tolerant boolean NOT NULL,
    leaf boolean NOT NULL,
    blocking boolean NOT NULL,
    priority double precision,
    created_on character varying(32) NOT NULL COLLATE pg_catalog."C",
    updated_on character varying(32) NOT NULL COLLATE pg_catalog."C",
    lane text DEFAULT '?'::text NOT NULL COLLATE pg_catalog."C"
);
CREATE SEQUENCE public.fw_ids
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE public.holds (
    fw_id bigint NOT NULL,
    since character varying(32) NOT NULL COLLATE pg_catalog."C",
    by_fw_id bigint
);
CREATE SEQUENCE public.launch_ids
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE public.launches (
    launch_id bigint NOT NULL,
    fw_id bigint NOT NULL,
    archived boolean NOT NULL,
    state character varying(9) NOT NULL COLLATE pg_catalog."C",
    launch_dir text NOT NULL COLLATE pg_catalog."C",
    worker text NOT NULL COLLATE pg_catalog."C",
    host text NOT NULL COLLATE pg_catalog."C",
    ip text NOT NULL COLLATE pg_catalog."C",
    time_start character varying(32) COLLATE pg_catalog."C",
    time_end character varying(32) COLLATE pg_catalog."C",
    reservation_id text COLLATE pg_catalog."C",
    token character varying(64) NOT NULL COLLATE pg_catalog."C",
    attempt integer NOT NULL,
    cause text COLLATE pg_catalog."C",
    reason text COLLATE pg_catalog."C",
    queue character varying COLLATE pg_catalog."C",
    fworker character varying NOT NULL COLLATE pg_catalog."C",
    trackers character varying NOT NULL COLLATE pg_catalog."C",
    state_history character varying NOT NULL COLLATE pg_catalog."C",
    action character varying COLLATE pg_catalog."C",
    effects character varying COLLATE pg_catalog."C"
);
CREATE TABLE public.links (
    parent bigint NOT NULL,
    child bigint NOT NULL
);
CREATE TABLE public.meta (
    name character varying(32) NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.offline_runs (
    launch_id bigint NOT NULL,
    fw_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    created_on character varying(32) NOT NULL COLLATE pg_catalog."C",
    updated_on character varying(32) NOT NULL COLLATE pg_catalog."C",
    deprecated boolean NOT NULL,
    completed boolean NOT NULL,
    signature text NOT NULL COLLATE pg_catalog."C",
    problem text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.shared_launches (
    fw_id bigint NOT NULL,
    launch_id bigint NOT NULL,
    archived boolean NOT NULL
);
CREATE TABLE public.specs (
    fw_id bigint NOT NULL,
    spec character varying NOT NULL COLLATE pg_catalog."C"
);
CREATE SEQUENCE public.wf_ids
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE public.workflows (
    wf_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    state character varying(9) NOT NULL COLLATE pg_catalog."C",
    n_archived integer NOT NULL,
    n_fizzled integer NOT NULL,
    n_defused integer NOT NULL,
    n_paused integer NOT NULL,
    n_waiting integer NOT NULL,
    n_ready integer NOT NULL,
    n_reserved integer NOT NULL,
    n_running integer NOT NULL,
    n_completed integer NOT NULL,
    open_leaves integer NOT NULL,
    blocking integer NOT NULL,
    created_on character varying(32) NOT NULL COLLATE pg_catalog."C",
    updated_on character varying(32) NOT NULL COLLATE pg_catalog."C",
    metadata character varying NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE ONLY public.filepad ALTER COLUMN file_id SET DEFAULT nextval('public.filepad_file_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0005');
INSERT INTO public.dupe_specs VALUES (44, '7de8c92612de816b56220f96645fd0105a7fbbcc9ef8738e3faa54057fe9decf');
INSERT INTO public.dupe_specs VALUES (45, '7de8c92612de816b56220f96645fd0105a7fbbcc9ef8738e3faa54057fe9decf');
INSERT INTO public.dupe_specs VALUES (46, '7de8c92612de816b56220f96645fd0105a7fbbcc9ef8738e3faa54057fe9decf');
INSERT INTO public.filepad VALUES (1, 'filepad', 'größe.dat', '66696c657061646772c3b6c3', NULL, '/data/ü', '{"nan":{"$number":"nan"}}', false, 261, '2026-01-02T03:04:05.000006+00:00');
INSERT INTO public.filepad VALUES (2, 'other', 'größe.dat', '6f746865726772c3b6c39f65', NULL, '/data/ü', '{"nan":{"$number":"nan"}}', false, 261, '2026-01-02T03:04:05.000006+00:00');
INSERT INTO public.filepad VALUES (3, 'filepad', 'empty', '66696c65706164656d707479', NULL, '/data/ü', '{"nan":{"$number":"nan"}}', false, 0, '2026-01-02T03:04:05.000006+00:00');
INSERT INTO public.filepad_chunks VALUES (1, 0, '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');
INSERT INTO public.filepad_chunks VALUES (1, 1, '\x');
INSERT INTO public.filepad_chunks VALUES (1, 2, '\x656e642000');
INSERT INTO public.filepad_chunks VALUES (2, 0, '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');
INSERT INTO public.filepad_chunks VALUES (2, 1, '\x');
INSERT INTO public.filepad_chunks VALUES (2, 2, '\x656e642000');
INSERT INTO public.fireworks VALUES (1, 1, 'types', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.115366+00:00', '2026-11-23T21:34:06.115366+00:00', '');
INSERT INTO public.fireworks VALUES (2, 2, 'big', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.129672+00:00', '2026-11-23T21:34:06.129672+00:00', '');
INSERT INTO public.fireworks VALUES (3, 3, 'urgent', 'READY', 0, false, true, false, 5, '2026-11-23T21:34:06.134101+00:00', '2026-11-23T21:34:06.134101+00:00', '');
INSERT INTO public.fireworks VALUES (4, 4, 'urgent', 'READY', 0, false, true, false, 2.5, '2026-11-23T21:34:06.139559+00:00', '2026-11-23T21:34:06.139559+00:00', '');
INSERT INTO public.fireworks VALUES (5, 5, 'urgent', 'READY', 0, false, true, false, -1, '2026-11-23T21:34:06.144046+00:00', '2026-11-23T21:34:06.144046+00:00', '');
INSERT INTO public.fireworks VALUES (6, 6, 'urgent', 'READY', 0, false, true, false, 'Infinity', '2026-11-23T21:34:06.148321+00:00', '2026-11-23T21:34:06.148321+00:00', '');
INSERT INTO public.fireworks VALUES (7, 7, 'urgent', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.153881+00:00', '2026-11-23T21:34:06.153881+00:00', '');
INSERT INTO public.fireworks VALUES (8, 8, 'urgent', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.162461+00:00', '2026-11-23T21:34:06.162461+00:00', '');
INSERT INTO public.fireworks VALUES (9, 9, 'urgent', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.167070+00:00', '2026-11-23T21:34:06.167070+00:00', '');
INSERT INTO public.fireworks VALUES (10, 10, 'for some', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.171031+00:00', '2026-11-23T21:34:06.171031+00:00', '{"_category": "big"}');
INSERT INTO public.fireworks VALUES (11, 11, 'for some', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.175066+00:00', '2026-11-23T21:34:06.175066+00:00', '?');
INSERT INTO public.fireworks VALUES (12, 12, 'for some', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.178868+00:00', '2026-11-23T21:34:06.178868+00:00', '{"_fworker": "cluster ü"}');
INSERT INTO public.fireworks VALUES (13, 13, 'for some', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.182173+00:00', '2026-11-23T21:34:06.182173+00:00', '{"_fworker": "other"}');
INSERT INTO public.fireworks VALUES (14, 14, 'diamond 1', 'COMPLETED', 0, false, false, false, NULL, '2026-11-23T21:34:06.185541+00:00', '2026-11-23T21:34:06.240501+00:00', '');
INSERT INTO public.fireworks VALUES (16, 14, 'diamond 3', 'READY', 0, false, false, false, NULL, '2026-11-23T21:34:06.185541+00:00', '2026-11-23T21:34:06.240501+00:00', '');
INSERT INTO public.fireworks VALUES (15, 14, 'diamond 2', 'COMPLETED', 0, false, false, false, NULL, '2026-11-23T21:34:06.185541+00:00', '2026-11-23T21:34:06.275738+00:00', '');
INSERT INTO public.fireworks VALUES (17, 14, 'diamond 4', 'WAITING', 1, false, true, false, NULL, '2026-11-23T21:34:06.185541+00:00', '2026-11-23T21:34:06.275738+00:00', '');
INSERT INTO public.fireworks VALUES (19, 15, 'defuse 2', 'WAITING', 1, false, true, false, NULL, '2026-11-23T21:34:06.287194+00:00', '2026-11-23T21:34:06.287194+00:00', '');
INSERT INTO public.fireworks VALUES (18, 15, 'defuse 1', 'DEFUSED', 0, false, false, false, NULL, '2026-11-23T21:34:06.287194+00:00', '2026-11-23T21:34:06.295681+00:00', '');
INSERT INTO public.fireworks VALUES (21, 16, 'pause 2', 'WAITING', 1, false, true, false, NULL, '2026-11-23T21:34:06.304409+00:00', '2026-11-23T21:34:06.304409+00:00', '');
INSERT INTO public.fireworks VALUES (20, 16, 'pause 1', 'PAUSED', 0, false, false, false, NULL, '2026-11-23T21:34:06.304409+00:00', '2026-11-23T21:34:06.310484+00:00', '');
INSERT INTO public.fireworks VALUES (23, 17, 'archive 2', 'ARCHIVED', 1, false, true, false, NULL, '2026-11-23T21:34:06.317374+00:00', '2026-11-23T21:34:06.342792+00:00', '');
INSERT INTO public.fireworks VALUES (22, 17, 'archive 1', 'ARCHIVED', 0, false, false, false, NULL, '2026-11-23T21:34:06.317374+00:00', '2026-11-23T21:34:06.342792+00:00', '');
INSERT INTO public.fireworks VALUES (25, 18, 'f', 'WAITING', 1, false, true, false, NULL, '2026-11-23T21:34:06.353976+00:00', '2026-11-23T21:34:06.353976+00:00', '');
INSERT INTO public.fireworks VALUES (24, 18, 'fails', 'FIZZLED', 0, false, false, true, NULL, '2026-11-23T21:34:06.353976+00:00', '2026-11-23T21:34:06.369529+00:00', '');
INSERT INTO public.fireworks VALUES (26, 18, 'tolerant', 'READY', 0, true, true, false, NULL, '2026-11-23T21:34:06.353976+00:00', '2026-11-23T21:34:06.369529+00:00', '');
INSERT INTO public.fireworks VALUES (27, 19, 'running', 'RUNNING', 0, false, true, false, NULL, '2026-11-23T21:34:06.389746+00:00', '2026-11-23T21:34:06.395399+00:00', '');
INSERT INTO public.fireworks VALUES (28, 20, 'lost', 'FIZZLED', 0, false, true, true, NULL, '2026-11-23T21:34:06.404348+00:00', '2026-11-23T21:34:06.419113+00:00', '');
INSERT INTO public.fireworks VALUES (31, 21, 'detour', 'READY', 0, false, false, false, NULL, '2026-11-23T21:34:06.448218+00:00', '2026-11-23T21:34:06.448218+00:00', '');
INSERT INTO public.fireworks VALUES (32, 21, 'added', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:06.448218+00:00', '2026-11-23T21:34:06.448218+00:00', '');
INSERT INTO public.fireworks VALUES (29, 21, 'acts', 'COMPLETED', 0, false, false, false, NULL, '2026-11-23T21:34:06.428926+00:00', '2026-11-23T21:34:06.448218+00:00', '');
INSERT INTO public.fireworks VALUES (30, 21, 'child', 'WAITING', 1, false, true, false, NULL, '2026-11-23T21:34:06.428926+00:00', '2026-11-23T21:34:06.448218+00:00', '');
INSERT INTO public.fireworks VALUES (33, 22, 'defuses', 'COMPLETED', 0, false, false, false, NULL, '2026-11-23T21:34:06.474710+00:00', '2026-11-23T21:34:06.503522+00:00', '');
INSERT INTO public.fireworks VALUES (34, 22, 'held', 'DEFUSED', 0, false, true, false, NULL, '2026-11-23T21:34:06.474710+00:00', '2026-11-23T21:34:06.503522+00:00', '');
INSERT INTO public.fireworks VALUES (36, 23, 'f', 'WAITING', 1, false, true, false, NULL, '2026-11-23T21:34:06.516552+00:00', '2026-11-23T21:34:06.622782+00:00', '');
INSERT INTO public.fireworks VALUES (35, 23, 'again', 'READY', 0, false, false, false, NULL, '2026-11-23T21:34:06.516552+00:00', '2026-11-23T21:34:06.622782+00:00', '');
INSERT INTO public.fireworks VALUES (37, 24, 'recovered', 'COMPLETED', 0, false, true, false, NULL, '2026-11-23T21:34:06.632919+00:00', '2026-11-23T21:34:08.049521+00:00', '');
INSERT INTO public.fireworks VALUES (38, 25, 'failed', 'FIZZLED', 0, false, true, true, NULL, '2026-11-23T21:34:06.831356+00:00', '2026-11-23T21:34:08.049521+00:00', '');
INSERT INTO public.fireworks VALUES (39, 26, 'queued', 'RESERVED', 0, false, true, false, NULL, '2026-11-23T21:34:08.298395+00:00', '2026-11-23T21:34:08.307384+00:00', '');
INSERT INTO public.fireworks VALUES (40, 27, 'done', 'RESERVED', 0, false, true, false, NULL, '2026-11-23T21:34:08.340515+00:00', '2026-11-23T21:34:08.343376+00:00', '');
INSERT INTO public.fireworks VALUES (41, 28, 'forgotten', 'RESERVED', 0, false, true, false, NULL, '2026-11-23T21:34:08.485458+00:00', '2026-11-23T21:34:08.489546+00:00', '');
INSERT INTO public.fireworks VALUES (42, 29, 'refused', 'FIZZLED', 0, false, true, true, NULL, '2026-11-23T21:34:08.529541+00:00', '2026-11-23T21:34:08.572324+00:00', '');
INSERT INTO public.fireworks VALUES (43, 30, 'reserved, no job', 'RESERVED', 0, false, true, false, NULL, '2026-11-23T21:34:08.590365+00:00', '2026-11-23T21:34:08.594436+00:00', '');
INSERT INTO public.fireworks VALUES (44, 31, 'one', 'COMPLETED', 0, false, true, false, NULL, '2026-11-23T21:34:08.603950+00:00', '2026-11-23T21:34:08.681974+00:00', '');
INSERT INTO public.fireworks VALUES (45, 32, 'other', 'COMPLETED', 0, false, true, false, NULL, '2026-11-23T21:34:08.610593+00:00', '2026-11-23T21:34:08.688282+00:00', '');
INSERT INTO public.fireworks VALUES (46, 33, 'third', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:08.734968+00:00', '2026-11-23T21:34:08.734968+00:00', '');
INSERT INTO public.fireworks VALUES (47, 34, 'no duplicate', 'READY', 0, false, true, false, NULL, '2026-11-23T21:34:08.738013+00:00', '2026-11-23T21:34:08.738013+00:00', '');
INSERT INTO public.holds VALUES (18, '2026-11-23T21:34:06.295681+00:00', NULL);
INSERT INTO public.holds VALUES (20, '2026-11-23T21:34:06.310484+00:00', NULL);
INSERT INTO public.holds VALUES (22, '2026-11-23T21:34:06.342792+00:00', NULL);
INSERT INTO public.holds VALUES (23, '2026-11-23T21:34:06.342792+00:00', NULL);
INSERT INTO public.holds VALUES (34, '2026-11-23T21:34:06.503522+00:00', 33);
INSERT INTO public.launches VALUES (1, 14, false, 'COMPLETED', '@SITE@/launch 1', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.207792+00:00', '2026-11-23T21:34:06.240501+00:00', NULL, '65c487312564b0a8d1110ea0b87874c0', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.207792+00:00","updated_on":"2026-11-23T21:34:06.207792+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:34:06.240501+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (2, 15, false, 'COMPLETED', '@SITE@/launch 2', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.258709+00:00', '2026-11-23T21:34:06.275738+00:00', NULL, 'd616ce517b3a3d958433af56b538feec', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.258709+00:00","updated_on":"2026-11-23T21:34:06.258709+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:34:06.275738+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (3, 22, true, 'COMPLETED', '@SITE@/launch 3', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.322316+00:00', '2026-11-23T21:34:06.332796+00:00', NULL, 'b37898b1b7faf7ba0cc91e894b5d4971', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.322316+00:00","updated_on":"2026-11-23T21:34:06.322316+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:34:06.332796+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (4, 24, false, 'FIZZLED', '@SITE@/launch 4', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.359202+00:00', '2026-11-23T21:34:06.369529+00:00', NULL, 'c28db80f12fffea152bca57c5982228a', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.359202+00:00","updated_on":"2026-11-23T21:34:06.359202+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:34:06.369529+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (5, 27, false, 'RUNNING', '@SITE@/launch 5', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.395399+00:00', NULL, NULL, 'd7a892870da4516e4052908a25f11604', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.395399+00:00","updated_on":"2026-11-23T21:34:06.395399+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (6, 28, false, 'FIZZLED', '@SITE@/launch 6', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.407264+00:00', '2026-11-23T21:34:06.419113+00:00', NULL, 'e6dfab62151360818666ef041cebcb47', 0, 'LOST', 'declared lost by hand', NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.407264+00:00","updated_on":"2026-11-23T21:34:06.407264+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:34:06.419113+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (7, 29, false, 'COMPLETED', '@SITE@/launch 7', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.435378+00:00', '2026-11-23T21:34:06.448218+00:00', NULL, '6d4b95a75645717fe7aa66c8f665b91f', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.435378+00:00","updated_on":"2026-11-23T21:34:06.435378+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:34:06.448218+00:00"}]', '{"stored_data":{"energy":{"$number":"nan"},"text":"µ","big":"@BIG@"},"exit":false,"update_spec":{},"mod_spec":[{"_set":{"a":{"b":1}}}],"additions":[{"spec":{"added":"ü","_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]},"fw_id":-1,"created_on":"2026-11-23T21:34:06.428765+00:00","updated_on":"2026-11-23T21:34:06.428780+00:00","name":"added"}],"detours":[{"spec":{"_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]},"fw_id":-2,"created_on":"2026-11-23T21:34:06.428809+00:00","updated_on":"2026-11-23T21:34:06.428812+00:00","name":"detour"}],"append_wfs":[],"defuse_children":false,"defuse_workflow":false,"propagate":false}', '{"added":[31,32]}');
INSERT INTO public.launches VALUES (8, 33, false, 'COMPLETED', '@SITE@/launch 8', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.481925+00:00', '2026-11-23T21:34:06.503522+00:00', NULL, '18bbee31030a2c292d8cb995a2ecbc28', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.481925+00:00","updated_on":"2026-11-23T21:34:06.481925+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:34:06.503522+00:00"}]', '{"stored_data":{},"exit":false,"update_spec":{},"mod_spec":[],"additions":[],"detours":[],"append_wfs":[],"defuse_children":true,"defuse_workflow":false,"propagate":false}', NULL);
INSERT INTO public.launches VALUES (9, 35, true, 'FIZZLED', '@SITE@/launch 9', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.521756+00:00', '2026-11-23T21:34:06.534090+00:00', NULL, 'ef0aa67af08b9365b86058eb549c0069', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.521756+00:00","updated_on":"2026-11-23T21:34:06.521756+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:34:06.534090+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (10, 35, true, 'COMPLETED', '@SITE@/launch 10', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.576949+00:00', '2026-11-23T21:34:06.603426+00:00', NULL, 'e8b1d682939d449d2c3a9cdf66f93040', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.576949+00:00","updated_on":"2026-11-23T21:34:06.576949+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:34:06.603426+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (11, 37, false, 'COMPLETED', '@SITE@/jobs/recovered', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.757690+00:00', '2026-11-23T21:34:06.796168+00:00', 'job-11', '394d1bb05f6911d3483ef5a9234e9b87', 1, NULL, NULL, '{}', '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[{"filename":"out.txt","nlines":5,"allow_zipped":false}]', '[{"state":"RESERVED","created_on":"2026-11-23T21:34:06.637110+00:00","updated_on":"2026-11-23T21:34:06.637110+00:00","reservation_id":"job-11"},{"state":"RUNNING","created_on":"2026-11-23T21:34:06.757690+00:00","updated_on":"2026-11-23T21:34:06.757690+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:34:06.796168+00:00"}]', '{"stored_data":{"returncode":0,"all_returncodes":[0]},"exit":false,"update_spec":{},"mod_spec":[],"additions":[],"detours":[],"append_wfs":[],"defuse_children":false,"defuse_workflow":false,"propagate":false}', NULL);
INSERT INTO public.launches VALUES (12, 38, false, 'FIZZLED', '@SITE@/jobs/failed', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:06.942843+00:00', '2026-11-23T21:34:06.969590+00:00', 'job-12', 'd5886e99bf87ef4bde4045550e878992', 1, 'EXCEPTION', 'RuntimeError: ScriptTask fizzled! Return code: [3]', '{}', '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RESERVED","created_on":"2026-11-23T21:34:06.842746+00:00","updated_on":"2026-11-23T21:34:06.842746+00:00","reservation_id":"job-12"},{"state":"RUNNING","created_on":"2026-11-23T21:34:06.942843+00:00","updated_on":"2026-11-23T21:34:06.969590+00:00","checkpoint":{"_task_n":0,"_all_stored_data":{},"_all_update_spec":{},"_all_mod_spec":[]}},{"state":"FIZZLED","created_on":"2026-11-23T21:34:06.969590+00:00","checkpoint":{"_task_n":0,"_all_stored_data":{},"_all_update_spec":{},"_all_mod_spec":[]}}]', '{"stored_data":{"_message":"runtime error during task","_task":{"_fw_name":"ScriptTask","script":"exit 3"},"_exception":{"_stacktrace":"Traceback (most recent call last):\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 85, in run\n    ending = Ending(State.COMPLETED, self._perform())\n                                     ^^^^^^^^^^^^^^^\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 99, in _perform\n    self._run_tasks(first)\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 110, in _run_tasks\n    action = self._run_task(task_n, task)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/opt/longfuse/src/longfuse/rocket/performance.py\", line 158, in _run_task\n    returned = task.run_task(self._spec)\n               ^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/opt/longfuse/src/longfuse/firetasks/script.py\", line 59, in run_task\n    raise RuntimeError(f\"ScriptTask fizzled! Return code: {codes}\")\nRuntimeError: ScriptTask fizzled! Return code: [3]\n","_details":null}},"exit":true,"update_spec":{},"mod_spec":[],"additions":[],"detours":[],"append_wfs":[],"defuse_children":false,"defuse_workflow":false,"propagate":false}', NULL);
INSERT INTO public.launches VALUES (13, 39, false, 'RESERVED', '@SITE@/jobs/queued', 'cluster ü', 'node7', '10.0.0.7', NULL, NULL, 'job-13', '684cf03046ded36fc0272b5dedfc7f64', 0, NULL, NULL, '{}', '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RESERVED","created_on":"2026-11-23T21:34:08.307384+00:00","updated_on":"2026-11-23T21:34:08.307384+00:00","reservation_id":"job-13"}]', NULL, NULL);
INSERT INTO public.launches VALUES (14, 40, false, 'RESERVED', '@SITE@/jobs/done', 'cluster ü', 'node7', '10.0.0.7', NULL, NULL, 'job-14', 'ebfc463be019f16ecacd5096177d2af5', 0, NULL, NULL, '{}', '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[{"filename":"out.txt","nlines":5}]', '[{"state":"RESERVED","created_on":"2026-11-23T21:34:08.343376+00:00","updated_on":"2026-11-23T21:34:08.343376+00:00","reservation_id":"job-14"}]', NULL, NULL);
INSERT INTO public.launches VALUES (15, 41, false, 'RESERVED', '@SITE@/jobs/forgotten', 'cluster ü', 'node7', '10.0.0.7', NULL, NULL, 'job-15', 'c95eec1f7da5812697352ca30f1c38cb', 0, NULL, NULL, '{}', '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RESERVED","created_on":"2026-11-23T21:34:08.489546+00:00","updated_on":"2026-11-23T21:34:08.489546+00:00","reservation_id":"job-15"}]', NULL, NULL);
INSERT INTO public.launches VALUES (16, 42, false, 'FIZZLED', '@SITE@/launch 11', 'cluster ü', 'node7', '10.0.0.7', NULL, '2026-11-23T21:34:08.572324+00:00', NULL, 'db2740fdafa960a12b62744072454ae9', 0, 'SUBMIT', 'invalid partition ü', NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RESERVED","created_on":"2026-11-23T21:34:08.541428+00:00","updated_on":"2026-11-23T21:34:08.541428+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:34:08.572324+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (17, 43, false, 'RESERVED', '@SITE@/launch 12', 'cluster ü', 'node7', '10.0.0.7', NULL, NULL, NULL, '92d0e489f614a34473a5be616537785d', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RESERVED","created_on":"2026-11-23T21:34:08.594436+00:00","updated_on":"2026-11-23T21:34:08.594436+00:00"}]', NULL, NULL);
INSERT INTO public.launches VALUES (18, 44, false, 'COMPLETED', '@SITE@/launch 13', 'cluster ü', 'node7', '10.0.0.7', '2026-11-23T21:34:08.613312+00:00', '2026-11-23T21:34:08.681974+00:00', NULL, '34f11ca35ee12640ef727b6be3aac47f', 0, NULL, NULL, NULL, '{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}}', '[]', '[{"state":"RUNNING","created_on":"2026-11-23T21:34:08.613312+00:00","updated_on":"2026-11-23T21:34:08.613312+00:00"},{"state":"COMPLETED","created_on":"2026-11-23T21:34:08.681974+00:00"}]', NULL, NULL);
INSERT INTO public.links VALUES (14, 15);
INSERT INTO public.links VALUES (14, 16);
INSERT INTO public.links VALUES (15, 17);
INSERT INTO public.links VALUES (16, 17);
INSERT INTO public.links VALUES (18, 19);
INSERT INTO public.links VALUES (20, 21);
INSERT INTO public.links VALUES (22, 23);
INSERT INTO public.links VALUES (24, 25);
INSERT INTO public.links VALUES (24, 26);
INSERT INTO public.links VALUES (29, 30);
INSERT INTO public.links VALUES (31, 30);
INSERT INTO public.links VALUES (29, 31);
INSERT INTO public.links VALUES (29, 32);
INSERT INTO public.links VALUES (33, 34);
INSERT INTO public.links VALUES (35, 36);
INSERT INTO public.meta VALUES ('launchpad_id', 'a50710454d626f95331a39868acdcaa7');
INSERT INTO public.offline_runs VALUES (1, 14, 'diamond 1', '2026-11-23T21:34:06.207792+00:00', '2026-11-23T21:34:06.240501+00:00', false, true, '', '');
INSERT INTO public.offline_runs VALUES (2, 15, 'diamond 2', '2026-11-23T21:34:06.258709+00:00', '2026-11-23T21:34:06.275738+00:00', false, true, '', '');
INSERT INTO public.offline_runs VALUES (3, 22, 'archive 1', '2026-11-23T21:34:06.322316+00:00', '2026-11-23T21:34:06.332796+00:00', false, true, '', '');
INSERT INTO public.offline_runs VALUES (4, 24, 'fails', '2026-11-23T21:34:06.359202+00:00', '2026-11-23T21:34:06.369529+00:00', false, true, '', '');
INSERT INTO public.offline_runs VALUES (7, 29, 'acts', '2026-11-23T21:34:06.435378+00:00', '2026-11-23T21:34:06.448218+00:00', false, true, '', '');
INSERT INTO public.offline_runs VALUES (8, 33, 'defuses', '2026-11-23T21:34:06.481925+00:00', '2026-11-23T21:34:06.503522+00:00', false, true, '', '');
INSERT INTO public.offline_runs VALUES (9, 35, 'again', '2026-11-23T21:34:06.521756+00:00', '2026-11-23T21:34:06.534090+00:00', false, true, '', '');
INSERT INTO public.offline_runs VALUES (10, 35, 'again', '2026-11-23T21:34:06.576949+00:00', '2026-11-23T21:34:06.603426+00:00', false, true, '', '');
INSERT INTO public.offline_runs VALUES (5, 27, 'running', '2026-11-23T21:34:06.395399+00:00', '2026-11-23T21:34:06.395399+00:00', false, false, '', 'the launch directory @SITE@/launch 5 is not there: moved, purged or not mounted');
INSERT INTO public.offline_runs VALUES (6, 28, 'lost', '2026-11-23T21:34:06.407264+00:00', '2026-11-23T21:34:06.407264+00:00', false, false, '', 'the launch directory @SITE@/launch 6 is not there: moved, purged or not mounted');
INSERT INTO public.offline_runs VALUES (11, 37, 'recovered', '2026-11-23T21:34:06.637110+00:00', '2026-11-23T21:34:08.049521+00:00', false, true, '2c0daa.1ca.18eaca217df648ab 2c1892.1ae.18eaca21855a5faa 2c1891.25c.18eaca2186117aa9', '');
INSERT INTO public.offline_runs VALUES (12, 38, 'failed', '2026-11-23T21:34:06.842746+00:00', '2026-11-23T21:34:08.049521+00:00', false, true, '2c1893.1ca.18eaca218a9925a9 2c1897.173.18eaca218fd7eba8 2c1898.66f.18eaca21908f06a8', '');
INSERT INTO public.offline_runs VALUES (13, 39, 'queued', '2026-11-23T21:34:08.307384+00:00', '2026-11-23T21:34:08.307384+00:00', false, false, '', '');
INSERT INTO public.offline_runs VALUES (14, 40, 'done', '2026-11-23T21:34:08.343376+00:00', '2026-11-23T21:34:08.343376+00:00', false, false, '', '');
INSERT INTO public.offline_runs VALUES (15, 41, 'forgotten', '2026-11-23T21:34:08.489546+00:00', '2026-11-23T21:34:08.527565+00:00', true, false, '', '');
INSERT INTO public.offline_runs VALUES (16, 42, 'refused', '2026-11-23T21:34:08.541428+00:00', '2026-11-23T21:34:08.572324+00:00', false, true, '', '');
INSERT INTO public.offline_runs VALUES (17, 43, 'reserved, no job', '2026-11-23T21:34:08.594436+00:00', '2026-11-23T21:34:08.594436+00:00', false, false, '', '');
INSERT INTO public.offline_runs VALUES (18, 44, 'one', '2026-11-23T21:34:08.613312+00:00', '2026-11-23T21:34:08.681974+00:00', false, true, '', '');
INSERT INTO public.shared_launches VALUES (45, 18, false);
INSERT INTO public.specs VALUES (1, '{"texts":["größe","汉字","🧨","it''s \"quoted\" \\ %s :name","two\nlines","nul 􏟿","20240101T10",""],"numbers":[0,-0.0,1,1.0,1e+300,1180591620717411303424,0.1,{"$number":"nan"},{"$number":"-inf"}],"others":[null,true,false,[],{},{"":{"a.b":{"$c":[[]]}}}],"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (2, '{"big":"@BIG@","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (3, '{"_priority":5,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (4, '{"_priority":2.5,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (5, '{"_priority":-1,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (6, '{"_priority":10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (7, '{"_priority":"high","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (8, '{"_priority":null,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (9, '{"_priority":true,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (10, '{"_category":"big","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (11, '{"_category":["big"],"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (12, '{"_fworker":"cluster ü","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (13, '{"_fworker":"other","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (14, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (15, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (16, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (17, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (18, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (19, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (20, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (21, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (22, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (23, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (24, '{"_tasks":[{"_fw_name":"ScriptTask","script":"exit 3"}]}');
INSERT INTO public.specs VALUES (25, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (26, '{"_allow_fizzled_parents":true,"_tasks":[{"_fw_name":"ScriptTask","script":"true"}],"_fizzled_parents":[{"spec":{"_tasks":[{"_fw_name":"ScriptTask","script":"exit 3"}]},"fw_id":24,"created_on":"2026-11-23T21:34:06.353976+00:00","updated_on":"2026-11-23T21:34:06.359202+00:00","launches":[{"fworker":{"name":"cluster ü","category":"big","query":"{}","env":{"bin":"/opt"}},"fw_id":24,"launch_dir":"@SITE@/launch 4","host":"node7","ip":"10.0.0.7","trackers":[],"action":null,"state":"FIZZLED","state_history":[{"state":"RUNNING","created_on":"2026-11-23T21:34:06.359202+00:00","updated_on":"2026-11-23T21:34:06.359202+00:00"},{"state":"FIZZLED","created_on":"2026-11-23T21:34:06.369529+00:00"}],"launch_id":4}],"state":"FIZZLED","name":"fails"}]}');
INSERT INTO public.specs VALUES (27, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (28, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (29, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (31, '{"_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]}');
INSERT INTO public.specs VALUES (32, '{"added":"ü","_tasks":[{"script":["true"],"use_shell":true,"_fw_name":"ScriptTask"}]}');
INSERT INTO public.specs VALUES (30, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}],"a":{"b":1}}');
INSERT INTO public.specs VALUES (33, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (34, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (35, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (36, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (37, '{"_trackers":[{"filename":"out.txt","nlines":5}],"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (38, '{"_tasks":[{"_fw_name":"ScriptTask","script":"exit 3"}]}');
INSERT INTO public.specs VALUES (39, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (40, '{"_trackers":[{"filename":"out.txt","nlines":5}],"_tasks":[{"_fw_name":"ScriptTask","script":"echo done > out.txt"}]}');
INSERT INTO public.specs VALUES (41, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (42, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (43, '{"_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (44, '{"_dupefinder":{"_fw_name":"DupeFinderExact"},"formula":"H₂O","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (45, '{"_dupefinder":{"_fw_name":"DupeFinderExact"},"formula":"H₂O","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (46, '{"_dupefinder":{"_fw_name":"DupeFinderExact"},"formula":"H₂O","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.specs VALUES (47, '{"text":"the word \"_dupefinder\" alone","_tasks":[{"_fw_name":"ScriptTask","script":"true"}]}');
INSERT INTO public.workflows VALUES (1, 'größe 🧨', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.115366+00:00', '2026-11-23T21:34:06.115366+00:00', '{"who":"Ä","n":[1,null,{"$number":"nan"}]}');
INSERT INTO public.workflows VALUES (2, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.129672+00:00', '2026-11-23T21:34:06.129672+00:00', '{}');
INSERT INTO public.workflows VALUES (3, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.134101+00:00', '2026-11-23T21:34:06.134101+00:00', '{}');
INSERT INTO public.workflows VALUES (4, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.139559+00:00', '2026-11-23T21:34:06.139559+00:00', '{}');
INSERT INTO public.workflows VALUES (5, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.144046+00:00', '2026-11-23T21:34:06.144046+00:00', '{}');
INSERT INTO public.workflows VALUES (6, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.148321+00:00', '2026-11-23T21:34:06.148321+00:00', '{}');
INSERT INTO public.workflows VALUES (7, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.153881+00:00', '2026-11-23T21:34:06.153881+00:00', '{}');
INSERT INTO public.workflows VALUES (8, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.162461+00:00', '2026-11-23T21:34:06.162461+00:00', '{}');
INSERT INTO public.workflows VALUES (9, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.167070+00:00', '2026-11-23T21:34:06.167070+00:00', '{}');
INSERT INTO public.workflows VALUES (10, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.171031+00:00', '2026-11-23T21:34:06.171031+00:00', '{}');
INSERT INTO public.workflows VALUES (11, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.175066+00:00', '2026-11-23T21:34:06.175066+00:00', '{}');
INSERT INTO public.workflows VALUES (12, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.178868+00:00', '2026-11-23T21:34:06.178868+00:00', '{}');
INSERT INTO public.workflows VALUES (13, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.182173+00:00', '2026-11-23T21:34:06.182173+00:00', '{}');
INSERT INTO public.workflows VALUES (14, 'diamond', 'RUNNING', 0, 0, 0, 0, 1, 1, 0, 0, 2, 1, 0, '2026-11-23T21:34:06.185541+00:00', '2026-11-23T21:34:06.275738+00:00', '{}');
INSERT INTO public.workflows VALUES (15, 'defuse', 'DEFUSED', 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.287194+00:00', '2026-11-23T21:34:06.295681+00:00', '{}');
INSERT INTO public.workflows VALUES (16, 'pause', 'PAUSED', 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.304409+00:00', '2026-11-23T21:34:06.310484+00:00', '{}');
INSERT INTO public.workflows VALUES (17, 'archive', 'ARCHIVED', 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.317374+00:00', '2026-11-23T21:34:06.342792+00:00', '{}');
INSERT INTO public.workflows VALUES (18, 'fizzled', 'FIZZLED', 0, 1, 0, 0, 1, 1, 0, 0, 0, 2, 1, '2026-11-23T21:34:06.353976+00:00', '2026-11-23T21:34:06.369529+00:00', '{}');
INSERT INTO public.workflows VALUES (19, 'w', 'RUNNING', 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, '2026-11-23T21:34:06.389746+00:00', '2026-11-23T21:34:06.395399+00:00', '{}');
INSERT INTO public.workflows VALUES (20, 'w', 'FIZZLED', 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, '2026-11-23T21:34:06.404348+00:00', '2026-11-23T21:34:06.419113+00:00', '{}');
INSERT INTO public.workflows VALUES (21, 'actions', 'RUNNING', 0, 0, 0, 0, 1, 2, 0, 0, 1, 2, 0, '2026-11-23T21:34:06.428926+00:00', '2026-11-23T21:34:06.448218+00:00', '{}');
INSERT INTO public.workflows VALUES (22, 'held by an action', 'DEFUSED', 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, '2026-11-23T21:34:06.474710+00:00', '2026-11-23T21:34:06.503522+00:00', '{}');
INSERT INTO public.workflows VALUES (23, 'rerun', 'READY', 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:06.516552+00:00', '2026-11-23T21:34:06.622782+00:00', '{}');
INSERT INTO public.workflows VALUES (24, 'w', 'COMPLETED', 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, '2026-11-23T21:34:06.632919+00:00', '2026-11-23T21:34:08.049521+00:00', '{}');
INSERT INTO public.workflows VALUES (25, 'w', 'FIZZLED', 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, '2026-11-23T21:34:06.831356+00:00', '2026-11-23T21:34:08.049521+00:00', '{}');
INSERT INTO public.workflows VALUES (26, 'w', 'RESERVED', 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, '2026-11-23T21:34:08.298395+00:00', '2026-11-23T21:34:08.307384+00:00', '{}');
INSERT INTO public.workflows VALUES (27, 'w', 'RESERVED', 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, '2026-11-23T21:34:08.340515+00:00', '2026-11-23T21:34:08.343376+00:00', '{}');
INSERT INTO public.workflows VALUES (28, 'w', 'RESERVED', 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, '2026-11-23T21:34:08.485458+00:00', '2026-11-23T21:34:08.489546+00:00', '{}');
INSERT INTO public.workflows VALUES (29, 'w', 'FIZZLED', 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, '2026-11-23T21:34:08.529541+00:00', '2026-11-23T21:34:08.572324+00:00', '{}');
INSERT INTO public.workflows VALUES (30, 'w', 'RESERVED', 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, '2026-11-23T21:34:08.590365+00:00', '2026-11-23T21:34:08.594436+00:00', '{}');
INSERT INTO public.workflows VALUES (31, 'w', 'COMPLETED', 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, '2026-11-23T21:34:08.603950+00:00', '2026-11-23T21:34:08.681974+00:00', '{}');
INSERT INTO public.workflows VALUES (32, 'w', 'COMPLETED', 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, '2026-11-23T21:34:08.610593+00:00', '2026-11-23T21:34:08.688282+00:00', '{}');
INSERT INTO public.workflows VALUES (33, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:08.734968+00:00', '2026-11-23T21:34:08.734968+00:00', '{}');
INSERT INTO public.workflows VALUES (34, 'w', 'READY', 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, '2026-11-23T21:34:08.738013+00:00', '2026-11-23T21:34:08.738013+00:00', '{}');
SELECT pg_catalog.setval('public.filepad_file_id_seq', 3, true);
SELECT pg_catalog.setval('public.fw_ids', 48, true);
SELECT pg_catalog.setval('public.launch_ids', 18, true);
SELECT pg_catalog.setval('public.wf_ids', 35, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkey PRIMARY KEY (version_num);
ALTER TABLE ONLY public.dupe_specs
    ADD CONSTRAINT pk_dupe_specs PRIMARY KEY (fw_id);
ALTER TABLE ONLY public.filepad
    ADD CONSTRAINT pk_filepad PRIMARY KEY (file_id);
ALTER TABLE ONLY public.filepad_chunks
    ADD CONSTRAINT pk_filepad_chunks PRIMARY KEY (file_id, n);
ALTER TABLE ONLY public.fireworks
    ADD CONSTRAINT pk_fireworks PRIMARY KEY (fw_id);
ALTER TABLE ONLY public.holds
    ADD CONSTRAINT pk_holds PRIMARY KEY (fw_id);
ALTER TABLE ONLY public.launches
    ADD CONSTRAINT pk_launches PRIMARY KEY (launch_id);
ALTER TABLE ONLY public.links
    ADD CONSTRAINT pk_links PRIMARY KEY (parent, child);
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT pk_meta PRIMARY KEY (name);
ALTER TABLE ONLY public.offline_runs
    ADD CONSTRAINT pk_offline_runs PRIMARY KEY (launch_id);
ALTER TABLE ONLY public.shared_launches
    ADD CONSTRAINT pk_shared_launches PRIMARY KEY (fw_id, launch_id);
ALTER TABLE ONLY public.specs
    ADD CONSTRAINT pk_specs PRIMARY KEY (fw_id);
ALTER TABLE ONLY public.workflows
    ADD CONSTRAINT pk_workflows PRIMARY KEY (wf_id);
ALTER TABLE ONLY public.filepad
    ADD CONSTRAINT uq_filepad_gfs_id UNIQUE (gfs_id);
ALTER TABLE ONLY public.filepad
    ADD CONSTRAINT uq_filepad_pad_identifier UNIQUE (pad, identifier);
CREATE INDEX ix_dupe_specs_digest ON public.dupe_specs USING btree (digest);
CREATE INDEX ix_fireworks_created_on ON public.fireworks USING btree (created_on);
CREATE INDEX ix_fireworks_name ON public.fireworks USING btree (name);
CREATE INDEX ix_fireworks_ready ON public.fireworks USING btree (lane, priority DESC NULLS LAST, fw_id) WHERE ((state)::text = 'READY'::text);
CREATE INDEX ix_fireworks_ready_fifo ON public.fireworks USING btree (lane, priority DESC NULLS LAST, created_on, fw_id) WHERE ((state)::text = 'READY'::text);
CREATE INDEX ix_fireworks_ready_filo ON public.fireworks USING btree (lane, priority DESC NULLS LAST, created_on DESC, fw_id DESC) WHERE ((state)::text = 'READY'::text);
CREATE INDEX ix_fireworks_state ON public.fireworks USING btree (state);
CREATE INDEX ix_fireworks_updated_on ON public.fireworks USING btree (updated_on);
CREATE INDEX ix_fireworks_wf_id ON public.fireworks USING btree (wf_id);
CREATE INDEX ix_launches_fw_id ON public.launches USING btree (fw_id);
CREATE INDEX ix_launches_reservation_id ON public.launches USING btree (reservation_id);
CREATE INDEX ix_launches_state ON public.launches USING btree (state);
CREATE INDEX ix_launches_time_end ON public.launches USING btree (time_end);
CREATE INDEX ix_links_child_parent ON public.links USING btree (child, parent);
CREATE INDEX ix_offline_runs_open ON public.offline_runs USING btree (launch_id) WHERE ((deprecated = false) AND (completed = false));
CREATE INDEX ix_shared_launches_launch_id ON public.shared_launches USING btree (launch_id);
CREATE INDEX ix_workflows_created_on ON public.workflows USING btree (created_on);
CREATE INDEX ix_workflows_name ON public.workflows USING btree (name);
CREATE INDEX ix_workflows_state ON public.workflows USING btree (state);
CREATE INDEX ix_workflows_updated_on ON public.workflows USING btree (updated_on);
ALTER TABLE ONLY public.dupe_specs
    ADD CONSTRAINT fk_dupe_specs_fw_id FOREIGN KEY (fw_id) REFERENCES public.fireworks(fw_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.filepad_chunks
    ADD CONSTRAINT fk_filepad_chunks_file_id FOREIGN KEY (file_id) REFERENCES public.filepad(file_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.fireworks
    ADD CONSTRAINT fk_fireworks_wf_id FOREIGN KEY (wf_id) REFERENCES public.workflows(wf_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.holds
    ADD CONSTRAINT fk_holds_fw_id FOREIGN KEY (fw_id) REFERENCES public.fireworks(fw_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.launches
    ADD CONSTRAINT fk_launches_fw_id FOREIGN KEY (fw_id) REFERENCES public.fireworks(fw_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.links
    ADD CONSTRAINT fk_links_child FOREIGN KEY (child) REFERENCES public.fireworks(fw_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.links
    ADD CONSTRAINT fk_links_parent FOREIGN KEY (parent) REFERENCES public.fireworks(fw_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.offline_runs
    ADD CONSTRAINT fk_offline_runs_launch_id FOREIGN KEY (launch_id) REFERENCES public.launches(launch_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.shared_launches
    ADD CONSTRAINT fk_shared_launches_fw_id FOREIGN KEY (fw_id) REFERENCES public.fireworks(fw_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.shared_launches
    ADD CONSTRAINT fk_shared_launches_launch_id FOREIGN KEY (launch_id) REFERENCES public.launches(launch_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.specs
    ADD CONSTRAINT fk_specs_fw_id FOREIGN KEY (fw_id) REFERENCES public.fireworks(fw_id) ON DELETE CASCADE;
