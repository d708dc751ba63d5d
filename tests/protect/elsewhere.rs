//! What one step protects, another meets: neither its journal nor its rejects hold it in plain, before it or behind it.

use super::rotate::{forget, replace};
use super::{CANARY, must, project, refuse_in_file, run};
use crate::rig::{Project, assert_same};
use std::fs;

const MADE: &str = "CREATE TABLE safe (id INTEGER PRIMARY KEY, email TEXT, settings TEXT);
    CREATE TABLE other (id INTEGER PRIMARY KEY, pin INTEGER NOT NULL);
    CREATE TABLE news (id INTEGER PRIMARY KEY, name TEXT);
    INSERT INTO news VALUES (1, 'Ann P.'), (3, 'Cy Y.');";

const PROTECTS: &str = r#"
[[convert]]
id = "m_safe"
from = "people"
into = "safe"
NEEDS
[convert.columns]
id = "id"
email = { from = "email", protect = { encrypt = "email" } }
settings = { from = "settings", protect = { "/token" = { encrypt = "email" } } }
"#;

/// Rows put aside, old values journalled, whole rows overwritten; none of these steps protects anything.
const MEETS: &str = r#"
[[convert]]
id = "n_other"
from = "people"
into = "other"
on_invalid = "quarantine"
NEEDS
[convert.columns]
id = "id"
pin = { from = "pin", required = true, max = 5000 }
[[enrich]]
id = "o_upper"
table = "people"
needs = ["n_other"]
[enrich.columns]
email = { sql = "'x' || email" }
pin = { sql = "coalesce(pin, 0) + 1" }
[[convert]]
id = "p_news"
from = "news"
into = "people"
on_conflict = "overwrite"
needs = ["o_upper"]
[convert.columns]
id = "id"
name = "name"
"#;

fn with(protects: &str, meets: &str) -> Project {
    let steps = format!(
        "{}{}",
        PROTECTS.replace("NEEDS", &format!("needs = [{protects}]")),
        MEETS.replace("NEEDS", &format!("needs = [{meets}]"))
    );
    project(MADE, &steps)
}

/// The journals hold something, all of what is hidden encrypted.
fn refuse_in_plain(project: &Project) {
    refuse_in_file(project, CANARY);
    assert_eq!(project.value("SELECT record FROM evolve_rejects"), r#"{"id":2,"name":"Bob","pin":null}"#);
}

#[test]
fn s03_what_another_step_protects_is_journalled_encrypted_and_left_out_of_rejects() {
    // The steps that meet it come behind the one that protects it, and before it.
    for (protects, meets) in [("", "\"m_safe\""), ("\"p_news\"", "")] {
        let project = with(protects, meets);
        let before = project.state();
        let plan = run(&project, &["plan"]);
        let words = plan.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("the journal of o_upper holds people.email encrypted with the key email"), "{words}");
        assert!(words.contains("the journal of p_news holds people.email, people.settings encrypted"), "{words}");
        must(&project, &["up", "--yes"]);
        refuse_in_plain(&project);
        let up = project.state();
        must(&project, &["down", "--target", "V1", "--yes"]);
        assert_same(protects, &before, &project.state());
        must(&project, &["up", "--yes"]);
        assert_same(protects, &up, &project.state());
        replace(&project);
        must(&project, &["rotate", "email", "--yes"]);
        forget(&project);
        must(&project, &["down", "--target", "V1", "--yes"]);
        assert_same("after a rotation", &before, &project.state());
    }
}

#[test]
fn s03_what_was_journalled_encrypted_is_read_whatever_the_files_say_by_then() {
    let project = with("\"p_news\"", "");
    let before = project.state();
    must(&project, &["up", "--target", "V1"]);
    let meets =
        format!("[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n{}", MEETS.replace("NEEDS", ""));
    must(&project, &["up", "--yes", "--except", "m_safe"]);
    refuse_in_plain(&project);
    // The step that was to protect it was thought better of.
    project.write("plans/s.toml", &meets);
    must(&project, &["down", "--target", "V1", "--yes"]);
    assert_same("every value comes back", &before, &project.state());
    assert_eq!(project.value("SELECT count(*) FROM evolve_meta WHERE key GLOB 'hidden *'"), "0");
}

#[test]
fn s03_what_was_renamed_is_met_under_its_new_name() {
    let project = with("", "\"m_safe\"");
    project.write(
        "plans/s.toml",
        &format!(
            "[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n{}",
            PROTECTS.replace("NEEDS", "")
        ),
    );
    project.write(
        "migrations/V2__later.sql",
        "ALTER TABLE people RENAME COLUMN email TO mail; ALTER TABLE people RENAME TO persons;",
    );
    let meets = MEETS.replace("NEEDS", "").replace("people", "persons").replace("email", "mail");
    project
        .write("plans/t.toml", &format!("[stage]\nname = \"t\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n{meets}"));
    for stop in [&["up", "--target", "V2", "--yes"][..], &["status"]] {
        must(&project, stop);
        must(&project, &["up", "--yes"]);
        project.sql("ALTER TABLE persons RENAME TO people");
        refuse_in_plain(&project);
        project.sql("ALTER TABLE people RENAME TO persons");
        must(&project, &["down", "--target", "V1", "--yes"]);
        assert_eq!(project.value(&format!("SELECT count(*) FROM people WHERE email = '{CANARY}@example.org'")), "2");
    }
}

#[test]
fn s03_without_the_key_of_another_step_no_journal_is_begun() {
    let project = with("", "\"m_safe\"");
    must(&project, &["up", "--target", "V1"]);
    must(&project, &["up", "--yes", "--only", "m_safe"]);
    let before = project.state();
    fs::remove_file(project.path("keys/email.key")).expect("the key");
    let gave = run(&project, &["up", "--yes"]);
    let words = gave.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!((gave.code, project.state()), (4, before), "{words}");
    assert!(words.contains("`email`") && words.contains("the journal of o_upper may hold people.email"), "{words}");
}

#[test]
fn s03_a_walk_by_what_another_step_protects_is_named() {
    let walk = "\n[[convert]]\nid = \"z_other\"\nfrom = \"mails\"\ninto = \"other\"\nneeds = [\"y_safe\"]\n[convert.columns]\nid = \"n\"\npin = \"n\"\n";
    let safe = "\n[[convert]]\nid = \"y_safe\"\nfrom = \"mails\"\ninto = \"safe\"\nkey = [\"n\"]\n[convert.columns]\nid = \"n\"\nemail = { from = \"mail\", protect = \"encrypt\" }\n";
    let made = format!("{MADE} CREATE TABLE mails (mail TEXT PRIMARY KEY, n INTEGER NOT NULL UNIQUE) WITHOUT ROWID;");
    let project = project(&made, &format!("{safe}{walk}"));
    let words = run(&project, &["plan"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("z_other walks mails by mail, protected elsewhere"), "{words}");
    project.write(
        "plans/s.toml",
        &fs::read_to_string(project.path("plans/s.toml"))
            .expect("s")
            .replace("needs = [\"y_safe\"]", "needs = [\"y_safe\"]\nkey = [\"n\"]"),
    );
    let words = run(&project, &["plan"]).out;
    assert!(!words.contains("walks mails"), "{words}");
}

#[test]
fn s03_what_was_encrypted_in_place_does_not_stay_in_the_file() {
    let shut = "\n[[enrich]]\nid = \"shut\"\ntable = \"people\"\n[enrich.columns]\nemail = { from = \"email\", protect = { encrypt = \"email\" } }\n";
    let project = project("", shut);
    project.sql(&format!(
        "PRAGMA secure_delete = ON; UPDATE people SET settings = NULL;
         WITH RECURSIVE c (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM c WHERE n < 2000)
         INSERT INTO people (id, email) SELECT n, n || ' {CANARY}' FROM c"
    ));
    let in_file = || {
        let bytes = fs::read(project.path("trial.db")).expect("the file");
        bytes.windows(CANARY.len()).filter(|window| *window == CANARY.as_bytes()).count()
    };
    assert_eq!(in_file(), 1993, "each once, and nothing is left of before");
    must(&project, &["up", "--yes", "--no-restore-point"]);
    assert_eq!(in_file(), 0);
    assert_eq!(project.value("SELECT count(*) FROM people WHERE email LIKE 'evolve:1:%'"), "1993");
}

/// Keeps every row, and writes down what was shown of it.
#[derive(Default)]
struct Person(std::cell::RefCell<Vec<String>>);

impl evolve::Ask for Person {
    fn decide(&self, conflicting: &evolve::Conflicting<'_>) -> Option<evolve::Decided> {
        self.0.borrow_mut().push(format!("{conflicting:?}"));
        Some(evolve::Decided { decision: evolve::Decision::Keep, rest: false })
    }
}

impl evolve::Consent for Person {
    fn given(&self, _: &evolve::Question<'_>) -> Option<bool> {
        Some(true)
    }

    fn asks(&self) -> Option<&dyn evolve::Ask> {
        Some(self)
    }
}

#[test]
fn s03_nobody_who_is_asked_sees_what_another_step_protects() {
    let asks = "\n[[convert]]\nid = \"n_news\"\nfrom = \"news\"\ninto = \"people\"\non_conflict = \"ask\"\nneeds = [\"m_safe\"]\n\
        [convert.columns]\nid = \"id\"\nname = \"name\"\nemail = { value = \"new\" }\n";
    let project = project(MADE, &format!("{}{asks}", PROTECTS.replace("NEEDS", "")));
    let flags = evolve::Flags { project: project.root().to_owned(), ..evolve::Flags::default() };
    let person = Person::default();
    let request = evolve::UpRequest::default();
    let opened = evolve::Project::open(&flags).expect("the project");
    opened.up(&request, &person, &evolve::Silent, &evolve::Stop::new()).into_result().expect("a report");
    let shown = person.0.into_inner();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown.iter().all(|shown| !shown.contains(CANARY)), "{shown:?}");
    assert!(shown[0].contains("Ann Parker") && shown[0].contains("Ann P."), "{shown:?}");
    refuse_in_file(&project, CANARY);
}
