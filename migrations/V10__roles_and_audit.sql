-- Who may do what, who did what, and the searches of the time before, which only auditors may see.

CREATE TABLE roles (
    name         TEXT NOT NULL PRIMARY KEY,
    description  TEXT NOT NULL,
    may_write    INTEGER NOT NULL DEFAULT 0 CHECK (may_write IN (0, 1)),
    may_resolve  INTEGER NOT NULL DEFAULT 0 CHECK (may_resolve IN (0, 1))
);

CREATE TABLE role_members (
    member_key      TEXT NOT NULL PRIMARY KEY,
    role_name       TEXT NOT NULL REFERENCES roles (name),
    member          TEXT NOT NULL,
    component_name  TEXT REFERENCES components (name) ON DELETE CASCADE
);

CREATE INDEX role_members_by_role ON role_members (role_name);
CREATE INDEX role_members_by_component ON role_members (component_name);

CREATE TABLE audit_log (
    audit_key    TEXT NOT NULL PRIMARY KEY,
    happened_at  TEXT NOT NULL,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    object_type  TEXT NOT NULL,
    object_id    TEXT NOT NULL,
    detail       TEXT
);

CREATE INDEX audit_log_by_time ON audit_log (happened_at);
CREATE INDEX audit_log_by_object ON audit_log (object_type, object_id);

CREATE TABLE search_archive (
    id           INTEGER PRIMARY KEY,
    query        TEXT NOT NULL,
    user_name    TEXT,
    terminal     TEXT,
    hits         INTEGER NOT NULL,
    searched_at  TEXT NOT NULL
);

INSERT INTO roles (name, description, may_write, may_resolve)
VALUES
    ('auditor', 'Reads everything, the audit log and the archive of searches too', 0, 0),
    ('editor', 'Writes and corrects entries', 1, 0),
    ('owner', 'Answers for a component: writes its entries, approves automatic resolutions', 1, 1),
    ('reader', 'Searches and reads entries', 0, 0);
