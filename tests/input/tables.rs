//! Tables that are not there and statements that do not compile: the error marks their name, not the head of the step. B16.

use crate::refused;
use crate::rig::Project;

/// A second stage of these lines, from line 4 on, over the tables a and b.
fn project(step: &str) -> Project {
    Project::of(&[
        (
            "migrations/V1__a.sql",
            "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT);\nCREATE TABLE b (id INTEGER PRIMARY KEY, x TEXT);\n",
        ),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", &format!("[stage]\nname = \"two\"\nversion = \"2.0.0\"\n{step}")),
    ])
}

/// Where the word `nosuch` stands in the stage file, its quote before it.
fn place_of_nosuch(project: &Project) -> String {
    let text = std::fs::read_to_string(project.path("plans/two.toml")).expect("the stage file");
    let found = text.lines().enumerate().find_map(|(line, text)| Some((line + 1, text.find("\"nosuch\"")? + 1)));
    let (line, column) = found.expect("nosuch");
    format!("plans/two.toml:{line}:{column}")
}

#[test]
fn b16_a_missing_table_is_marked_where_it_is_named() {
    for step in [
        "[[copy]]\nid = \"s\"\nfrom = \"nosuch\"\ninto = \"b\"\n",
        "[[copy]]\nid = \"s\"\nfrom = \"a\"\ninto = \"nosuch\"\n",
        "[[convert]]\nid = \"s\"\nfrom = \"nosuch\"\ninto = \"b\"\n[convert.columns]\nid = \"id\"\n",
        "[[convert]]\nid = \"s\"\ninto = \"nosuch\"\nfrom = \"a\"\n[convert.columns]\nid = \"id\"\n",
        "[[merge]]\nid = \"s\"\ninto = \"nosuch\"\nkey = \"id\"\n[[merge.from]]\ntable = \"a\"\n",
        "[[merge]]\nid = \"s\"\ninto = \"b\"\nkey = \"id\"\n[[merge.from]]\ntable = \"a\"\n[[merge.from]]\ntable = \"nosuch\"\n",
        "[[split]]\nid = \"s\"\nfrom = \"nosuch\"\n[[split.into]]\ntable = \"b\"\n",
        "[[split]]\nid = \"s\"\nfrom = \"a\"\n[[split.into]]\ntable = \"b\"\n[[split.into]]\ntable = \"nosuch\"\n",
        "[[enrich]]\nid = \"s\"\ntable = \"nosuch\"\n[enrich.columns]\nx = \"upper(x)\"\n",
        "[[enrich]]\nid = \"s\"\ntable = \"a\"\non_missing = \"keep\"\non_many = \"fail\"\nlookup = { on = \"b.id = a.id\", table = \"nosuch\" }\n[enrich.columns]\nx = \"upper(x)\"\n",
        "[[pipeline]]\nid = \"s\"\n[[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"a\"\ninto = \"b\"\n[[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"b\"\ninto = \"nosuch\"\n",
    ] {
        let project = project(step);
        let place = place_of_nosuch(&project);
        refused(&project, &["up"], "E0107").at(&place).says("nosuch");
    }
}

#[test]
fn b16_an_error_in_a_statement_is_marked_at_the_statement() {
    let undo = "undo = \"journal\"\n";
    for (statement, undo) in [
        ("INSERT INTO b (id, x) SELECT id, x FROM a WHERE nosuch > 1", ""),
        ("INSERT INTO b (id, x) SELECT id, nosuch FROM a", ""),
        ("INSERT INTO b (id, x) SELECT id, x FROM a AS t WHERE t.nosuch > 1", ""),
        ("INSERT INTO b (id, x) SELECT a.id, a.x FROM a JOIN b AS o ON o.nosuch = a.id", undo),
    ] {
        let plain = project(&format!("[[copy]]\nid = \"s\"\n{undo}\nsql = \"{statement}\"\n"));
        refused(&plain, &["up"], "E0106").at(&format!("plans/two.toml:{}:7", 7 + undo.len().min(1))).says("nosuch");
        let first = "[[pipeline.do]]\n[pipeline.do.copy]\nsql = \"INSERT INTO b (id, x) SELECT id, x FROM a\"\n";
        let second = format!("[[pipeline.do]]\n[pipeline.do.copy]\n{}sql = \"{statement}\"\n", undo);
        let pipeline = project(&format!("[[pipeline]]\nid = \"s\"\n{first}{second}"));
        refused(&pipeline, &["up"], "E0106").at(&format!("plans/two.toml:{}:7", 11 + undo.len().min(1))).says("nosuch");
    }
}
