//! Files put together at random from statements that each do something else: whatever the plan says can be taken back is,
//! to the last value.

use crate::rig::{Project, assert_same};
use crate::shape::{SHOP, project, reversible, stores, whole};

/// Statements over the shop; a list of several belongs together.
pub const PARTS: &[&str] = &[
    "UPDATE customers SET name = upper(name), since = NULL WHERE id < 4;",
    "UPDATE customers SET credit = coalesce(credit, 0) + 1;",
    "UPDATE customers SET id = id + 1000 WHERE id = 2;",
    "UPDATE orders SET state = 'gone', total = total * 2;",
    "UPDATE reviews SET words = words || '!', stars = NULL WHERE customer = 1;",
    "UPDATE codes SET meaning = code, code = meaning WHERE code = 'A';",
    "UPDATE staff SET boss = NULL WHERE boss = 1;",
    "DELETE FROM customers WHERE id = 1;",
    "DELETE FROM customers WHERE id = 9;",
    "DELETE FROM orders WHERE state = 'open';",
    "DELETE FROM reviews;",
    "DELETE FROM codes WHERE code IS NULL;",
    "DELETE FROM staff WHERE id = 2;",
    "DELETE FROM lines WHERE amount > 1;",
    "INSERT INTO customers (name, email) VALUES ('new one', 'new@example.org');",
    "INSERT INTO codes VALUES ('G', 'generated') ON CONFLICT (code) DO UPDATE SET meaning = meaning || '+';",
    "INSERT INTO codes VALUES ('A', 'again') ON CONFLICT (code) DO UPDATE SET meaning = excluded.meaning;",
    "INSERT INTO reviews SELECT stars, NULL, 'copied' FROM reviews;",
    "INSERT INTO lines SELECT order_id, n + 500, article, amount FROM lines WHERE n < 500;",
    "INSERT INTO orders (customer, placed) SELECT min(id), 'generated' FROM customers;",
    "ALTER TABLE customers ADD COLUMN extra TEXT DEFAULT 'e'; UPDATE customers SET extra = name WHERE id > 2;",
    "ALTER TABLE customers DROP COLUMN credit;",
    "ALTER TABLE customers DROP COLUMN note;",
    "ALTER TABLE reviews DROP COLUMN words;",
    "ALTER TABLE codes DROP COLUMN meaning;",
    "ALTER TABLE lines DROP COLUMN amount;",
    "ALTER TABLE staff RENAME COLUMN name TO called;",
    "ALTER TABLE codes RENAME TO code_book; ALTER TABLE code_book RENAME TO codes;",
    "ALTER TABLE codes RENAME TO book;",
    "ALTER TABLE orders ADD COLUMN note TEXT CHECK (note <> 'bad');",
    "CREATE INDEX generated ON customers (since, name DESC);",
    "DROP INDEX orders_by_customer;",
    "DROP VIEW open_orders;",
    "DROP TABLE codes;",
    "DROP TABLE lines;",
    "DROP TABLE reviews;",
    "CREATE TABLE made (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO made SELECT id, name FROM customers;",
    "CREATE TABLE made_too AS SELECT * FROM reviews; DELETE FROM made_too WHERE stars = 1;",
    "CREATE TABLE log (n INTEGER PRIMARY KEY, w TEXT); CREATE TRIGGER customers_log AFTER UPDATE ON customers BEGIN INSERT INTO log (w) VALUES (NEW.id); END;",
    "CREATE TABLE n (order_id INTEGER NOT NULL REFERENCES orders (id), n INTEGER NOT NULL, article TEXT, PRIMARY KEY (order_id, n)) WITHOUT ROWID; INSERT INTO n SELECT order_id, n, upper(article) FROM lines; DROP TABLE lines; ALTER TABLE n RENAME TO lines;",
    "CREATE TABLE n (stars INTEGER, customer INTEGER, words TEXT, more TEXT DEFAULT 'm'); INSERT INTO n (stars, customer, words) SELECT stars, customer, words FROM reviews WHERE stars IS NOT NULL; DROP TABLE reviews; ALTER TABLE n RENAME TO reviews;",
    "DROP VIEW IF EXISTS open_orders; CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT NOT NULL, since TEXT, kind TEXT DEFAULT 'k'); INSERT INTO n (id, name, since) SELECT id, name, since FROM customers; DROP TABLE customers; ALTER TABLE n RENAME TO customers;",
    "DROP VIEW IF EXISTS open_orders; CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, customer INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE, state TEXT, cents INTEGER); INSERT INTO n SELECT id, customer, state, round(total * 100) FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders;",
    "CREATE TABLE n (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES staff (id)); INSERT INTO n SELECT id, boss FROM staff; DROP TABLE staff; ALTER TABLE n RENAME TO staff;",
    "CREATE TEMP TABLE work AS SELECT id FROM customers; DROP TABLE temp.work;",
];

/// Numbers that follow from a seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("a small number")
    }
}

pub fn file(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let count = 2 + dice.roll(5);
    (0..count).map(|_| PARTS[dice.roll(PARTS.len())]).collect::<Vec<_>>().join("\n")
}

#[derive(Default, Debug)]
struct Tally {
    back: u32,
    said_no: u32,
    failed: u32,
    refused: u32,
}

fn rest(state: &str) -> String {
    // A number that a step issued stays issued.
    state.lines().filter(|line| !line.starts_with("issued")).collect::<Vec<_>>().join("\n")
}

fn whole_and_sound(project: &Project, what: &str) {
    assert_eq!(project.value("PRAGMA integrity_check"), "ok", "{what}");
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0", "{what}");
}

fn try_out(seed: u64, tally: &mut Tally) {
    let file = file(seed);
    let project = project(SHOP, &file);
    let what = format!("seed {seed}:\n{file}\n");
    if !project.json(&["plan"])["error"].is_null() {
        tally.refused += 1;
        return;
    }
    let way = reversible(&project);
    let before = whole(&project);
    if project.run(&["up", "--yes"]).code != 0 {
        assert_same(&format!("{what}a failed step leaves everything"), &before, &whole(&project));
        tally.failed += 1;
        return;
    }
    whole_and_sound(&project, &format!("{what}after up"));
    let after = whole(&project);
    if way == "no" {
        assert_eq!(project.run(&["down", "--staged", "1", "--yes"]).code, 4, "{what}");
        assert_same(&what, &after, &whole(&project));
        tally.said_no += 1;
        return;
    }
    for _ in 0..2 {
        let down = project.run(&["down", "--staged", "1", "--yes"]);
        assert_eq!(down.code, 0, "{what}{}", down.err);
        assert_same(&what, &rest(&before), &rest(&whole(&project)));
        assert_eq!(stores(&project), "0", "{what}");
        whole_and_sound(&project, &format!("{what}after down"));
        let up = project.run(&["up", "--yes"]);
        assert_eq!(up.code, 0, "{what}{}", up.err);
    }
    tally.back += 1;
}

fn seeds(from: u64) {
    let count = if std::env::var_os("EVOLVE_LONG").is_some() { 1000 } else { 40 };
    let mut tally = Tally::default();
    (from..from + count).for_each(|seed| try_out(seed, &mut tally));
    assert!(tally.back > tally.said_no, "{tally:?}");
}

#[test]
fn files_put_together_at_random_go_back() {
    seeds(1);
}

#[test]
fn more_files_put_together_at_random_go_back() {
    seeds(100_000);
}
