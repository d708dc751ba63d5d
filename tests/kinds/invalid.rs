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
