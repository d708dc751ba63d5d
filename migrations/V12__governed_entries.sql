-- Entries get a state and a role that answers for them, and a severity above critical. SQLite cannot widen a CHECK in
-- place, so the table is rebuilt: create new, copy, drop old, rename new, in this order (renaming the old one first would
-- drag the references of other tables along with it). Five tables refer to kb_entries, four of them ON DELETE CASCADE:
-- with foreign keys on, the DROP would empty those four, cut the incidents off from their entries (SET NULL), and both
-- foreign_key_check and integrity_check would still say ok. evolve switches foreign keys off for this step, and counts
-- the children before and after.

CREATE TABLE kb_entries_new (
    id          INTEGER PRIMARY KEY,
    title       TEXT NOT NULL UNIQUE,
    problem     TEXT NOT NULL,
    solution    TEXT NOT NULL,
    category    TEXT NOT NULL,
    severity    TEXT NOT NULL DEFAULT 'medium'
                CHECK (severity IN ('low', 'medium', 'high', 'critical', 'blocker')),
    author      TEXT,
    created_at  TEXT,
    state       TEXT NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'published', 'retired')),
    owner_role  TEXT REFERENCES roles (name) ON DELETE SET NULL
);

INSERT INTO kb_entries_new (id, title, problem, solution, category, severity, author, created_at)
SELECT id, title, problem, solution, category, severity, author, created_at
FROM kb_entries;

DROP TABLE kb_entries;

ALTER TABLE kb_entries_new RENAME TO kb_entries;

-- Indexes and triggers went with the old table. kb_fts itself stayed: it goes by the ids, which are the same.
CREATE INDEX kb_entries_by_category ON kb_entries (category);
CREATE INDEX kb_entries_by_created_at ON kb_entries (created_at);
CREATE INDEX kb_entries_by_owner_role ON kb_entries (owner_role);

CREATE TRIGGER kb_fts_after_insert AFTER INSERT ON kb_entries
BEGIN
    INSERT INTO kb_fts (rowid, title, problem, solution)
    VALUES (new.id, new.title, new.problem, new.solution);
END;

CREATE TRIGGER kb_fts_after_delete AFTER DELETE ON kb_entries
BEGIN
    INSERT INTO kb_fts (kb_fts, rowid, title, problem, solution)
    VALUES ('delete', old.id, old.title, old.problem, old.solution);
END;

CREATE TRIGGER kb_fts_after_update AFTER UPDATE OF id, title, problem, solution ON kb_entries
BEGIN
    INSERT INTO kb_fts (kb_fts, rowid, title, problem, solution)
    VALUES ('delete', old.id, old.title, old.problem, old.solution);
    INSERT INTO kb_fts (rowid, title, problem, solution)
    VALUES (new.id, new.title, new.problem, new.solution);
END;
