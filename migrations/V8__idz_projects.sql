-- IBM Developer for z/OS (IDZ): a project for each component that has sources, templates for new members, workspaces in
-- which people work, markers, which show an incident beside the code, and the people themselves.

CREATE TABLE projects (
    project_key     TEXT NOT NULL PRIMARY KEY,
    component_name  TEXT NOT NULL UNIQUE REFERENCES components (name),
    title           TEXT NOT NULL,
    data_set        TEXT NOT NULL
);

CREATE TABLE templates (
    name      TEXT NOT NULL PRIMARY KEY,
    language  TEXT NOT NULL CHECK (language IN ('COBOL', 'JCL')),
    body      TEXT NOT NULL
);

CREATE TABLE workspaces (
    workspace_id   TEXT NOT NULL PRIMARY KEY,
    project_key    TEXT NOT NULL REFERENCES projects (project_key) ON DELETE CASCADE,
    template_name  TEXT NOT NULL REFERENCES templates (name),
    title          TEXT NOT NULL,
    state          TEXT NOT NULL DEFAULT 'prepared' CHECK (state IN ('prepared', 'open', 'archived')),
    opened_at      TEXT
);

CREATE INDEX workspaces_by_project ON workspaces (project_key);
CREATE INDEX workspaces_by_template ON workspaces (template_name);

CREATE TABLE idz_markers (
    ticket_id    TEXT NOT NULL PRIMARY KEY REFERENCES incidents (ticket_id) ON DELETE CASCADE,
    component    TEXT NOT NULL,
    project_key  TEXT REFERENCES projects (project_key) ON DELETE SET NULL,
    level        TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error')),
    message      TEXT NOT NULL
);

CREATE INDEX idz_markers_by_project ON idz_markers (project_key);

CREATE TABLE people (
    name       TEXT NOT NULL PRIMARY KEY,
    seen_as    TEXT NOT NULL CHECK (seen_as IN ('author', 'reporter')),
    last_seen  TEXT                              -- NULL where nobody knows any more
);

INSERT INTO templates (name, language, body)
VALUES
    ('cobol-batch', 'COBOL', '       IDENTIFICATION DIVISION.
       PROGRAM-ID. ${MEMBER}.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
       PROCEDURE DIVISION.
           GOBACK.
'),
    ('cobol-cics', 'COBOL', '       IDENTIFICATION DIVISION.
       PROGRAM-ID. ${MEMBER}.
       DATA DIVISION.
       LINKAGE SECTION.
       01  DFHCOMMAREA PIC X(256).
       PROCEDURE DIVISION.
           EXEC CICS RETURN END-EXEC.
'),
    ('cobol-db2', 'COBOL', '       IDENTIFICATION DIVISION.
       PROGRAM-ID. ${MEMBER}.
       DATA DIVISION.
       WORKING-STORAGE SECTION.
           EXEC SQL INCLUDE SQLCA END-EXEC.
       PROCEDURE DIVISION.
           GOBACK.
'),
    ('jcl-job', 'JCL', '//${MEMBER} JOB (ACCT),''${USER}'',CLASS=A,MSGCLASS=X
//STEP010  EXEC PGM=IEFBR14
');

-- The pilot project, which the batch team set up by hand and has worked in since.
INSERT INTO projects (project_key, component_name, title, data_set)
VALUES ('IDZ-BATCH', 'batch', 'Batch (pilot)', 'PROD.BATCH.JCL');
