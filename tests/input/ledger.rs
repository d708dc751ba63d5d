//! The ledger as nobody wrote it: dates of the future, negative durations, NULLs, what is no JSON, very many rows. B44.

use crate::rig::Project;
use std::time::{Duration, Instant};

const QUESTIONS: &[&[&str]] =
    &[&["status"], &["history"], &["history", "--verbose"], &["plan"], &["verify"], &["plan", "--target", "start"]];

fn applied() -> Project {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY, x);\n"),
        ("migrations/V2__b.sql", "CREATE TABLE b (id INTEGER PRIMARY KEY, x);\nINSERT INTO a VALUES (1, 1);\n"),
        (
            "plans/one.toml",
            "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\", \"V2\"]\n[[copy]]\nid = \"copied\"\nfrom = \"a\"\ninto = \"b\"\n",
        ),
    ]);
    project.does(&["up"]);
    project
}

/// Each of a ledger's own fields, as it should not be.
const DAMAGES: &[&str] = &[
    "UPDATE evolve_events SET at = '2999-12-31T23:59:59Z'",
    "UPDATE evolve_events SET at = 'yesterday', duration_ms = -5",
    "UPDATE evolve_events SET duration_ms = 9223372036854775807, account = 'no json'",
    "UPDATE evolve_events SET duration_ms = 'long', account = x'ff00', direction = 'sideways', seq = NULL",
    "UPDATE evolve_events SET account = '{\"read\":-1}'",
    "UPDATE evolve_runs SET started = '2999-01-01T00:00:00Z', ended = '1970-01-01T00:00:00Z', updated = 'never', pid = -1",
    "UPDATE evolve_runs SET ended = NULL, step = NULL, who = x'ff', host = ''",
    "UPDATE evolve_runs SET goal = 'no json'",
    "UPDATE evolve_runs SET state = 'what'",
    "INSERT INTO evolve_events SELECT NULL, run, step, seq, direction, at, duration_ms, account, nonce FROM evolve_events",
    "DELETE FROM evolve_runs",
    "DELETE FROM evolve_events",
    "UPDATE refinery_schema_history SET applied_on = NULL",
    "UPDATE refinery_schema_history SET applied_on = '9999-99-99'",
    "UPDATE refinery_schema_history SET checksum = NULL",
    "UPDATE refinery_schema_history SET name = NULL WHERE version = 2",
    "UPDATE refinery_schema_history SET checksum = -1 WHERE version = 1",
    "INSERT INTO refinery_schema_history VALUES (-7, 'below', '2999-01-01T00:00:00Z', '1')",
];

#[test]
fn b44_a_ledger_that_nobody_wrote_is_an_error_or_tolerated_and_never_a_panic() {
    let base = applied();
    for damage in DAMAGES {
        let project = base.twin();
        project.sql(damage);
        let before = project.state();
        for question in QUESTIONS {
            let gave = project.run(question);
            assert!(!gave.err.contains("panicked"), "{damage}\n{question:?}\n{}", gave.err);
            assert!([0, 2, 3, 4, 6].contains(&gave.code), "{damage}\n{question:?} {}\n{}", gave.code, gave.err);
            let document = project.json(question);
            assert_eq!(document["error"].is_null(), [0, 3].contains(&gave.code), "{damage}\n{question:?}: {document}");
            if !document["error"].is_null() {
                let code = document["error"]["code"].as_str().expect("a code");
                assert!(code.starts_with('E'), "{damage}\n{document}");
            }
        }
        assert_eq!(project.state(), before, "{damage}: a question changed something");
    }
}

#[test]
fn b44_a_million_rows_of_history_do_not_hold_status_up() {
    let project = applied();
    project.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
         INSERT INTO evolve_events SELECT NULL, 'run ' || (i / 10), 'copied', 3, 'up', '2024-01-01T00:00:00Z', 1, '{}', i FROM n",
    );
    let took = (0..5).map(|_| {
        let begun = Instant::now();
        project.does(&["status"]);
        begun.elapsed()
    });
    let took = took.min().expect("a time");
    assert!(took < Duration::from_secs(1), "{took:?}");
}
