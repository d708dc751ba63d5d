-- Not only when a plant was watered last, but every time.

CREATE TABLE waterings (
    plant_id    INTEGER NOT NULL REFERENCES plants (id) ON DELETE CASCADE,
    watered_on  TEXT NOT NULL,
    PRIMARY KEY (plant_id, watered_on)
) WITHOUT ROWID;
