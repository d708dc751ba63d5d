-- Incidents: what happened, when, and where. Pattern detection asks what happened to a component lately, and how often a
-- symptom was seen: hence the indexes.

CREATE TABLE incidents (
    ticket_id     TEXT NOT NULL PRIMARY KEY,
    entry_id      INTEGER REFERENCES kb_entries (id) ON DELETE SET NULL,
    timestamp     TEXT NOT NULL,
    title         TEXT NOT NULL,
    description   TEXT NOT NULL,
    symptom       TEXT,
    component     TEXT NOT NULL,                 -- a name of components, mostly: a ticket may be ahead of the directory
    severity      TEXT NOT NULL,
    status        TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved', 'closed')),
    reporter      TEXT NOT NULL,
    owner         TEXT,
    pattern_code  TEXT REFERENCES patterns (code) ON DELETE SET NULL
);

CREATE INDEX incidents_by_component ON incidents (component, timestamp);
CREATE INDEX incidents_by_symptom ON incidents (symptom, timestamp);
CREATE INDEX incidents_by_pattern ON incidents (pattern_code);
CREATE INDEX incidents_by_entry ON incidents (entry_id);

CREATE VIEW pattern_summary AS
SELECT
    patterns.code,
    patterns.name,
    count(incidents.ticket_id) AS incidents,
    max(incidents.timestamp) AS last_seen
FROM patterns
LEFT JOIN incidents ON incidents.pattern_code = patterns.code
GROUP BY patterns.code, patterns.name;
