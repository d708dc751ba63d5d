-- What pattern detection knows beforehand: the components of the system with their owners, the patterns, and the
-- symptoms (abend and message codes) by which a pattern is recognised.

CREATE TABLE components (
    name            TEXT NOT NULL PRIMARY KEY,
    title           TEXT NOT NULL,
    owner           TEXT,
    source_library  TEXT                         -- where its programs are kept, if it has any
);

CREATE TABLE patterns (
    code         TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    description  TEXT NOT NULL,
    remedy       TEXT NOT NULL
);

CREATE TABLE pattern_symptoms (
    symptom       TEXT NOT NULL PRIMARY KEY,     -- one symptom belongs to one pattern
    pattern_code  TEXT NOT NULL REFERENCES patterns (code) ON DELETE CASCADE
);

CREATE INDEX pattern_symptoms_by_pattern ON pattern_symptoms (pattern_code);

INSERT INTO components (name, title, owner, source_library)
VALUES
    ('batch', 'Batch and scheduling', 'Michał Łukasik', 'BATCH.JCL'),
    ('database', 'Db2', 'Rahul Patel', 'DB2.COBOL'),
    ('messaging', 'MQ', 'Rahul Patel', 'MQ.COBOL'),
    ('online', 'CICS', 'Karen Sørensen', 'CICS.COBOL'),
    ('security', 'RACF and authorisation', 'Seán O''Brien', NULL),
    ('storage', 'VSAM and SMS', 'Alena Nováková', 'STORAGE.COBOL'),
    ('other', 'Everything else', 'Service desk', NULL);

INSERT INTO patterns (code, name, description, remedy)
VALUES
    ('PAT-ADDRESS', 'Program check by a wrong address',
     'A subscript, a pointer or a missing parameter leads outside the program''s storage.',
     'Compile with SSRANGE, compare the parameter lists of caller and callee.'),
    ('PAT-AUTH', 'Missing authorisation',
     'A profile, a grant or an APF entry is missing for the ID under which the work runs.',
     'Find the ID and the profile in ICH408I or SQLERRMC, request access there.'),
    ('PAT-BIND', 'Program and package do not match',
     'A module was moved without its package, or the other way round.',
     'Bind the DBRM of the same compile, check STEPLIB for an older module.'),
    ('PAT-DATA', 'Bad input data',
     'A field holds something that its definition does not allow.',
     'Test the field where it enters the system; correct the sender.'),
    ('PAT-KEYS', 'Duplicate or unsorted keys',
     'A load or a restarted job writes keys that are there already, or out of order.',
     'Sort the input; restart from the checkpoint, not from the beginning.'),
    ('PAT-LOCKS', 'Contention for a resource',
     'Two jobs, or a job and a CICS region, want the same data at the same time.',
     'Find the holder; commit more often; move the job out of the online window.'),
    ('PAT-LOOP', 'Endless loop',
     'A condition never comes true; time or output limits end the work.',
     'Look for a READ without AT END and for a PERFORM UNTIL whose variable never changes.'),
    ('PAT-MISSING', 'Something is not where it is looked for',
     'A data set, a module, a program definition or a queue does not exist, or not here.',
     'Check the name first, then the order of the libraries or the catalog.'),
    ('PAT-REGION', 'Short on virtual storage',
     'The region, or CICS''s dynamic storage area, is exhausted.',
     'Compare what is allowed with what is used; look for a leak before raising a limit.'),
    ('PAT-SPACE', 'Out of disk space',
     'An output data set cannot grow, or its volumes are full.',
     'Give a secondary quantity and RLSE; ask for room in the storage group.');

INSERT INTO pattern_symptoms (symptom, pattern_code)
VALUES
    ('S0C1', 'PAT-ADDRESS'), ('S0C4', 'PAT-ADDRESS'), ('ASRA', 'PAT-ADDRESS'),
    ('S047', 'PAT-AUTH'), ('S913', 'PAT-AUTH'), ('SQLCODE -551', 'PAT-AUTH'), ('SQLCODE -922', 'PAT-AUTH'),
    ('MQRC 2035', 'PAT-AUTH'),
    ('SQLCODE -805', 'PAT-BIND'), ('SQLCODE -818', 'PAT-BIND'),
    ('S0C7', 'PAT-DATA'), ('S0CB', 'PAT-DATA'), ('SQLCODE -180', 'PAT-DATA'), ('SQLCODE -302', 'PAT-DATA'),
    ('SQLCODE -305', 'PAT-DATA'),
    ('IDC3351I RC 12', 'PAT-KEYS'), ('SQLCODE -803', 'PAT-KEYS'), ('VSAM status 22', 'PAT-KEYS'),
    ('AKCS', 'PAT-LOCKS'), ('IEF863I', 'PAT-LOCKS'), ('SQLCODE -904', 'PAT-LOCKS'), ('SQLCODE -911', 'PAT-LOCKS'),
    ('VSAM status 93', 'PAT-LOCKS'),
    ('AICA', 'PAT-LOOP'), ('S322', 'PAT-LOOP'), ('S722', 'PAT-LOOP'),
    ('ABM0', 'PAT-MISSING'), ('AEI0', 'PAT-MISSING'), ('APCT', 'PAT-MISSING'), ('DFHAC2001', 'PAT-MISSING'),
    ('IEC130I', 'PAT-MISSING'), ('IEF212I', 'PAT-MISSING'), ('IEFC612I', 'PAT-MISSING'), ('MQRC 2085', 'PAT-MISSING'),
    ('S806', 'PAT-MISSING'), ('SQLCODE -204', 'PAT-MISSING'), ('VSAM status 35', 'PAT-MISSING'),
    ('DFHSM0133', 'PAT-REGION'), ('S80A', 'PAT-REGION'), ('S878', 'PAT-REGION'),
    ('IGD17272I', 'PAT-SPACE'), ('MQRC 2053', 'PAT-SPACE'), ('SB37', 'PAT-SPACE'), ('SD37', 'PAT-SPACE'),
    ('SE37', 'PAT-SPACE');
