//! Stage files and evolve.toml through the binary: file, line and column, the nearest name, and nothing touched. B01, B02,
//! B04, B05, B07, B08, B10, B11, B13.

use crate::rig::Project;
use crate::{Refused, one, refused, refused_with};
use std::fs;

const SQL: &str =
    "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT);\nCREATE TABLE b (id INTEGER PRIMARY KEY, x TEXT);\n";

/// A project with this stage file; every command must refuse it the same way.
#[track_caller]
fn stage(text: &str, code: &str) -> Refused {
    let project = Project::of(&[("migrations/V1__a.sql", SQL), ("plans/one.toml", text)]);
    for command in ["status", "plan", "graph", "verify"] {
        refused(&project, &[command], code);
    }
    refused(&project, &["up", "--yes"], code)
}

/// A project with this evolve.toml.
#[track_caller]
fn config(text: &str, code: &str) -> Refused {
    let project = Project::of(&[("migrations/V1__a.sql", SQL), ("evolve.toml", text)]);
    refused(&project, &["up", "--yes"], code)
}

/// A stage file with these lines from line 4 on.
fn after_head(lines: &str) -> String {
    format!("[stage]\nname = \"one\"\nversion = \"1.0.0\"\n{lines}")
}

/// A convert whose own keys stand in lines 10 and following.
fn keys(lines: &str) -> String {
    after_head(&format!(
        "migrations = [\"V1\"]\n\n[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n{lines}[convert.columns]\nid = \"id\"\nx = \"x\"\n"
    ))
}

#[test]
fn b04_an_unknown_key_is_refused_with_the_nearest_one() {
    for (text, place, near) in [
        (after_head("migratoins = [\"V1\"]\n"), "4:1", "`migrations`"),
        (after_head("migrations = [\"V1\"]\ntitel = \"One\"\n"), "5:1", "`title`"),
        (keys("batchsize = 10\n"), "10:1", "`batch`"),
        (keys("on_confict = \"skip\"\n"), "10:1", "`on_conflict`"),
        (keys("batch = { rosw = 10 }\n"), "10:11", "`rows`"),
        (keys("[[convert.chekc]]\nname = \"x\"\n"), "10:11", "`check`"),
        (keys("[[convert.check]]\nname = \"x\"\nsql = \"SELECT 1\"\neqals = \"SELECT 1\"\n"), "", ""),
    ] {
        let refusal = match place {
            // A misspelt answer is a check without one: the error says which there are.
            "" => stage(&text, "E0006").says("`equals`"),
            _ => stage(&text, "E0004").hints(near).at(&format!("plans/one.toml:{place}")),
        };
        let line = refusal.error["line"].as_u64().unwrap() as usize;
        assert!(refusal.page.contains(text.lines().nth(line - 1).unwrap()), "the line is shown:\n{}", refusal.page);
    }
    stage(&after_head("migrations = [\"V1\"]\n[[convrt]]\nid = \"x\"\n"), "E0004")
        .at("plans/one.toml:5:3")
        .hints("`convert`");
    config("[project]\nname = \"x\"\n[databse]\nurl = \"sqlite:t.db\"\n", "E0004")
        .at("evolve.toml:3:2")
        .hints("`database`");
    config("[project]\nname = \"x\"\n[policy]\nmax_rsik = \"low\"\n", "E0004")
        .at("evolve.toml:4:1")
        .hints("`max_risk`");
    config("[project]\nname = \"x\"\n[policy.batch]\nrwos = 5\n", "E0004").at("evolve.toml:4:1").hints("`rows`");
}

#[test]
fn b04_a_key_that_slid_under_the_columns_is_recognised() {
    let text = keys("") + "where = \"x IS NOT NULL\"\n";
    let refusal = stage(&text, "E0004").says("slid").hints("[convert.columns]");
    assert!(refusal.place().starts_with("plans/one.toml:13:"), "{}", refusal.error);
    let text = after_head(
        "migrations = [\"V1\"]\n[[convert]]\nid = \"move\"\nfrom = \"a\"\n[convert.columns]\nx = \"x\"\ninto = \"b\"\n",
    );
    stage(&text, "E0006").says("`into`").hints("line 10");
}

#[test]
fn b05_values_of_another_type_missing_or_blank_are_refused() {
    for (text, code, place, words) in [
        (after_head("migrations = \"V1\"\n"), "E0005", "4:14", "an array"),
        (after_head("migrations = [1]\n"), "E0005", "4:15", "a string"),
        (after_head("migrations = [\"\"]\n"), "E0007", "4:15", "empty"),
        (after_head("migrations = [\"V1\"]\ndowntime = \"no\"\n"), "E0005", "5:12", "true or false"),
        (after_head("migrations = [\"V1\"]\nrequires = 1\n"), "E0005", "5:12", "a string"),
        (after_head("migrations = [\"V1\"]\nrequires = \"soon\"\n"), "E0101", "5:12", "range of versions"),
        (keys("batch = 10\n"), "E0005", "10:9", "a table"),
        (keys("batch = { rows = \"10\" }\n"), "E0005", "10:18", "an integer"),
        (keys("where = 1\n"), "E0005", "10:9", "SQL"),
        (keys("where = \"  \"\n"), "E0007", "10:9", "empty"),
        (keys("key = []\n"), "E0007", "10:1", "columns"),
        (keys("key = [\"id\", \"id\"]\n"), "E0007", "10:1", "once"),
        (keys("undo = \"maybe\"\n"), "E0007", "10:8", "journal"),
        ("[stage]\nversion = \"1.0.0\"\n".to_owned(), "E0101", "1:1", "name"),
        ("[stage]\nname = \"one\"\n".to_owned(), "E0101", "1:1", "version"),
        ("[stage]\nname = \"one\"\nversion = \"1.0\"\n".to_owned(), "E0101", "3:11", "three numbers"),
        ("[stage]\nname = \"one\"\nversion = 1.0\n".to_owned(), "E0005", "3:11", "a string"),
        ("title = \"no stage\"\n".to_owned(), "E0101", "1:1", "[stage]"),
        (String::new(), "E0101", "1:1", "[stage]"),
        (after_head("migrations = [\"V1\"]\n[convert]\nid = \"x\"\n"), "E0005", "5:1", "array of tables"),
        (
            after_head(
                "migrations = [\"V1\"]\n[[convert]]\nfrom = \"a\"\ninto = \"b\"\n[convert.columns]\nx = \"x\"\n",
            ),
            "E0006",
            "5:1",
            "`id`",
        ),
        (
            after_head("migrations = [\"V1\"]\n[[convert]]\nid = \"m\"\ninto = \"b\"\n[convert.columns]\nx = \"x\"\n"),
            "E0006",
            "5:1",
            "`from`",
        ),
    ] {
        stage(&text, code).at(&format!("plans/one.toml:{place}")).says(words);
    }
    config("[project]\nname = 1\n", "E0005").at("evolve.toml:2:8");
    config("[project]\n", "E0006").says("name");
    config("[project]\nname = \" \"\n", "E0007").at("evolve.toml:2:8");
}

#[test]
fn b11_numbers_out_of_range_are_refused_with_the_range() {
    for rows in ["0", "-1", "9000000000000000000", "9223372036854775808", "10000001"] {
        stage(&keys(&format!("batch = {{ rows = {rows} }}\n")), "E0007")
            .at("plans/one.toml:10:18")
            .says("from 1 to 10000000");
        config(&format!("[project]\nname = \"x\"\n[policy]\nbatch = {{ rows = {rows} }}\n"), "E0007")
            .at("evolve.toml:4:18")
            .says("10000000");
    }
    for time in ["-1s", "1.5s", "5", "soon", "99999999999999999999d", "10y", ""] {
        config(&format!("[project]\nname = \"x\"\n[policy]\nwait = \"{time}\"\n"), "E0007")
            .at("evolve.toml:4:8")
            .says("duration");
        let project = one(SQL);
        let gave = project.command(&["up", "--json"]).env("EVOLVE_POLICY_WAIT", time).output().expect("a run");
        // An empty variable is one that is not set.
        assert_eq!(gave.status.code(), Some(if time.is_empty() { 0 } else { 2 }), "{time}");
    }
    config("[project]\nname = \"x\"\n[policy]\nmax_risk = \"higher\"\n", "E0007")
        .at("evolve.toml:4:12")
        .says("critical");
}

#[test]
fn b01_deep_nesting_is_refused_and_nothing_overflows() {
    for text in [
        "a = ".to_owned() + &"[".repeat(20_000),
        "x = ".to_owned() + &"{a=".repeat(20_000),
        format!("[{}]\n", vec!["a"; 20_000].join(".")),
    ] {
        stage(&text, "E0003");
        config(&text, "E0003");
    }
}

#[test]
fn b02_a_file_beyond_the_limit_is_refused() {
    for path in ["plans/one.toml", "evolve.toml", "evolve.sum"] {
        let project = one(SQL);
        project.write(path, "");
        fs::File::create(project.path(path)).and_then(|file| file.set_len(9 << 20)).expect(path);
        refused(&project, &["up"], "E0008").at(&format!("{path}:1:1")).says("8 MiB");
    }
}

#[test]
fn b03_b07_b08_b10_b13_what_is_no_toml_is_refused_in_its_line() {
    for (text, place) in [
        (after_head("migrations = [\"V1\"\n"), "plans/one.toml:4:"),
        (after_head("migrations = [\"V1\"]\nmigrations = [\"V1\"]\n"), "plans/one.toml:5:1"),
        (after_head("title = 2023-02-30\n"), "plans/one.toml:4:"),
        (after_head("title = 99999999999999999999999\n"), "plans/one.toml:4:"),
        (after_head("title = \"open\n"), "plans/one.toml:4:"),
        (after_head("title = \"\\q\"\n"), "plans/one.toml:4:"),
        ("<<<<<<< HEAD\n[stage]\nname = \"one\"\n=======\n>>>>>>> other\n".to_owned(), "plans/one.toml:1:"),
    ] {
        let project = Project::of(&[("migrations/V1__a.sql", SQL), ("plans/one.toml", &text)]);
        let gave = project.json(&["up"]);
        let code = gave["error"]["code"].as_str().unwrap_or_default();
        let refusal = refused(&project, &["up"], code);
        assert!(["E0003", "E0005", "E0007"].contains(&code), "{}", refusal.error);
        assert!(refusal.place().starts_with(place), "{text}: {}", refusal.error);
    }
    stage("[stage]\nname = \"one\"\rversion = \"1.0.0\"\n", "E0009").says("carriage return");
    stage("[stage]\nname = \"one\0\"\n", "E0009").says("NUL");
    stage(&after_head("title = \"a\\u0000b\"\n"), "E0007").at("plans/one.toml:4:9").says("NUL");
    let decomposed = keys("").replacen("x = \"x\"\n", "\"cafe\u{301}\" = \"x\"\n", 1);
    stage(&decomposed, "E0109").says("NFC");
    let both = keys("").replace("x = \"x\"\n", "\"caf\u{e9}\" = \"x\"\n\"cafe\u{301}\" = \"x\"\n");
    stage(&both, "E0109").says("NFC");
}

#[test]
fn b04_a_migration_belongs_to_exactly_one_stage() {
    stage(&after_head("migrations = []\n"), "E0104").at("migrations/V1__a.sql:1:1").says("V1").hints("\"V1\"");
    stage(&after_head("migrations = [\"V1\", \"V2\"]\n"), "E0104").at("plans/one.toml:4:21").says("V2").hints("V1");
    stage(&after_head("migrations = [\"V1\", \"V1\"]\n"), "E0104").at("plans/one.toml:4:21").says("twice");
    let two = "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V1\"]\n";
    let one = after_head("migrations = [\"V1\"]\n");
    let project = Project::of(&[("migrations/V1__a.sql", SQL), ("plans/one.toml", &one), ("plans/two.toml", two)]);
    refused(&project, &["up"], "E0104").at("plans/two.toml:4:15").says("`one` and `two`");
}

#[test]
fn b04_names_and_versions_are_unique_and_the_other_place_is_named() {
    for (second, code, words) in [
        ("[stage]\nname = \"one\"\nversion = \"2.0.0\"\n", "E0102", "`one`"),
        ("[stage]\nname = \"two\"\nversion = \"1.0.0\"\n", "E0102", "one version"),
        ("[stage]\nname = \"two\"\nversion = \"1.0.0+build\"\n", "E0102", "one version"),
    ] {
        let first = after_head("migrations = [\"V1\"]\n");
        let project =
            Project::of(&[("migrations/V1__a.sql", SQL), ("plans/one.toml", &first), ("plans/two.toml", second)]);
        refused(&project, &["up"], code).says(words).hints("plans/one.toml:1:");
    }
}

#[test]
fn b04_tables_and_columns_that_are_not_there_are_named_with_the_nearest() {
    let swap = |from: &str, to: &str| keys("").replacen(from, to, 1);
    stage_graph(&swap("from = \"a\"", "from = \"aa\""), "E0107", "plans/one.toml:8:8").hints("a");
    stage_graph(&swap("into = \"b\"", "into = \"bb\""), "E0107", "plans/one.toml:9:8").hints("b");
    stage_graph(&swap("x = \"x\"", "xx = \"x\""), "E0107", "plans/one.toml:12:6").hints("x");
    stage_graph(&swap("x = \"x\"", "x = { from = \"xx\" }"), "E0107", "plans/one.toml:12:5").hints("x");
    stage_graph(&keys("key = [\"idd\"]\n"), "E0107", "plans/one.toml:6:1").hints("id");
}

/// As [`stage`], for what only the graph can know; `verify` has another answer to it.
#[track_caller]
fn stage_graph(text: &str, code: &str, place: &str) -> Refused {
    let project = Project::of(&[("migrations/V1__a.sql", SQL), ("plans/one.toml", text)]);
    for command in ["plan", "graph"] {
        refused(&project, &[command], code);
    }
    refused(&project, &["up"], code).at(place)
}

#[test]
fn b04_directives_at_the_head_are_read_strictly() {
    for (line, words) in [
        ("-- evolve: transacton = none", "transacton"),
        ("-- evolve: transaction = some", "none"),
        ("-- evolve: transaction", "key = value"),
        ("-- evolve: needs = V2", "TOML"),
        ("-- evolve: needs = [2]", "name"),
        ("-- evolve: allow = { R1O2 = \"why\" }", "R102"),
        ("-- evolve: allow = { R102 = \"\" }", "empty"),
        ("-- evolve: allow = { R102 = 1 }", "string"),
    ] {
        let project = one(&format!("-- a note\n{line}\nCREATE TABLE t (x);\n"));
        let refusal = refused(&project, &["up"], "E0205").says(words);
        assert!(refusal.place().starts_with("migrations/V1__a.sql:2:"), "{line}: {}", refusal.error);
    }
    let late = one("CREATE TABLE t (x);\n-- evolve: transaction = none\n");
    refused(&late, &["up"], "E0205").at("migrations/V1__a.sql:2:1").says("after the first statement");
}

#[test]
fn b04_an_environment_that_is_not_there_is_refused() {
    let project = one(SQL);
    project.write("evolve.toml", "[project]\nname = \"x\"\n[database]\nurl = \"sqlite:trial.db\"\n[environment.staging]\nurl = \"sqlite:staging.db\"\n");
    refused(&project, &["up", "--env", "stagin"], "E0010").hints("staging");
    let gave = project.command(&["up", "--json"]).env("EVOLVE_ENV", "nosuch").output().expect("a run");
    assert_eq!(gave.status.code(), Some(2));
    assert!(!project.path("trial.db").exists() && !project.path("staging.db").exists());
    project.must(&["up", "--env", "staging"]);
    assert!(!project.path("trial.db").exists() && project.path("staging.db").exists());
}

#[test]
fn b04_what_asks_for_encryption_is_refused_until_it_is_there() {
    let project = one(SQL);
    project.write("evolve.toml", "[project]\nname = \"x\"\n[database]\nurl = \"sqlite:trial.db\"\n[restore_points]\nencrypt = { key_file = \"k\" }\n");
    refused_with(&project, &["up"], "E0612", 4).says("encrypt");
}
