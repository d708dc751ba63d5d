//! SQL files that cannot be read, or hold nothing: B26, B28, B29, B31, B35.

use crate::rig::Project;
use crate::{one, refused};
use std::fs;

const FILE: &str = "migrations/V1__a.sql";

/// A project whose one migration holds these bytes.
fn bytes(bytes: &[u8]) -> Project {
    let project = one("");
    fs::write(project.path(FILE), bytes).expect(FILE);
    project
}

#[test]
fn b26_a_migration_without_a_statement_is_refused() {
    for text in ["", "\n\n", "-- nothing yet\n", "/* nothing; yet */", ";", "-- a\n;;\n/* b */ ;\n", "\u{feff}"] {
        let project = one(text);
        for command in ["up", "plan", "graph"] {
            refused(&project, &[command], "E0206").at("migrations/V1__a.sql:1:1").hints("SELECT 1");
        }
        // Sealing is about bytes: a file that says nothing can be vouched for all the same.
        project.must(&["seal"]);
    }
}

#[test]
fn b26_what_is_left_out_at_the_end_of_a_file_is_no_matter() {
    for text in [
        "CREATE TABLE t (x)",
        "CREATE TABLE t (x);",
        "CREATE TABLE t (x) -- and no more",
        "CREATE TABLE t (x);;\n;",
        "\u{feff}CREATE TABLE t (x);\r\n",
    ] {
        let project = one(text);
        project.must(&["up"]);
        assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name = 't'"), "1", "{text:?}");
    }
}

#[test]
fn b26_b38_a_reverse_without_a_statement_is_known_before_anything_runs() {
    let project = Project::of(&[(FILE, "CREATE TABLE t (x);"), ("migrations/V1__a.down.sql", "-- later\n")]);
    for command in ["plan", "up"] {
        refused(&project, &[command], "E0206").at("migrations/V1__a.down.sql:1:1");
    }
}

#[test]
fn b28_what_is_not_utf8_is_refused_with_its_byte() {
    let utf16 = |text: &str, little: bool| -> Vec<u8> {
        let units = text.encode_utf16();
        units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    };
    let text = "CREATE TABLE t (x);";
    let cases: [(&[u8], &str); 7] = [
        (&utf16(&format!("\u{feff}{text}"), true), "UTF-16"),
        (&utf16(&format!("\u{feff}{text}"), false), "UTF-16"),
        (&utf16(text, true), "byte 1 is a NUL"),
        (b"CREATE TABLE t (x); -- gr\xfcn\n", "byte 25 is not UTF-8"),
        (b"\xef\xbb\xbfCREATE TABLE t (x); -- \xc3\x28\n", "byte 26 is not UTF-8"),
        (b"CREATE TABLE t (x); -- \xed\xa0\x80\n", "byte 23 is not UTF-8"),
        (b"\xc0\xaf", "byte 0 is not UTF-8"),
    ];
    for (given, words) in cases {
        let project = bytes(given);
        for command in ["up", "plan", "seal", "graph"] {
            refused(&project, &[command], "E0009").at("migrations/V1__a.sql:1:1").says(words);
        }
    }
}

#[test]
fn b29_a_nul_is_refused_and_no_statement_is_cut() {
    let project = bytes(b"CREATE TABLE t (x);\0 DROP TABLE t;");
    refused(&project, &["up"], "E0009").says("byte 19 is a NUL").hints("a statement would end there");
    let project = bytes(b"CREATE TABLE t (x DEFAULT 'a\0b');");
    refused(&project, &["up"], "E0009").says("byte 28 is a NUL");
}

#[test]
fn b29_f109_a_lone_carriage_return_is_refused() {
    refused(&bytes(b"CREATE TABLE t (x);\n-- note\rDROP TABLE t;"), &["up"], "E0009").says("line 2");
}

#[test]
fn b31_what_is_opened_and_not_closed_is_shown_where_it_opens() {
    for (text, place, what) in [
        ("CREATE TABLE t (x);\nINSERT INTO t VALUES ('it''s);\n", "2:23", "single quotes"),
        ("CREATE TABLE t (x);\n\n  /* SELECT 1;\n", "3:3", "comment"),
        ("CREATE TABLE \"t (x);\n", "1:14", "quoted name"),
        ("CREATE TABLE `t (x);\n", "1:14", "quoted name"),
        ("CREATE TABLE [t (x);\n", "1:14", "brackets"),
        ("-- it's\nCREATE TABLE t (x); -- ü 'ö\nSELECT 'ä', 'ß;\n", "3:13", "single quotes"),
    ] {
        let refusal = refused(&one(text), &["up"], "E0203").at(&format!("migrations/V1__a.sql:{place}")).says(what);
        let line = text.lines().nth(place[..1].parse::<usize>().unwrap() - 1).unwrap();
        assert!(refusal.page.contains(line.trim_end()), "the line is shown:\n{}", refusal.page);
    }
}

#[test]
fn b31_sql_that_does_not_parse_is_shown_where_it_stops() {
    for (text, place, words) in [
        ("CREATE TABLE t (x);\nSELCT 1;\n", "2:1", "SELCT"),
        ("CREATE TABLE t (x,);\n", "1:19", "syntax error"),
        ("CREATE TABLE t (x);\nINSERT INTO u VALUES (1);\n", "2:13", "no such table: u"),
        ("CREATE TABLE t (x);\nUPDATE t SET y = 1;\n", "2:14", "no such column: y"),
        ("CREATE TABLE t (x);\nCREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1;\n", "2:1", ""),
        ("CREATE TABLE t (x);\nSELECT 1) ;\n", "2:9", "syntax error"),
        ("COPY t FROM STDIN;\n", "1:1", "COPY"),
        ("\\copy t from 'x.csv'\n", "1:1", ""),
        (".mode csv\n", "1:1", ""),
        ("CREATE INDEX CONCURRENTLY i ON t (x);\n", "1:27", "syntax error"),
        ("SET SESSION AUTHORIZATION postgres;\n", "1:1", "SET"),
    ] {
        let refusal = refused(&one(text), &["up"], "E0203").says(words);
        let line = format!("migrations/V1__a.sql:{}:", &place[..1]);
        assert!(refusal.place().starts_with(&line), "{text}: {}", refusal.error);
    }
}

/// A migration is run as it is written: nobody gives it a value, and SQLite would take NULL.
#[test]
fn b31_a_parameter_that_nobody_gives_is_refused() {
    for given in ["?", "?1", ":name", "@name", "$name", "$$", "$tag$ x"] {
        let project = one(&format!("CREATE TABLE t (x);\nINSERT INTO t VALUES ({given});\n"));
        let refusal = refused(&project, &["up"], "E0203");
        assert!(refusal.place().starts_with("migrations/V1__a.sql:2:"), "{given}: {}", refusal.error);
    }
    let project = one("CREATE TABLE t (x);\nINSERT INTO t VALUES ('?1 :name @name $name'); -- ? :x\n");
    project.must(&["up"]);
    assert_eq!(project.value("SELECT x FROM t"), "?1 :name @name $name");
}

#[test]
fn b35_a_file_beyond_the_limit_is_refused_and_not_read_whole() {
    let project = one("");
    let file = fs::File::create(project.path(FILE)).expect(FILE);
    file.set_len(200 << 20).expect("a sparse file");
    for command in ["up", "plan", "seal"] {
        // The folder is compared by hand: 200 MB need not be read four times.
        let gave = project.run(&[command, "--json"]);
        assert_eq!(gave.code, 2, "{gave:?}");
        assert!(gave.out.contains("E0008") && gave.out.contains("64 MiB") && gave.out.contains(FILE), "{gave:?}");
        assert!(!project.path("trial.db").exists() && !project.path("evolve.sum").exists());
    }
}

#[test]
fn b35_one_long_statement_and_many_short_ones_run() {
    let long = format!("CREATE TABLE t (x);\nINSERT INTO t VALUES ('{}');\n", "y".repeat(8 << 20));
    let project = one(&long);
    project.must(&["up"]);
    assert_eq!(project.value("SELECT length(x) FROM t"), (8 << 20).to_string());
    let many: String = (0..20_000).map(|at| format!("INSERT INTO t VALUES ({at});\n")).collect();
    let project = one(&format!("CREATE TABLE t (x);\n{many}"));
    project.must(&["up"]);
    assert_eq!(project.value("SELECT count(*) || ' ' || sum(x) FROM t"), "20000 199990000");
}

#[test]
fn b35_a_statement_that_the_database_refuses_for_its_size_leaves_nothing() {
    // SQLite's own limits, hit by generated SQL: 2,000 columns, 500 terms of a compound SELECT.
    let columns: Vec<String> = (0..2_500).map(|at| format!("c{at}")).collect();
    refused(&one(&format!("CREATE TABLE t ({});", columns.join(", "))), &["up"], "E0203").says("too many columns");
    let terms = vec!["SELECT 1"; 600].join(" UNION ALL ");
    refused(&one(&format!("CREATE TABLE t AS {terms};")), &["up"], "E0203").says("too many terms");
}
