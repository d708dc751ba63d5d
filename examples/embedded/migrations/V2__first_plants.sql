-- A diary without plants would be dull to try out.

INSERT INTO plants (name, room, last_watered) VALUES
    ('Aloe', 'study', '2025-03-02'),
    ('Basil', 'kitchen', '2025-03-21'),
    ('Fern', 'bathroom', '2025-03-20'),
    ('Old cactus', 'attic', NULL);
