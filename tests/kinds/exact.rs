//! Values of columns, by the binary: each lands as it is, or its row is refused by name and counted; none is changed unseen.

use crate::rig::{Project, assert_same};
use crate::{down, numbers, project, rows, up, up_down_up};

/// Rows of one value each, moved by this declaration into a column of this type.
fn moved(values: &[&str], declared: &str, column: &str) -> Project {
    let rows: Vec<String> = values.iter().enumerate().map(|(at, value)| format!("({}, {value})", at + 1)).collect();
    let tables = format!(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, v);\nCREATE TABLE b (id INTEGER PRIMARY KEY, v {declared});\n\
         INSERT INTO a VALUES {};",
        rows.join(", ")
    );
    let step = format!(
        "[[convert]]\nid = \"moved\"\nfrom = \"a\"\ninto = \"b\"\non_invalid = \"quarantine\"\n[convert.columns]\n\
         id = \"id\"\nv = {{ {column} }}\n"
    );
    project(&tables, &step)
}

/// What landed, with its class.
fn landed(project: &Project) -> Vec<String> {
    rows(project, "SELECT id, typeof(v), v FROM b ORDER BY id")
}

/// What was put aside, and by which rule.
fn refused(project: &Project) -> Vec<String> {
    rows(project, "SELECT shown, rule FROM evolve_rejects ORDER BY n")
}

#[test]
fn b50_a_decimal_that_its_column_would_change_is_refused_by_name() {
    let decimals = ["'1.10'", "'123456789.123456789123'", "'9007199254740993.1'", "'9007199254740993'", "'12'"];
    let json = decimals.map(|decimal| format!("'{{\"x\":' || {decimal} || '}}'"));
    let json: Vec<&str> = json.iter().map(String::as_str).collect();
    for declared in ["NUMERIC", "DECIMAL(20, 10)", "INTEGER"] {
        for (values, column) in [
            (&decimals[..], "cast = \"decimal\""),
            (&json, "apply = [{ json_get = \"/x\" }]"),
            (&json, "from = \"/v/x\""),
            (&json, "from = \"/v/x\", default = 0"),
        ] {
            let project = moved(values, declared, column);
            let step = up_down_up(&project, 2);
            assert_eq!(numbers(&step), [5, 3, 0, 0, 0, 2], "{declared} {column}");
            let whole = ["1 | real | 1.1r", "4 | integer | 9007199254740993", "5 | integer | 12"];
            assert_eq!(landed(&project), whole, "{declared} {column}");
            assert_eq!(refused(&project), ["2 | stored", "3 | stored"]);
            let reason = project.value("SELECT DISTINCT reason FROM evolve_rejects");
            assert_eq!(reason, "has more digits than its column holds (TEXT holds all)");
        }
    }
}

#[test]
fn b50_columns_of_text_and_of_anything_hold_every_digit() {
    let decimals = ["'1.10'", "'123456789.123456789123'", "'9007199254740993.1'"];
    for declared in ["TEXT", "BLOB", ""] {
        let project = moved(&decimals, declared, "cast = \"decimal\"");
        assert_eq!(numbers(&up_down_up(&project, 2)), [3, 3, 0, 0, 0, 0]);
        let whole = ["1 | text | 1.10", "2 | text | 123456789.123456789123", "3 | text | 9007199254740993.1"];
        assert_eq!(landed(&project), whole, "{declared}");
    }
    let strict = "CREATE TABLE a (id INTEGER PRIMARY KEY, v);
        CREATE TABLE b (id INTEGER PRIMARY KEY, v ANY, w REAL) STRICT;
        INSERT INTO a VALUES (1, '0.30000000000000000001'), (2, '0.50');";
    let step = "[[convert]]\nid = \"moved\"\nfrom = \"a\"\ninto = \"b\"\non_invalid = \"skip\"\n[convert.columns]\n\
        id = \"id\"\nv = { cast = \"decimal\" }\n";
    let any = project(strict, step);
    up_down_up(&any, 1);
    assert_eq!(landed(&any), ["1 | text | 0.30000000000000000001", "2 | text | 0.50"]);
    let real = project(strict, &format!("{step}w = {{ from = \"v\", cast = \"decimal\" }}\n"));
    assert_eq!(numbers(&up_down_up(&real, 1)), [2, 1, 0, 0, 0, 1]);
    assert_eq!(rows(&real, "SELECT v, w FROM b"), ["0.50 | 0.5r"]);
}

#[test]
fn b50_b61_what_a_column_of_numbers_would_write_otherwise_is_refused() {
    let project = moved(&["42", "7", "'00123'", "'none'"], "INTEGER", "apply = [{ pad_left = [2, \"0\"] }]");
    assert_eq!(numbers(&up_down_up(&project, 2)), [4, 2, 0, 0, 0, 2]);
    assert_eq!(
        landed(&project),
        ["1 | integer | 42", "4 | text | none"],
        "a column of SQLite's holds other text as it is"
    );
    assert_eq!(refused(&project), ["2 | stored", "3 | stored"]);
    let project = moved(&["9007199254740993", "9007199254740992"], "REAL", "cast = \"integer\"");
    assert_eq!(numbers(&up_down_up(&project, 1)), [2, 1, 0, 0, 0, 1]);
    assert_eq!(landed(&project), ["2 | real | 9007199254740992.0r"]);
}

#[test]
fn b50_the_dry_run_and_a_step_that_fails_say_the_same() {
    let project = moved(&["'1.10'", "'123456789.123456789123'"], "NUMERIC", "cast = \"decimal\"");
    let dry = project.json(&["up", "--dry-run"]);
    assert_eq!(numbers(&dry["result"]["steps"][0]), [2, 1, 0, 0, 0, 1], "{dry}");
    let plan = std::fs::read_to_string(project.path("plans/two.toml")).unwrap();
    project.write("plans/two.toml", &plan.replace("\"quarantine\"", "\"fail\""));
    let error = crate::refused(&project, 2, 7, "E0711");
    assert!(
        error["message"].as_str().unwrap().contains("v: the value has more digits than its column holds"),
        "{error}"
    );
}

#[test]
fn b50_a_constant_that_its_column_would_change_is_refused_before_anything_is_done() {
    let step = |value: &str| {
        format!(
            "[[convert]]\nid = \"moved\"\nfrom = \"a\"\ninto = \"b\"\n[convert.columns]\nid = \"id\"\nv = {{ value = {value} }}\n"
        )
    };
    let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, v NUMERIC); INSERT INTO a VALUES (1);";
    for value in ["\"123456789.123456789123\"", "\"007\""] {
        let project = project(tables, &step("1"));
        crate::declare(&project, &step(value));
        let before = project.state();
        let gave = project.run(&["up", "--yes"]);
        assert_eq!(gave.code, 2, "{}", gave.err);
        assert!(gave.err.contains("stored") && gave.err.contains("two.toml:10"), "{}", gave.err);
        assert_same("nothing was done", &before, &project.state());
    }
    let project = project(tables, &step("\"1.50\""));
    up_down_up(&project, 1);
    assert_eq!(landed(&project), ["1 | real | 1.5r"]);
}

#[test]
fn f146_a_leap_second_is_counted_as_refused_or_becomes_what_is_declared() {
    let values = ["'2016-12-31T23:59:60Z'", "'2017-01-01T00:59:60.5+01:00'", "'2016-12-31T23:59:59Z'"];
    let project = moved(&values, "TEXT", "parse = \"iso8601\"");
    assert_eq!(numbers(&up_down_up(&project, 1)), [3, 1, 0, 0, 0, 2]);
    assert_eq!(refused(&project), ["1 | parse", "2 | parse"]);
    assert!(project.value("SELECT DISTINCT reason FROM evolve_rejects").contains("leap second"));
    let skipped = std::fs::read_to_string(project.path("plans/two.toml")).unwrap().replace("quarantine", "skip");
    down(&project);
    project.write("plans/two.toml", &skipped);
    assert_eq!(numbers(&up(&project, 2)), [3, 1, 0, 0, 0, 2]);
    for (choice, first, second) in [
        ("earlier", "2016-12-31T23:59:59Z", "2016-12-31T23:59:59.5Z"),
        ("later", "2017-01-01T00:00:00Z", "2017-01-01T00:00:00.5Z"),
    ] {
        let project = moved(&values, "TEXT", &format!("parse = {{ as = \"iso8601\", leap = \"{choice}\" }}"));
        assert_eq!(numbers(&up_down_up(&project, 2)), [3, 3, 0, 0, 0, 0]);
        assert_eq!(rows(&project, "SELECT v FROM b WHERE id < 3"), [first, second]);
    }
}

#[test]
fn f145_gap_and_fold_are_counted_as_refused_or_become_what_is_declared() {
    let values = ["'2024-03-10 02:30'", "'2024-11-03 01:30'", "'2024-07-01 12:00'"];
    let column = |policy: &str| format!("parse = {{ as = \"%Y-%m-%d %H:%M\", zone = \"America/New_York\"{policy} }}");
    let project = moved(&values, "TEXT", &column(""));
    assert_eq!(numbers(&up_down_up(&project, 2)), [3, 1, 0, 0, 0, 2]);
    assert_eq!(refused(&project), ["1 | parse", "2 | parse"]);
    let project = moved(&values, "TEXT", &column(", gap = \"later\", fold = \"earlier\""));
    assert_eq!(numbers(&up_down_up(&project, 2)), [3, 3, 0, 0, 0, 0]);
    let moments = ["2024-03-10T07:30:00Z", "2024-11-03T05:30:00Z", "2024-07-01T16:00:00Z"];
    assert_eq!(rows(&project, "SELECT v FROM b ORDER BY id"), moments);
}

#[test]
fn f148_a_zone_by_its_abbreviation_is_refused_and_no_null() {
    let project = moved(&["'2024-05-01 10:00:00 CET'", "'2024-05-01 10:00:00+01:00'"], "TEXT", "parse = \"iso8601\"");
    assert_eq!(numbers(&up_down_up(&project, 1)), [2, 1, 0, 0, 0, 1]);
    assert_eq!(landed(&project), ["2 | text | 2024-05-01T09:00:00Z"]);
    assert_eq!(refused(&project), ["1 | parse"]);
}

#[test]
fn f149_what_is_not_finite_is_copied_or_refused_and_never_another_number() {
    let project = moved(&["9e999", "-9e999", "1.5"], "REAL", "apply = []");
    // SQLite itself binds NaN as NULL.
    project.open().execute("INSERT INTO a VALUES (4, ?1)", [f64::NAN]).unwrap();
    project.open().execute("INSERT INTO a VALUES (5, ?1)", [f64::INFINITY]).unwrap();
    assert_eq!(numbers(&up_down_up(&project, 2)), [5, 5, 0, 0, 0, 0]);
    assert_eq!(
        landed(&project),
        ["1 | real | infr", "2 | real | -infr", "3 | real | 1.5r", "4 | null | NULL", "5 | real | infr"]
    );
    for cast in ["real", "decimal", "text", "integer", "json"] {
        let project = moved(&["9e999", "-9e999", "2.0", "'NaN'", "'Infinity'"], "", &format!("cast = \"{cast}\""));
        let [read, inserted, _, _, _, rejected] = numbers(&up_down_up(&project, 2));
        // As text, and only as text, these two are what they are.
        let taken = if cast == "text" { 3 } else { 1 };
        assert_eq!([read, inserted, rejected], [5, taken, 5 - taken], "{cast}");
        assert_eq!(
            rows(&project, "SELECT id FROM b WHERE typeof(v) IN ('real', 'null') AND v IS NOT 2.0"),
            [""; 0],
            "{cast}"
        );
    }
}

#[test]
fn b56_text_that_holds_a_nul_is_refused_as_its_bytes_are() {
    let project = moved(&["'a' || char(0) || 'b'", "x'610062'", "'ab'", "x'6162'"], "TEXT", "cast = \"text\"");
    assert_eq!(numbers(&up_down_up(&project, 2)), [4, 2, 0, 0, 0, 2]);
    assert_eq!(landed(&project), ["3 | text | ab", "4 | text | ab"]);
    assert_eq!(refused(&project), ["1 | cast", "2 | cast"]);
}

#[test]
fn f128_keys_of_floats_are_walked_each_once() {
    let tables = "CREATE TABLE a (k REAL PRIMARY KEY, v TEXT) WITHOUT ROWID;
        CREATE TABLE b (k REAL PRIMARY KEY, v TEXT) WITHOUT ROWID;
        INSERT INTO a VALUES (-0.0, 'zero'), (0.1, 'double'), (0.10000000149011612, 'single'), (-5e-324, 'below'), (5e-324, 'above'),
            (9007199254740992.0, 'last'), (9007199254740994.0, 'next'), (-9e999, 'least'), (9e999, 'most'), (0.30000000000000004, 'sum');";
    let step = "[[convert]]\nid = \"moved\"\nfrom = \"a\"\ninto = \"b\"\n[convert.columns]\nk = \"k\"\nv = { apply = [\"upper\"] }\n";
    let project = project(tables, step);
    let before = project.state();
    for size in 1..=7 {
        assert_eq!(numbers(&up_down_up(&project, size)), [10, 10, 0, 0, 0, 0], "batches of {size}");
        assert_eq!(rows(&project, "SELECT k, v FROM b"), rows(&project, "SELECT k, upper(v) FROM a"));
        down(&project);
        assert_same("down", &before, &project.state());
    }
    // A zero is one key, whatever its sign: SQLite stores no other.
    assert_eq!(rows(&project, "SELECT k FROM a WHERE v = 'zero'"), ["0.0r"]);
    assert!(project.open().execute("INSERT INTO a VALUES (?1, 'again')", [-0.0]).is_err());
}

#[test]
fn f134_keys_that_differ_by_case_or_by_how_accents_are_written_are_one_after_fold() {
    let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE b (name TEXT NOT NULL PRIMARY KEY, id INTEGER);
        INSERT INTO a VALUES (1, 'Google'), (2, 'google'), (3, 'caf' || char(0xe9)), (4, 'cafe' || char(0x301)),
            (5, 'CAF' || char(0xc9)), (6, 'Straße'), (7, 'STRASSE'), (8, 'ılık'), (9, 'ilik');";
    let step = |conflict: &str, apply: &str| {
        format!(
            "[[convert]]\nid = \"moved\"\nfrom = \"a\"\ninto = \"b\"\non_conflict = \"{conflict}\"\n[convert.columns]\n\
             name = {{ apply = [{apply}] }}\nid = \"id\"\n"
        )
    };
    let folded = project(tables, &step("skip", "\"fold\""));
    assert_eq!(numbers(&up_down_up(&folded, 2)), [9, 5, 0, 0, 4, 0]);
    assert_eq!(
        rows(&folded, "SELECT name, id FROM b ORDER BY id"),
        ["google | 1", "caf\u{e9} | 3", "strasse | 6", "ılık | 8", "ilik | 9"]
    );
    let plain = project(tables, &step("skip", ""));
    assert_eq!(numbers(&up_down_up(&plain, 2)), [9, 9, 0, 0, 0, 0], "without fold they are as many keys");
    let error = crate::refused(&project(tables, &step("fail", "\"fold\"")), 3, 1, "E0707");
    assert!(error["message"].as_str().is_some(), "{error}");
}
