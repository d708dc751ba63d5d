//! Rows that are put aside keep no protected value.

use crate::rig::Project;

use super::rotate::replace;
use super::{CANARY, must, project, refuse_in_file, run};

const SAFE: &str = "CREATE TABLE safe (id INTEGER PRIMARY KEY, name TEXT, email TEXT, pin TEXT, settings TEXT);
    CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT);";

#[test]
fn s03_a_reject_is_kept_without_what_feeds_a_protected_column() {
    let step = r#"
[[convert]]
id = "some"
from = "people"
into = "safe"
on_invalid = "quarantine"
[convert.columns]
id = "id"
name = { from = "name", length = [1, 3] }
email = { sql = "lower(email)", protect = { encrypt = "email" } }
pin = { from = "pin", protect = "drop" }
settings = { from = "settings", protect = { "/token" = "drop" } }
"#;
    let project = project(SAFE, step);
    must(&project, &["up"]);
    assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), "2");
    assert_eq!(project.value("SELECT record FROM evolve_rejects LIMIT 1"), "{\"id\":1,\"name\":\"Ann Parker\"}");
    refuse_in_file(&project, CANARY);
}

#[test]
fn s03_no_part_of_a_split_keeps_what_another_protects() {
    let step = r#"
[[split]]
id = "parts"
from = "people"
on_invalid = "quarantine"
[[split.into]]
table = "safe"
columns = { id = "id", email = { from = "email", protect = { encrypt = "email" } } }
[[split.into]]
table = "names"
columns = { id = "id", name = { from = "name", length = [1, 3] } }
"#;
    let project = project(SAFE, step);
    must(&project, &["up"]);
    assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), "2");
    assert_eq!(project.value("SELECT count(*) FROM evolve_rejects WHERE record LIKE '%@%'"), "0");
}

#[test]
fn a_message_holds_no_value_and_a_protected_key_is_not_walked() {
    let step = |columns: &str| {
        format!("\n[[convert]]\nid = \"x\"\nfrom = \"people\"\ninto = \"safe\"\n[convert.columns]\n{columns}\n")
    };
    let refused =
        project(SAFE, &step("id = \"id\"\nemail = { from = \"email\", is = \"uuid\", protect = \"encrypt\" }"));
    let gave = run(&refused, &["up"]);
    assert_eq!(gave.code, 7, "{}", gave.err);
    assert!(!gave.err.contains(CANARY), "{}", gave.err);
    let people = "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT); CREATE TABLE safe (id INTEGER PRIMARY KEY, name TEXT);";
    let stage = step("id = \"id\"\nname = { from = \"id\", protect = \"mask\" }");
    let stage = format!("[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n{stage}");
    let gave = Project::of(&[("migrations/V1__a.sql", people), ("plans/s.toml", &stage)]).run(&["plan"]);
    assert_eq!(gave.code, 2, "{}", gave.err);
    assert!(gave.err.contains("id is protected"), "{}", gave.err);
}

#[test]
fn s03_a_rotation_of_its_values_does_not_pass_for_somebody_who_mended_a_record() {
    let made =
        "CREATE TABLE coded (n INTEGER PRIMARY KEY, mail TEXT); CREATE TABLE later (n INTEGER PRIMARY KEY, mail TEXT);";
    let step = r#"
[[convert]]
id = "a_coded"
from = "people"
into = "coded"
[convert.columns]
n = "id"
mail = { from = "email", protect = { encrypt = "email" } }
[[convert]]
id = "b_later"
from = "coded"
into = "later"
needs = ["a_coded"]
on_invalid = "quarantine"
[convert.columns]
n = { from = "n", max = 1 }
mail = "mail"
"#;
    let project = project(made, step);
    must(&project, &["up"]);
    let record = "SELECT record ->> 'mail' FROM evolve_rejects WHERE shown = '3'";
    let before = project.value(record);
    assert!(before.starts_with("evolve:1:"), "{before}");
    replace(&project);
    must(&project, &["rotate", "email", "--yes"]);
    assert_ne!(project.value(record), before);
    assert_eq!(project.value(record), project.value("SELECT mail FROM coded WHERE n = 3"));
    let document = project.json(&["up", "--retry-rejects"]);
    assert_eq!(document["result"]["notes"].as_array().map(Vec::len), Some(0), "{document}");
    assert_eq!(document["result"]["steps"][0]["rejected"], 2, "{document}");
}
