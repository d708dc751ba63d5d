//! The three words, for each kind and each way of undoing.

use super::{filled, is};

const OLD: &str = "CREATE TABLE old (id INTEGER PRIMARY KEY, name TEXT, n INTEGER);";

const INTO_OLD: &str = "from = \"people\"\ninto = \"old\"\ncolumns = { id = \"id\", name = \"name\", n = \"age\" }\n";

#[test]
fn rows_that_are_found_again_by_their_key_are_lossless() {
    is(&filled(OLD, &format!("[[convert]]\nid = \"x\"\n{INTO_OLD}")), "x", Some("lossless"), None);
}

#[test]
fn what_a_journal_gives_back_is_recoverable() {
    let project = filled(OLD, &format!("[[convert]]\nid = \"x\"\non_conflict = \"overwrite\"\n{INTO_OLD}"));
    project.sql("INSERT INTO old VALUES (2, 'there', 5)");
    is(&project, "x", Some("recoverable"), Some("journal"));
    let asks = filled(OLD, &format!("[[convert]]\nid = \"x\"\non_conflict = \"ask\"\n{INTO_OLD}"));
    asks.sql("INSERT INTO old VALUES (2, 'there', 5)");
    is(&asks, "x", Some("recoverable"), Some("journal"));
    let enrich = filled("", "[[enrich]]\nid = \"x\"\ntable = \"people\"\n[enrich.columns]\ntown = \"upper(town)\"\n");
    is(&enrich, "x", Some("recoverable"), Some("journal"));
}

#[test]
fn what_has_no_way_back_is_lossy() {
    let project = filled(
        "",
        "[[enrich]]\nid = \"x\"\ntable = \"people\"\nundo = \"none\"\n[enrich.columns]\ntown = \"upper(town)\"\n",
    );
    is(&project, "x", Some("lossy"), Some("no way back"));
}

#[test]
fn sql_that_gives_all_back_is_lossless_and_sql_that_does_not_names_what_is_lost() {
    let step = |undo: &str| {
        format!(
            "[[enrich]]\nid = \"x\"\ntable = \"people\"\nundo = {{ sql = \"{undo}\" }}\n[enrich.columns]\nage = \"age + 1\"\n"
        )
    };
    is(&filled("", &step("UPDATE people SET age = age - 1")), "x", Some("lossless"), None);
    let lossy = filled("", &step("UPDATE people SET age = NULL, town = 'Bonn' WHERE id = 1"));
    is(&lossy, "x", Some("lossy"), Some("people.age, people.town would not be as before"));
    let gone = filled("", &step("DELETE FROM people WHERE id > 1"));
    is(&gone, "x", Some("lossy"), Some("people would not be as before"));
    let broken = filled("", &step("UPDATE people SET name = NULL"));
    is(&broken, "x", Some("lossy"), Some("does not run"));
}

#[test]
fn what_a_trigger_does_besides_is_seen() {
    let made = "CREATE TABLE old (id INTEGER PRIMARY KEY, name TEXT, n INTEGER); CREATE TABLE seen (n INTEGER PRIMARY KEY, id);
        CREATE TRIGGER sees AFTER INSERT ON old BEGIN INSERT INTO seen (id) VALUES (NEW.id); END;";
    let step = |triggers: &str| format!("[[convert]]\nid = \"x\"\n{triggers}\n{INTO_OLD}");
    is(&filled(made, &step("triggers = \"fire\"")), "x", Some("lossy"), Some("seen"));
    is(&filled(made, &step("triggers = \"hold\"")), "x", Some("lossless"), None);
}

#[test]
fn every_kind_is_tried_and_the_next_sees_what_the_one_before_left() {
    let made = "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, town TEXT);
        CREATE TABLE c (name TEXT PRIMARY KEY NOT NULL, n INTEGER); CREATE TABLE d (id INTEGER PRIMARY KEY, name TEXT);";
    let steps = r#"
[[split]]
id = "cut"
from = "people"
[[split.into]]
table = "a"
columns = { id = "id", name = "name" }
[[split.into]]
table = "b"
when = "town IS NOT NULL"
columns = { id = "id", town = "town" }
[[merge]]
id = "join"
into = "c"
key = ["name"]
on_conflict = "skip"
[[merge.from]]
table = "a"
columns = { name = "name", n = "id" }
[[copy]]
id = "same"
from = "a"
into = "d"
needs = ["cut"]
[[pipeline]]
id = "both"
needs = ["same"]
[[pipeline.do]]
[pipeline.do.enrich]
table = "d"
[pipeline.do.enrich.columns]
name = "upper(name)"
[[pipeline.do]]
[pipeline.do.enrich]
table = "d"
[pipeline.do.enrich.columns]
name = "name || '!'"
"#;
    let project = filled(made, steps);
    is(&project, "cut", Some("lossless"), None);
    is(&project, "join", Some("recoverable"), Some("journal"));
    is(&project, "same", Some("lossless"), None);
    is(&project, "both", Some("recoverable"), Some("journal"));
}

#[test]
fn a_migration_on_the_way_is_gone_through() {
    let project = filled(
        "",
        "migrations = [\"V2\"]\n[[enrich]]\nid = \"x\"\ntable = \"people\"\nundo = { sql = \"UPDATE people SET nick = NULL\" }\n[enrich.columns]\nnick = \"lower(name)\"\n",
    );
    project.write("migrations/V2__later.sql", "ALTER TABLE people ADD COLUMN nick TEXT;");
    is(&project, "x", Some("lossless"), None);
    project
        .write("migrations/V2__later.sql", "ALTER TABLE people ADD COLUMN nick TEXT; UPDATE people SET nick = 'old';");
    is(&project, "x", Some("lossy"), Some("people.nick"));
}

#[test]
fn a_protected_column_is_tried_without_its_key() {
    let project = filled(
        "CREATE TABLE safe (id INTEGER PRIMARY KEY, name TEXT);",
        "[[convert]]\nid = \"x\"\nfrom = \"people\"\ninto = \"safe\"\n[convert.columns]\nid = \"id\"\nname = { from = \"name\", protect = { encrypt = \"nobody\" } }\n\
         [[enrich]]\nid = \"y\"\ntable = \"people\"\n[enrich.columns]\ntown = { from = \"town\", protect = \"mask\" }\n",
    );
    is(&project, "x", Some("lossless"), None);
    is(&project, "y", Some("recoverable"), Some("journal"));
}
