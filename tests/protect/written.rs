//! What stands in the target, and what stands nowhere.

use super::{CANARY, KEY, must, project, refuse_in_file};
use crate::rig::assert_same;

const SAFE: &str =
    "CREATE TABLE safe (id INTEGER PRIMARY KEY, name TEXT, email TEXT, pin TEXT, settings TEXT, code TEXT);";

const MOVE: &str = r#"
[[convert]]
id = "protect_people"
from = "people"
into = "safe"
on_invalid = "quarantine"
[convert.columns]
id = "id"
name = { from = "name", protect = "mask" }
email = { from = "email", protect = { encrypt = "email" } }
code = { from = "email", apply = ["lower"], protect = "hash" }
pin = { from = "pin", protect = "drop" }
settings = { from = "settings", protect = { "/token" = "encrypt" } }
"#;

#[test]
fn s03_up_down_up_writes_no_protected_value_outside_its_table() {
    let project = project(SAFE, MOVE);
    let before = project.state();
    must(&project, &["up"]);
    let up = project.state();
    refuse_in_file(&project, CANARY);
    assert_eq!(project.value("SELECT group_concat(coalesce(name, '-'), '|') FROM safe"), "*** P***r|***|*** Y***g");
    assert_eq!(project.value("SELECT count(*) FROM safe WHERE email GLOB 'evolve:1:????????:*'"), "2");
    assert_eq!(project.value("SELECT count(DISTINCT email) || count(DISTINCT code) FROM safe"), "11");
    assert_eq!(project.value("SELECT count(*) FROM safe WHERE length(code) = 73"), "2");
    assert_eq!(project.value("SELECT count(*) FROM safe WHERE pin IS NOT NULL"), "0");
    assert_eq!(project.value("SELECT json_extract(settings, '$.theme') FROM safe WHERE id = 1"), "dark");
    assert_eq!(project.value("SELECT json_extract(settings, '$.token') LIKE 'evolve:1:%' FROM safe WHERE id = 1"), "1");
    assert_eq!(
        project.value("SELECT (email IS NULL) + (code IS NULL) + (settings IS NULL) FROM safe WHERE id = 2"),
        "3"
    );
    must(&project, &["down", "--target", "V1", "--yes"]);
    assert_same("down gives the plain values back", &before, &project.state());
    must(&project, &["up"]);
    assert_same("the same again", &up, &project.state());
}

#[test]
fn s02_s03_neither_key_nor_value_is_in_any_file_of_the_project() {
    let project = project(SAFE, MOVE);
    must(&project, &["up", "--checkpoint"]);
    must(&project, &["status"]);
    must(&project, &["history"]);
    for (name, bytes) in project.files() {
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(name == "keys/email.key" || !holds(&[7; 32]), "{name}");
        assert!(!holds(KEY.as_bytes()), "{name}");
    }
}

#[test]
fn a_value_is_the_same_whatever_the_batch() {
    let one = project(SAFE, MOVE);
    must(&one, &["up", "--batch-size", "1"]);
    let many = project(SAFE, MOVE);
    must(&many, &["up"]);
    assert_same("batches of one row and of all", &one.state(), &many.state());
}

#[test]
fn a_value_that_is_not_protected_would_be_found() {
    let plain = MOVE.replace("{ from = \"email\", protect = { encrypt = \"email\" } }", "{ from = \"email\" }");
    assert_ne!(plain, MOVE);
    let project = project(SAFE, &plain);
    must(&project, &["up"]);
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| refuse_in_file(&project, CANARY)));
    assert!(found.is_err());
}
