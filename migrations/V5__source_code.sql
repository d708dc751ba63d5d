-- Code analysis: the programs and jobs of the system, line by line, what these lines refer to, which entries of the
-- knowledge base they name, and where in the code an entry's problem is to be looked for.

CREATE TABLE source_files (
    id              INTEGER PRIMARY KEY,
    library         TEXT NOT NULL,
    member          TEXT NOT NULL,
    language        TEXT NOT NULL CHECK (language IN ('COBOL', 'JCL')),
    component_name  TEXT REFERENCES components (name) ON DELETE SET NULL,
    UNIQUE (library, member)
);

CREATE INDEX source_files_by_component ON source_files (component_name);

CREATE TABLE source_lines (
    id       INTEGER PRIMARY KEY,
    file_id  INTEGER NOT NULL REFERENCES source_files (id) ON DELETE CASCADE,
    line_no  INTEGER NOT NULL,
    text     TEXT NOT NULL,
    UNIQUE (file_id, line_no)
);

CREATE TABLE code_references (
    line_id  INTEGER PRIMARY KEY REFERENCES source_lines (id) ON DELETE CASCADE,
    file_id  INTEGER NOT NULL REFERENCES source_files (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL CHECK (kind IN ('call', 'copy', 'link', 'note', 'program')),
    target   TEXT NOT NULL
);

CREATE INDEX code_references_by_file ON code_references (file_id);
CREATE INDEX code_references_by_target ON code_references (target);

CREATE TABLE kb_code_links (
    line_id    INTEGER PRIMARY KEY REFERENCES code_references (line_id) ON DELETE CASCADE,
    file_id    INTEGER NOT NULL REFERENCES source_files (id) ON DELETE CASCADE,
    ticket_id  TEXT NOT NULL,                    -- as the programmer wrote it; there may be no such ticket
    entry_id   INTEGER REFERENCES kb_entries (id) ON DELETE CASCADE
);

CREATE INDEX kb_code_links_by_file ON kb_code_links (file_id);
CREATE INDEX kb_code_links_by_entry ON kb_code_links (entry_id);

CREATE TABLE entry_code_scopes (
    entry_id   INTEGER PRIMARY KEY REFERENCES kb_entries (id) ON DELETE CASCADE,
    language   TEXT NOT NULL CHECK (language IN ('COBOL', 'JCL', 'any')),
    looks_for  TEXT NOT NULL                     -- a LIKE pattern over source_lines.text
);
