//! Rules over whole rows, and what becomes of rows that break them: the same in every kind.

use crate::rig::{assert_same, code};
use crate::{balanced, declare, down, numbers, project};

const TABLES: &str = "
CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, low INTEGER, high INTEGER);
CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT, low INTEGER, high INTEGER);
CREATE TABLE c (n INTEGER PRIMARY KEY, b INTEGER, name TEXT);
INSERT INTO a VALUES (1, 'a1', 1, 2), (2, 'a2', 3, 2), (3, 'a3', NULL, 2), (4, 'a4', 9, 8), (5, 'a5', 5, 5), (6, 'a6', 0, 1);
";

const RULE: &str = "name = \"low is not above high\"\nsql = \"high >= low\"\n";

/// Each kind with an `@` where `on_invalid` stands; the Movements, and the figure that counts rows that were written.
const KINDS: [(&str, u64, usize); 6] = [
    ("[[copy]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n@\n%\n[[copy.rule]]\n#", 1, 1),
    (
        "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n@\n%\n[convert.columns]\nid = \"id\"\nname = \"upper(name)\"\n[[convert.rule]]\n#",
        1,
        1,
    ),
    (
        "[[merge]]\nid = \"move\"\ninto = \"b\"\nkey = [\"id\"]\n@\n%\n[[merge.from]]\ntable = \"a\"\ncolumns = { id = \"id\", name = \"name\" }\n[[merge.rule]]\n#",
        1,
        1,
    ),
    (
        "[[split]]\nid = \"move\"\nfrom = \"a\"\n@\n%\n[[split.into]]\ntable = \"b\"\ncolumns = { id = \"id\", name = \"name\" }\n[[split.into]]\ntable = \"c\"\ncolumns = { b = { link = \"b.id\" }, name = \"name\" }\n[[split.rule]]\n#",
        2,
        1,
    ),
    (
        "[[enrich]]\nid = \"move\"\ntable = \"a\"\n@\n%\n[enrich.columns]\nname = \"upper(name)\"\n[[enrich.rule]]\n#",
        1,
        2,
    ),
    (
        "[[pipeline]]\nid = \"move\"\n%\n[[pipeline.do]]\n[pipeline.do.convert]\nfrom = \"a\"\ninto = \"b\"\n@\n[pipeline.do.convert.columns]\nid = \"id\"\nname = \"name\"\n[[pipeline.do.convert.rule]]\n#",
        1,
        1,
    ),
];

#[test]
fn f143_every_kind_judges_whole_rows_and_fails_skips_or_puts_them_aside() {
    for (kind, movements, written) in KINDS {
        let with = |invalid: &str, limit: &str| kind.replace('@', invalid).replace('%', limit).replace('#', RULE);
        for invalid in ["", "on_invalid = \"fail\""] {
            let project = project(TABLES, &with(invalid, ""));
            let before = project.state();
            let document = project.json(&["up", "--yes", "--batch-size", "2"]);
            assert_eq!(code(&document), "E0711", "{kind}: {document}");
            let message = document["error"]["message"].as_str().expect("a message");
            assert!(message.contains("2 (“low is not above high” does not hold)"), "{kind}: {message}");
            assert_same(kind, &before, &project.state());
        }
        let cases = [
            ("on_invalid = \"skip\"", 0, "max_rejects = 4", "max_rejects = \"33%\""),
            ("on_invalid = \"quarantine\"", 2, "max_rejects = \"34%\"", "max_rejects = 1"),
        ];
        for (invalid, rejects, within, beyond) in cases {
            let project = project(TABLES, &with(invalid, within));
            let before = project.state();
            let document = project.json(&["up", "--yes", "--batch-size", "2"]);
            let step = &document["result"]["steps"][0];
            balanced(step);
            let mut expected = [6 * movements, 0, 0, 0, 0, 2 * movements];
            expected[written] = 4 * movements;
            assert_eq!(numbers(step), expected, "{kind} {invalid} {within}: {document}");
            let aside = project.value("SELECT count(*) || ' ' || count(DISTINCT key) FROM evolve_rejects WHERE rule = 'low is not above high'");
            assert_eq!(aside, format!("{} {rejects}", rejects * movements), "{kind} {invalid}");
            down(&project);
            assert_same(kind, &before, &project.state());
            declare(&project, &with(invalid, beyond));
            let document = project.json(&["up", "--yes", "--batch-size", "2"]);
            assert_eq!(code(&document), "E0711", "{kind} {invalid} {beyond}: {document}");
            let message = document["error"]["message"].as_str().expect("a message");
            assert!(message.contains("more than the step allows"), "{kind}: {message}");
            assert_same(kind, &before, &project.state());
        }
    }
}

#[test]
fn f143_a_rule_judges_the_row_as_it_will_be_written() {
    let tables = "
CREATE TABLE s (id INTEGER PRIMARY KEY, entryTime INTEGER, exitTime INTEGER, code TEXT, mail TEXT);
CREATE TABLE t (id INTEGER PRIMARY KEY, entry_time TEXT, \"end\" TEXT, code TEXT, mail TEXT);
INSERT INTO s VALUES (1, 86400, 90000, 'a', 'a@b'), (2, 90000, 86400, 'b', 'b@b'), (3, 0, NULL, 'no', 'c@b'), (4, 0, 5, 'd', 'secret');
";
    let step = |rule: &str| {
        format!(
            "[[convert]]\nid = \"move\"\nfrom = \"s\"\ninto = \"t\"\non_invalid = \"quarantine\"\n[convert.columns]\nid = \"id * 10\"\n\
             entry_time = {{ from = \"entryTime\", parse = \"unix_s\", render = \"iso8601\" }}\n\
             \"end\" = {{ from = \"exitTime\", parse = \"unix_s\", render = \"iso8601\" }}\ncode = {{ apply = [\"upper\"] }}\n\
             mail = {{ protect = \"mask\" }}\n[[convert.rule]]\nname = \"holds\"\nsql = '''{rule}'''\n"
        )
    };
    // What stays aside: by a column that only the target has, by one that both have, by what is not protected yet.
    for (rule, aside) in [
        ("\"end\" IS NULL OR \"end\" >= entry_time", "2"),
        ("CASE WHEN new.\"end\" >= entry_time THEN 1 ELSE \"end\" IS NULL END", "2"),
        ("new.code <> 'NO' -- as it will be", "3"),
        ("code <> 'NO'", ""),
        ("new.id < 40", "4"),
        ("id < 4", "4"),
        ("new.mail <> 'secret'", "4"),
    ] {
        let project = project(tables, &step(rule));
        let before = project.state();
        let dry = project.json(&["up", "--dry-run"])["result"]["steps"][0]["rejected"].clone();
        project.does(&["up", "--yes", "--batch-size", "2"]);
        assert_eq!(project.value("SELECT coalesce(group_concat(shown), '') FROM evolve_rejects"), aside, "{rule}");
        assert_eq!(dry, u64::from(!aside.is_empty()), "{rule}");
        down(&project);
        assert_same(rule, &before, &project.state());
    }
    for rule in ["new.missing > 1", "missing > 1", "entry_time >"] {
        let project = project(tables, "");
        declare(&project, &step(rule));
        let document = project.json(&["plan"]);
        assert_eq!(code(&document), "E0106", "{rule}: {document}");
        let line = std::fs::read_to_string(project.path("plans/two.toml")).expect("the file");
        let line = line.lines().position(|line| line.starts_with("sql = ")).map(|at| at as u64 + 1);
        assert_eq!(document["error"]["line"].as_u64(), line, "{rule}: {document}");
    }
}
