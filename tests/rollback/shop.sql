CREATE TABLE customers (
    id     INTEGER PRIMARY KEY,
    name   TEXT NOT NULL,
    email  TEXT UNIQUE COLLATE NOCASE,
    credit REAL DEFAULT 0.5,
    note   BLOB,
    since  TEXT
);
CREATE TABLE orders (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    customer INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE ON UPDATE CASCADE,
    placed   TEXT,
    total    NUMERIC,
    state    TEXT DEFAULT 'open' CHECK (state IN ('open', 'paid', 'gone'))
);
CREATE TABLE lines (
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,
    article  TEXT COLLATE RTRIM,
    amount   INTEGER DEFAULT 1,
    PRIMARY KEY (order_id, n)
) WITHOUT ROWID;
CREATE TABLE reviews (
    stars    INTEGER,
    customer INTEGER REFERENCES customers (id) ON DELETE SET NULL ON UPDATE CASCADE,
    words    TEXT
);
CREATE TABLE codes (code TEXT PRIMARY KEY, meaning TEXT);
CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT, boss INTEGER REFERENCES staff (id) ON DELETE CASCADE);
CREATE TABLE "odd names" ("order" INTEGER PRIMARY KEY, "a ""b""" TEXT, "select" TEXT DEFAULT 'it''s');
CREATE INDEX orders_by_customer ON orders (customer, placed DESC);
CREATE INDEX paid_orders ON orders (placed) WHERE state = 'paid';
CREATE INDEX customers_lower ON customers (lower(name));
CREATE VIEW open_orders AS SELECT orders.id, customers.name FROM orders JOIN customers ON customers.id = orders.customer WHERE orders.state = 'open';
-- rows
INSERT INTO customers (id, name, email, credit, note, since) VALUES
    (1, 'Ada', 'ada@example.org', 0.1, x'00ff10', '2024-02-29'),
    (2, 'Bob', 'BOB@example.org', -0.0, NULL, '2023-12-31T23:59:59.999Z'),
    (3, 'Çelik', NULL, 1e308, x'', ''),
    (4, '0123', 'null@example.org', 9007199254740993, 'text in a blob column', NULL),
    (9, CAST(x'610062' AS TEXT), NULL, 9e999, zeroblob(5), 20240101),
    (-7, CAST(x'ff41' AS TEXT), '', NULL, 1.5, 'x');
INSERT INTO orders (id, customer, placed, total, state) VALUES
    (1, 1, '2024-01-01', 10, 'paid'), (2, 1, '2024-01-02', 10.5, 'open'), (3, 2, NULL, '12abc', 'gone'),
    (10, 3, '2024-03-01', 9223372036854775807, 'open'), (11, 9, '', 1e30, 'paid'), (12, 1, NULL, NULL, NULL);
DELETE FROM orders WHERE id = 12;
INSERT INTO lines VALUES (1, 1, 'bolt', 3), (1, 2, 'nut  ', 3), (2, 1, NULL, NULL), (10, 7, '', -1), (10, -7, 'washer', 0);
INSERT INTO reviews (rowid, stars, customer, words) VALUES (1, 5, 1, 'good'), (2, 5, 1, 'good'), (7, NULL, NULL, NULL), (40, 1, 2, 'bad'), (41, 3, 9, x'00');
INSERT INTO codes VALUES ('A', 'alpha'), (NULL, 'first nothing'), (NULL, 'second nothing'), ('', 'empty'), ('a', 'small');
INSERT INTO staff VALUES (1, 'chief', NULL), (2, 'deputy', 1), (3, 'clerk', 2), (4, 'self', 4), (5, 'orphan', NULL);
INSERT INTO "odd names" VALUES (1, 'x', 'y'), (5, NULL, NULL);
