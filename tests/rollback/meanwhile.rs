//! What users write between up and down, at random, over files put together at random: it is there afterwards, or `down`
//! says that it stands in the way and touches nothing.

use crate::generated::{Dice, file};
use crate::rig::{Project, assert_same, code};
use crate::shape::{SHOP, project, reversible, whole};

/// What a user may do; what does not fit the tables as they are then is left out.
const EDITS: &[&str] = &[
    "INSERT INTO customers (id, name, since) VALUES (7001, 'mine', 'mine')",
    "INSERT INTO customers (id, name, email) VALUES (2, 'mine', 'mine@example.org')",
    "INSERT INTO customers (id, name, extra) VALUES (7002, 'mine', 'mine')",
    "INSERT INTO codes VALUES ('mine', 'mine')",
    "INSERT INTO codes (rowid, code, meaning) VALUES (1, 'A', 'mine')",
    "INSERT INTO book (code) VALUES ('mine')",
    "INSERT INTO reviews (stars, words) VALUES (9, 'mine')",
    "INSERT INTO lines (order_id, n, article) VALUES (1, 7001, 'mine')",
    "INSERT INTO orders (id, customer, placed) VALUES (7001, 1, 'mine')",
    "INSERT INTO staff (id, name) VALUES (7001, 'mine')",
    "INSERT INTO staff (id, called) VALUES (7001, 'mine')",
    "INSERT INTO made (v) VALUES ('mine')",
    "INSERT INTO \"odd names\" VALUES (7001, 'mine', 'mine')",
    "CREATE TABLE own (x); INSERT INTO own VALUES ('mine')",
    "UPDATE customers SET name = 'mine' WHERE id = 3",
    "UPDATE customers SET since = 'mine' WHERE id = 4",
    "UPDATE customers SET extra = 'mine' WHERE id = 4",
    "UPDATE codes SET meaning = 'mine' WHERE code = 'a'",
    "UPDATE reviews SET words = 'mine' WHERE rowid = 40",
    "UPDATE lines SET article = 'mine' WHERE order_id = 10",
    "UPDATE orders SET placed = 'mine' WHERE id = 3",
    "UPDATE staff SET name = 'mine' WHERE id = 5",
    "DELETE FROM customers WHERE id = 4",
    "DELETE FROM staff WHERE id = 5",
    "DELETE FROM reviews WHERE rowid = 40",
];

/// How many values of all tables say that they are the user's.
fn mine(project: &Project) -> usize {
    project.state().lines().filter(|line| !line.contains("create ")).map(|line| line.matches("'mine").count()).sum()
}

#[derive(Default, Debug)]
struct Tally {
    kept: u32,
    in_the_way: u32,
    other: u32,
}

fn try_out(seed: u64, tally: &mut Tally) {
    let file = file(seed);
    let project = project(SHOP, &file);
    let possible = project.json(&["plan"])["error"].is_null() && reversible(&project) != "no";
    if !possible || project.run(&["up", "--yes"]).code != 0 {
        tally.other += 1;
        return;
    }
    let mut dice = Dice(seed | 1);
    let edits: Vec<&str> = (0..=dice.roll(3)).map(|_| EDITS[dice.roll(EDITS.len())]).collect();
    let done: Vec<&str> = edits.into_iter().filter(|edit| project.open().execute_batch(edit).is_ok()).collect();
    let what = format!("seed {seed}:\n{file}\nthen {done:?}\n");
    let (before, count) = (whole(&project), mine(&project));
    let untouched = project.twin();
    let down = project.json(&["down", "--staged", "1", "--yes"]);
    match down["error"]["exit"].as_i64() {
        None => {
            assert_eq!(mine(&project), count, "{what}{}", project.state());
            tally.kept += 1;
        }
        Some(7) => {
            assert_eq!(code(&down), "E0706", "{what}{down}");
            assert_same(&what, &before, &whole(&project));
            tally.in_the_way += 1;
            let kept = untouched.twin();
            let gave = kept.run(&["down", "--staged", "1", "--yes", "--preserve-data"]);
            assert_eq!(gave.code, 0, "{what}preserved: {}", gave.err);
            let found = mine(&kept)
                + crate::preserving::preserved(&kept).iter().map(|row| row.matches("'mine").count()).sum::<usize>();
            assert!(found >= count, "{what}{found} of {count}: {}", kept.state());
            let forced = project.run(&["down", "--staged", "1", "--yes", "--discard-changed"]);
            assert_eq!(forced.code, 0, "{what}given up: {}", forced.err);
            assert_same(&what, &whole(&project), &whole(&kept));
        }
        Some(_) => panic!("{what}{down}"),
    }
    assert_eq!(project.value("PRAGMA integrity_check"), "ok", "{what}");
}

#[test]
fn what_users_write_at_random_is_kept_or_stands_in_the_way() {
    let count = if std::env::var_os("EVOLVE_LONG").is_some() { 2000 } else { 60 };
    let mut tally = Tally::default();
    (1..=count).for_each(|seed| try_out(seed, &mut tally));
    assert!(tally.kept > 0 && tally.in_the_way > 0, "{tally:?}");
}
