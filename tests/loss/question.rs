//! A trial is a question: it writes nothing, tells nothing, is soon over, and says the same again.

use super::{filled, is};
use std::time::Instant;

const STEPS: &str = "[[enrich]]\nid = \"x\"\ntable = \"people\"\n[enrich.columns]\ntown = \"upper(town)\"\n";

#[test]
fn a_plan_is_the_same_again_and_touches_nothing() {
    let project = filled("", STEPS);
    let before = project.files();
    let plan = project.must(&["plan", "--json"]).out;
    assert_eq!(project.must(&["plan", "--json"]).out, plan);
    assert!(project.files() == before);
    assert!(plan.contains("\"loss\":\"recoverable\""), "{plan}");
    for value in ["Ann", "Ulm", "ULM"] {
        assert!(!plan.contains(value), "{value}: {plan}");
    }
}

#[test]
fn the_digest_does_not_depend_on_what_a_trial_gave() {
    let digest = |document: &serde_json::Value| document["result"]["digest"].as_str().map(str::to_owned);
    let project = filled("", STEPS);
    let with = project.json(&["plan"]);
    project.sql("DELETE FROM people");
    let without = project.json(&["plan"]);
    assert_ne!(with["result"]["steps"][0]["loss"], without["result"]["steps"][0]["loss"]);
    assert!(digest(&with).is_some() && digest(&with) == digest(&without));
}

#[test]
fn the_page_has_the_word_in_the_steps_line() {
    let project = filled("", STEPS);
    let plan = project.must(&["plan"]).out;
    assert!(plan.lines().any(|line| line.contains(" x ") && line.contains("inverse, recoverable")), "{plan}");
    let plan = project.must(&["plan", "--verbose"]).out;
    assert!(plan.contains("inverse, recoverable: the journal brings it back"), "{plan}");
}

#[test]
fn a_large_table_is_sampled_and_not_read() {
    let project = filled("", STEPS);
    project.sql(
        "WITH RECURSIVE n(x) AS (SELECT 10 UNION ALL SELECT x + 1 FROM n WHERE x < 300000)
         INSERT INTO people SELECT x, 'name ' || x, NULL, printf('%200d', x) FROM n",
    );
    // Where the trial walked all rows it would take its whole budget, and say so.
    is(&project, "x", Some("recoverable"), Some("journal"));
    let since = Instant::now();
    project.does(&["plan"]);
    assert!(since.elapsed().as_secs() < 5, "{:?}", since.elapsed());
}

#[test]
fn views_search_tables_and_rows_without_a_key_of_their_own_are_there() {
    let made = "CREATE TABLE loose (a, b TEXT); INSERT INTO loose VALUES (1.5, 'x'), (x'00ff', NULL), (NULL, 'y');
        CREATE TABLE target (a, b TEXT, c INTEGER AS (length(b)) STORED);
        CREATE VIRTUAL TABLE found USING fts5(b, content = 'target');
        CREATE TRIGGER t_i AFTER INSERT ON target BEGIN INSERT INTO found (rowid, b) VALUES (NEW.rowid, NEW.b); END;
        CREATE TRIGGER t_d AFTER DELETE ON target BEGIN INSERT INTO found (found, rowid, b) VALUES ('delete', OLD.rowid, OLD.b); END;
        INSERT INTO target (a, b) VALUES (0, 'old');
        CREATE VIEW both AS SELECT b FROM loose UNION ALL SELECT b FROM target;
        CREATE VIEW other AS SELECT name FROM people, both;";
    let project = filled(
        made,
        "[[copy]]\nid = \"x\"\nfrom = \"loose\"\ninto = \"target\"\nwhere = \"b IN (SELECT b FROM both)\"\n",
    );
    is(&project, "x", Some("recoverable"), Some("journal"));
}
