//! The sample's own merge, split and pipeline.

use crate::rig::{Project, assert_same};
use crate::rows;

/// The sample at mvp1 with ten thousand entries more, some without author, some without date.
fn filled() -> Project {
    let project = Project::sample();
    project.does(&["up", "--target", "mvp1", "--yes"]);
    project.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO kb_entries (title, problem, solution, category, severity, author, created_at)
         SELECT 'Generated entry ' || i, 'p' || i, 's' || i,
             CASE i % 5 WHEN 0 THEN 'VSAM' WHEN 1 THEN 'JCL' WHEN 2 THEN 'DB2' WHEN 3 THEN 'CICS' ELSE 'Odd' END, 'low',
             CASE WHEN i % 3 THEN 'person ' || (i * 7 % 501) END,
             CASE WHEN i % 11 THEN date('2024-01-01', '+' || (i * 37 % 900) || ' days') || 'T00:00:00Z' END
         FROM n",
    );
    project
}

#[test]
fn the_sample_goes_up_and_down_with_ten_thousand_entries() {
    let project = filled();
    let before = project.state();
    project.does(&["up", "--target", "mvp4", "--yes", "--no-restore-point"]);
    let latest =
        "SELECT author, max(created_at) FROM kb_entries WHERE author IS NOT NULL GROUP BY author ORDER BY author";
    assert_eq!(rows(&project, "SELECT name, last_seen FROM people ORDER BY name"), rows(&project, latest));
    assert_eq!(
        project.value("SELECT group_concat(DISTINCT seen_as) FROM people"),
        "author",
        "on a tie the earlier part wins"
    );
    let markers = "SELECT count(*), count(project_key) > 0 FROM idz_markers";
    assert_eq!(rows(&project, markers), rows(&project, "SELECT count(*), 1 FROM incidents"));
    project.does(&["up", "--yes", "--no-restore-point"]);
    let cards = "SELECT pattern_code, advice FROM models JOIN model_cards USING (model_key) ORDER BY pattern_code";
    assert_eq!(rows(&project, cards), rows(&project, "SELECT code, remedy FROM patterns ORDER BY code"));
    project.does(&["verify"]);
    project.does(&["down", "--target", "mvp1", "--yes", "--no-restore-point"]);
    assert_same("down", &before, &project.state());
}

#[test]
fn a_person_who_reported_later_is_known_as_a_reporter() {
    let project = Project::sample();
    project.does(&["up", "--target", "mvp3", "--yes"]);
    project.sql(
        "INSERT INTO incidents (ticket_id, timestamp, title, description, component, severity, reporter)
         SELECT 'T-' || rowid, '2031-01-0' || rowid || 'T00:00:00Z', 't', 'd', 'batch', 'low', author
         FROM (SELECT DISTINCT author, row_number() OVER (ORDER BY author) AS rowid FROM kb_entries WHERE author IS NOT NULL GROUP BY author)
         WHERE rowid < 3;
         INSERT INTO incidents (ticket_id, timestamp, title, description, component, severity, reporter)
         VALUES ('T-9', '2031-02-01T00:00:00Z', 't', 'd', 'batch', 'low', 'unknown')",
    );
    let before = project.state();
    project.does(&["up", "--target", "mvp4", "--yes"]);
    let reporters = "SELECT count(*), min(last_seen) FROM people WHERE seen_as = 'reporter'";
    assert_eq!(rows(&project, reporters), ["2 | 2031-01-01T00:00:00Z"]);
    assert_eq!(project.value("SELECT count(*) FROM people WHERE name = 'unknown'"), "0");
    project.does(&["down", "--target", "mvp3", "--yes"]);
    assert_same("down", &before, &project.state());
}

#[test]
fn risk_and_downtime_of_the_stages_are_those_of_the_design() {
    let project = Project::sample();
    let stages = [
        ("mvp1", "none", false),
        ("mvp2", "low", false),
        ("mvp3", "medium", false),
        ("mvp4", "high", true),
        ("mvp5", "critical", true),
    ];
    for (stage, risk, downtime) in stages {
        let plan = project.json(&["plan", "--target", stage]);
        let found = (&plan["result"]["risk"], &plan["result"]["downtime"]);
        assert_eq!(found, (&risk.into(), &downtime.into()), "{stage}: {plan}");
        project.does(&["up", "--target", stage, "--yes", "--no-restore-point"]);
    }
}
