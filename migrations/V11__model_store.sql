-- The models that recognise a pattern, each version kept and with a card of its own, and what automatic resolution
-- proposes for an incident.

CREATE TABLE models (
    model_key     TEXT NOT NULL PRIMARY KEY,
    pattern_code  TEXT NOT NULL REFERENCES patterns (code),
    version       INTEGER NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('rules', 'trained')),
    title         TEXT NOT NULL,
    active        INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    UNIQUE (pattern_code, version)
);

CREATE TABLE model_cards (
    model_key   TEXT NOT NULL PRIMARY KEY REFERENCES models (model_key) ON DELETE CASCADE,
    recognises  TEXT NOT NULL,
    advice      TEXT NOT NULL
);

CREATE TABLE auto_resolutions (
    ticket_id     TEXT NOT NULL PRIMARY KEY REFERENCES incidents (ticket_id) ON DELETE CASCADE,
    pattern_code  TEXT REFERENCES patterns (code) ON DELETE SET NULL,
    state         TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'applied', 'refused', 'manual')),
    remedy        TEXT
);

CREATE INDEX auto_resolutions_by_pattern ON auto_resolutions (pattern_code);
