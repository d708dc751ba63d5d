-- What the diary is about.

CREATE TABLE plants (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    room          TEXT NOT NULL,
    last_watered  TEXT                           -- ISO 8601; NULL where nobody remembers
);
