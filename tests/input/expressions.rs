//! SQL in stage files: expressions that slip out, and values that must stay values. B16, B17, S23.

use crate::rig::{Project, code, outcome};
use crate::{Refused, refused, refused_with};

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT);\nINSERT INTO a VALUES (1, 'one'), (2, 'two');\n\
     CREATE TABLE b (id INTEGER PRIMARY KEY, x TEXT);\n";

/// A stage of one convert from a into b; the condition stands in line 9, the value of x in line 12.
fn convert(condition: &str, x: &str) -> Project {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let condition = quoted(condition);
    let steps = format!(
        "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n\n[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n\
         where = {condition}\n[convert.columns]\nid = \"id\"\nx = {x}\n"
    );
    Project::of(&[("migrations/V1__a.sql", TABLES), ("plans/one.toml", ONE), ("plans/two.toml", &steps)])
}

const ONE: &str = "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n";

/// What is no single expression, or does more than compute a value.
const SLIPPING: [&str; 23] = [
    "x; DROP TABLE a",
    "x)FROM a; DELETE FROM a; SELECT (x",
    "x) FROM a --",
    "x, id",
    "x'",
    "\"x",
    "x /* open",
    "-- nothing",
    "x UNION SELECT x",
    "x FROM a",
    "x AS y",
    "(INSERT INTO a VALUES (9, 'nine') RETURNING id)",
    "(DELETE FROM a RETURNING id)",
    "(UPDATE a SET x = 'gone' RETURNING x)",
    "x ORDER BY x",
    "x) ORDER BY (x",
    "x) LIMIT (1",
    "x) WHERE (x",
    "SELECT 1); DELETE FROM a; SELECT (1",
    "SELECT 1) UNION SELECT (2",
    "SELECT x) FROM a --",
    "x;",
    "VALUES (1), (2)) FROM a --",
];

#[track_caller]
fn refused_both(project: &Project) -> Refused {
    refused(project, &["graph"], "E0106");
    refused(project, &["plan"], "E0106");
    refused(project, &["up", "--yes"], "E0106")
}

#[test]
fn b16_a_column_that_is_not_one_expression_is_refused() {
    for text in SLIPPING {
        let project = convert("true", &toml::Value::String(text.to_owned()).to_string());
        refused_both(&project).at("plans/two.toml:12:5").says("not one SQL expression");
        let table = format!("{{ sql = {} }}", toml::Value::String(text.to_owned()));
        refused_both(&convert("true", &table)).at("plans/two.toml:12:5");
    }
}

#[test]
fn b16_a_condition_that_is_not_one_expression_is_refused_in_its_line() {
    for text in SLIPPING.into_iter().chain(["true LIMIT 1", "true GROUP BY x"]) {
        let refusal = refused_both(&convert(text, "\"x\"")).says("not one SQL expression");
        assert_eq!(refusal.place(), "plans/two.toml:9:9", "{text}: {}", refusal.error);
    }
}

#[test]
fn b16_a_parameter_in_an_expression_is_refused() {
    for text in ["?", "?1", ":name", "@name", "$name", "$$", "x || ?", "$tag$ x $tag$"] {
        refused_both(&convert("true", &format!("{text:?}"))).at("plans/two.toml:12:5");
        refused_both(&convert(&format!("{text} = 1"), "\"x\""));
    }
    // What only looks like one is text.
    let project = convert("x <> '?'", "\"x || '?:a@b$c$$'\"");
    project.must(&["up"]);
    assert_eq!(project.value("SELECT group_concat(x, ' ') FROM b"), "one?:a@b$c$$ two?:a@b$c$$");
}

/// Over a whole table these make one row of many, or count within a batch: rows would be lost, and nobody told.
#[test]
fn b16_an_expression_over_several_rows_is_refused() {
    for text in
        ["count(*)", "max(x)", "group_concat(x)", "x || count(*)", "row_number() OVER ()", "lag(x) OVER (ORDER BY id)"]
    {
        refused_both(&convert("true", &format!("{text:?}"))).at("plans/two.toml:12:5").says("misuse");
        refused_both(&convert(&format!("{text} > 0"), "\"x\"")).says("misuse");
    }
    let project = convert("true", "\"(SELECT count(*) || max(a.x) FROM a)\"");
    project.must(&["up"]);
    assert_eq!(project.value("SELECT group_concat(id || x, ' ') FROM b"), "12two 22two");
}

#[test]
fn b16_what_an_expression_names_must_be_there() {
    refused_both(&convert("true", "\"nosuch\"")).at("plans/two.toml:12:5").says("no such column: nosuch");
    refused(&convert("true", "{ from = \"y\" }"), &["up"], "E0107").at("plans/two.toml:12:5").hints("x");
    let refusal = refused_both(&convert("nosuch = 1", "\"x\"")).says("no such column: nosuch");
    assert_eq!(refusal.place(), "plans/two.toml:9:9", "{}", refusal.error);
    refused_with(&convert("true", "\"application_function(x)\""), &["up"], "E0508", 4)
        .at("plans/two.toml:12:5")
        .says("application_function");
    refused_both(&convert("true", "\"load_extension('evil')\"")).says("load_extension");
    // In double quotes stands a name, never a text.
    refused_both(&convert("true", "'\"nosuch\"'")).says("nosuch");
}

#[test]
fn b16_an_expression_may_hold_a_comment_and_a_question() {
    let project = convert("true -- all of them", "\"x -- as it is\"");
    project.must(&["up"]);
    assert_eq!(project.value("SELECT group_concat(x, ' ') FROM b"), "one two");
}

#[test]
fn b16_a_check_is_one_question_that_writes_nothing() {
    for text in [
        "DELETE FROM a RETURNING id",
        "SELECT 1; DROP TABLE a",
        "INSERT INTO a VALUES (9, 'nine') RETURNING id",
        "UPDATE a SET x = 'gone'",
        "DROP TABLE a",
        "PRAGMA writable_schema = ON",
        "ATTACH 'x' AS y",
        "SELECT 1 FROM nosuch",
        "SELEC 1",
        "SELECT ?",
        "SELECT load_extension('evil')",
        "",
    ] {
        let check = format!("[[convert.check]]\nname = \"a question\"\nsql = {:?}\nis = 1\n", text);
        let project = convert("true", "\"x\"");
        let file = project.path("plans/two.toml");
        let before = std::fs::read_to_string(&file).expect("the stage file");
        project.write("plans/two.toml", &(before + &check));
        let expected = if text.is_empty() { "E0007" } else { "E0106" };
        let refusal = refused(&project, &["up", "--yes"], expected);
        let line = refusal.error["line"].as_u64().unwrap_or_default();
        assert!((13..=15).contains(&line), "{text}: {}", refusal.error);
    }
}

#[test]
fn b16_the_condition_of_a_lookup_is_one_expression() {
    for text in ["b.id = a.id) WHERE 1; DROP TABLE a; --", "b.id = a.id; SELECT 1", "", "b.id = ?", "count(*) = 1"] {
        let steps = format!(
            "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n[[enrich]]\nid = \"look\"\ntable = \"a\"\non_missing = \"keep\"\n\
             on_many = \"fail\"\nlookup = {{ table = \"b\", on = {text:?} }}\n[enrich.columns]\nx = \"b.x\"\n"
        );
        let project =
            Project::of(&[("migrations/V1__a.sql", TABLES), ("plans/one.toml", ONE), ("plans/two.toml", &steps)]);
        let expected = if text.is_empty() { "E0007" } else { "E0106" };
        refused(&project, &["up", "--yes"], expected);
    }
}

/// What is declared as a value is one, whatever it looks like.
#[test]
fn s23_values_are_bound_or_quoted_and_never_sql() {
    let nasty = [
        "x'); DROP TABLE a; --",
        "'",
        "''",
        "\"",
        "--",
        "/*",
        "?1",
        ":x",
        "\\'; DELETE FROM a; --",
        "\u{1f600} ' ü",
        "a\nb\tc",
        "%_",
        "$$",
        ";",
    ];
    for text in nasty {
        let value = toml::Value::String(text.to_owned()).to_string();
        for declared in [
            format!("{{ value = {value} }}"),
            format!("{{ sql = \"NULL\", default = {value} }}"),
            format!("{{ from = \"x\", map = {{ one = {value} }}, else = {value} }}"),
        ] {
            let project = convert("true", &declared);
            project.must(&["up"]);
            let same = "SELECT count(*) FROM b WHERE x = ?1";
            let count: i64 = project.open().query_row(same, [text], |row| row.get(0)).expect(same);
            assert_eq!((count, project.value("SELECT count(*) FROM a")), (2, "2".to_owned()), "{declared}");
        }
    }
}

#[test]
fn b08_s23_a_nul_in_a_value_or_name_is_refused() {
    refused(&convert("true", "{ value = \"a\\u0000b\" }"), &["up"], "E0007").at("plans/two.toml:12:15").says("NUL");
    refused(&convert("true", "{ from = \"a\\u0000b\" }"), &["up"], "E0109").at("plans/two.toml:12:14");
    refused(&convert("x = 'a\0b'", "\"x\""), &["up"], "E0007").at("plans/two.toml:9:9");
}

/// A constant that the column cannot take is known before a row is read, or takes the whole step back: never a guess.
#[test]
fn b17_a_constant_that_is_not_valid_for_its_column_changes_nothing() {
    for (column, value) in [
        ("x INTEGER CHECK (typeof(x) = 'integer')", "\"many\""),
        ("x TEXT NOT NULL CHECK (length(x) < 3)", "\"long\""),
        ("x TEXT CHECK (x IN ('a', 'b'))", "\"c\""),
    ] {
        let strict = format!(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT);\nINSERT INTO a VALUES (1, NULL);\nCREATE TABLE b (id INTEGER PRIMARY KEY, {column});\n"
        );
        for declared in [format!("{{ value = {value} }}"), format!("{{ default = {value} }}")] {
            let project = convert("true", &declared);
            project.write("migrations/V1__a.sql", &strict);
            project.must(&["up", "--target", "one"]);
            let before = project.state();
            let document = project.json(&["up"]);
            let exit = document["error"]["exit"].as_i64();
            assert!(exit == Some(2) || exit == Some(1), "{document}");
            assert!(exit == Some(2) || outcome(&document) == "step_undone", "{document}");
            assert_eq!(project.state(), before, "{column}: {}", code(&document));
        }
    }
}

#[test]
fn b17_a_constant_that_its_own_rules_refuse_is_known_at_once() {
    for declared in [
        "{ value = \"many\", cast = \"integer\" }",
        "{ value = \"2023-02-30\", parse = \"iso8601\" }",
        "{ value = \"c\", one_of = [\"a\", \"b\"] }",
        "{ value = \"no mail\", is = \"email\" }",
    ] {
        refused(&convert("true", declared), &["up"], "E0105").at("plans/two.toml:12:5").says("`x`");
    }
}
