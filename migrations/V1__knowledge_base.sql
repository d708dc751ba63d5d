-- The knowledge base of a mainframe support team: what went wrong, and what helped. Entries with their tags, what people
-- searched for, what they read and tried, and full-text search over all entries.

CREATE TABLE kb_entries (
    id          INTEGER PRIMARY KEY,
    title       TEXT NOT NULL UNIQUE,
    problem     TEXT NOT NULL,
    solution    TEXT NOT NULL,
    category    TEXT NOT NULL,
    severity    TEXT NOT NULL DEFAULT 'medium' CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    author      TEXT,
    created_at  TEXT                             -- ISO 8601, UTC; NULL where nobody knows any more
);

CREATE INDEX kb_entries_by_category ON kb_entries (category);
CREATE INDEX kb_entries_by_created_at ON kb_entries (created_at);

CREATE TABLE tags (
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL UNIQUE
);

CREATE TABLE entry_tags (
    entry_id  INTEGER NOT NULL REFERENCES kb_entries (id) ON DELETE CASCADE,
    tag_id    INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (entry_id, tag_id)
) WITHOUT ROWID;

CREATE INDEX entry_tags_by_tag ON entry_tags (tag_id);

CREATE TABLE search_history (
    id           INTEGER PRIMARY KEY,
    query        TEXT NOT NULL,
    user_name    TEXT,
    terminal     TEXT,                           -- the 3270 terminal it was typed at
    hits         INTEGER NOT NULL DEFAULT 0,
    searched_at  TEXT NOT NULL
);

CREATE INDEX search_history_by_time ON search_history (searched_at);

CREATE TABLE usage (
    id         INTEGER PRIMARY KEY,
    entry_id   INTEGER NOT NULL REFERENCES kb_entries (id) ON DELETE CASCADE,
    user_name  TEXT,
    action     TEXT NOT NULL CHECK (action IN ('viewed', 'applied', 'rated')),
    helpful    INTEGER CHECK (helpful IN (0, 1)),  -- with 'rated' only
    used_at    TEXT NOT NULL
);

CREATE INDEX usage_by_entry ON usage (entry_id);

-- The index keeps no copy of the text: it reads kb_entries, and the triggers tell it of every change.
CREATE VIRTUAL TABLE kb_fts USING fts5 (
    title,
    problem,
    solution,
    content = 'kb_entries',
    content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2'
);

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
