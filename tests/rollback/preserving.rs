//! `down --preserve-data`: what users changed or added and stands in the way is in a table of its own afterwards, each row
//! once and as it was; the rest is as with --discard-changed.

use crate::rig::{Project, assert_same, code, exact};
use crate::shape::{SHOP, project, sound, stage, whole};

const DOWN: &[&str] = &["down", "--staged", "1", "--yes", "--preserve-data"];

/// The rows of the tables of preserved rows, without number and moment, in order.
pub fn preserved(project: &Project) -> Vec<String> {
    let connection = project.open();
    let there = "SELECT name FROM sqlite_schema WHERE name GLOB 'evolve_preserved_*' ORDER BY name";
    let mut statement = connection.prepare(there).expect(there);
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0)).expect(there).collect::<Result<_, _>>().expect(there);
    let mut lines = Vec::new();
    for name in names {
        let sql = format!("SELECT * FROM {} ORDER BY evolve_n", evolve::sql::quoted(&name));
        let mut statement = connection.prepare(&sql).expect(&sql);
        let width = statement.column_count();
        let mut rows = statement.query([]).expect(&sql);
        while let Some(row) = rows.next().expect("a row") {
            let at = row.get::<_, String>(3).expect("a moment");
            assert!(at.starts_with("20") && at.ends_with('Z'), "{at}");
            let cells = [1, 2].into_iter().chain(4..width);
            let cells: Vec<String> = cells.map(|at| exact(row.get_ref(at).expect("a value"))).collect();
            lines.push(cells.join(" | "));
        }
    }
    lines
}

/// Takes the stage back both ways, on two projects alike: the same is left, and one has kept these rows.
fn keeps(make: impl Fn() -> Project, edit: &str, rows: &[&str]) -> Project {
    let (kept, given_up) = (make(), make());
    for project in [&kept, &given_up] {
        project.does(&["up", "--yes", "--batch-size", "2"]);
        project.sql(edit);
    }
    given_up.does(&["down", "--staged", "1", "--yes", "--discard-changed"]);
    let gave = kept.json(DOWN);
    assert_eq!(gave["error"], serde_json::Value::Null, "{edit}: {gave}");
    assert_same(edit, &whole(&given_up), &whole(&kept));
    assert_eq!(preserved(&kept), rows, "{edit}");
    let told = gave["result"]["preserved"].as_array().expect("what was preserved");
    assert_eq!(told.iter().map(|it| it["rows"].as_u64().expect("rows")).sum::<u64>(), rows.len() as u64, "{gave}");
    sound(&kept);
    kept
}

fn shop(file: &'static str) -> impl Fn() -> Project {
    move || project(SHOP, file)
}

#[test]
fn rows_of_a_table_that_goes_again() {
    let file = "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT); INSERT INTO t VALUES ('own', '1'), ('other', '2');";
    keeps(
        shop(file),
        "INSERT INTO t VALUES ('a', x'00ff'), ('b', NULL); UPDATE t SET v = 7 WHERE k = 'own';",
        &["'V2' | 't' | 1 | 'own' | '7'", "'V2' | 't' | 3 | 'a' | 00ffb", "'V2' | 't' | 4 | 'b' | NULL"],
    );
    keeps(
        shop("CREATE TABLE t (a, b AS (a || '!'));"),
        "INSERT INTO t (rowid, a) VALUES (77, 1.5)",
        &["'V2' | 't' | 77 | 1.5r | '1.5!'"],
    );
}

#[test]
fn values_of_a_column_that_goes_again() {
    keeps(
        shop("ALTER TABLE codes ADD COLUMN kind TEXT DEFAULT 'new';"),
        "UPDATE codes SET kind = NULL WHERE code = 'a'; INSERT INTO codes VALUES ('mine', 'm', 'k'), ('plain', 'p', 'new');",
        &["'V2' | 'codes' | 5 | 'a' | 'small' | NULL", "'V2' | 'codes' | 6 | 'mine' | 'm' | 'k'"],
    );
}

#[test]
fn rows_that_a_migration_wrote() {
    keeps(
        shop("INSERT INTO codes VALUES ('N', 'new'), ('M', 'more');"),
        "UPDATE codes SET meaning = 'mine' WHERE code = 'N'",
        &["'V2' | 'codes' | 6 | 'N' | 'mine'"],
    );
    // A row that two statements wrote is kept as it is now, not as it was between them.
    keeps(
        shop("UPDATE codes SET meaning = 'one'; UPDATE codes SET meaning = meaning || ' two' WHERE code <> '';"),
        "UPDATE codes SET meaning = 'mine' WHERE code IN ('A', '')",
        &["'V2' | 'codes' | 1 | 'A' | 'mine'", "'V2' | 'codes' | 4 | '' | 'mine'"],
    );
    keeps(
        shop("DELETE FROM lines WHERE n = 7; UPDATE lines SET amount = 9;"),
        "INSERT INTO lines VALUES (10, 7, 'mine', 1); UPDATE lines SET article = 'mine too' WHERE n = -7",
        &["'V2' | 'lines' | 10 | -7 | 'mine too' | 9", "'V2' | 'lines' | 10 | 7 | 'mine' | 1"],
    );
}

#[test]
fn unique_keys_that_a_user_took() {
    keeps(
        shop("DELETE FROM codes WHERE code = 'A';"),
        "INSERT INTO codes (rowid, code, meaning) VALUES (500, 'A', 'mine'), (1, 'B', 'mine too'), (2000, 'C', 'stays')",
        &["'V2' | 'codes' | 1 | 'B' | 'mine too'", "'V2' | 'codes' | 500 | 'A' | 'mine'"],
    );
    // The index decides which rows are in the way, not its columns.
    let file =
        "CREATE UNIQUE INDEX one ON codes (lower(meaning)) WHERE code IS NOT NULL; DELETE FROM codes WHERE code = 'A';";
    let base = SHOP.replace(
        "CREATE INDEX paid_orders",
        "CREATE UNIQUE INDEX one ON codes (lower(meaning)) WHERE code IS NOT NULL;\nCREATE INDEX paid_orders",
    );
    let file = file.split_once(';').expect("two statements").1.trim();
    keeps(
        || project(&base, file),
        "INSERT INTO codes (rowid, code, meaning) VALUES (500, 'other', 'ALPHA'), (501, NULL, 'alpha')",
        &["'V2' | 'codes' | 500 | 'other' | 'ALPHA'"],
    );
    keeps(
        shop("UPDATE customers SET email = NULL WHERE id = 1;"),
        "INSERT INTO customers (id, name, email) VALUES (60, 'mine', 'ada@example.org')",
        &["'V2' | 'customers' | 60 | 'mine' | 'ada@example.org' | 0.5r | NULL | NULL"],
    );
}

const BASE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\n-- rows\n\
     INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three');";

const REBUILD: &str = "CREATE TABLE fresh (id INTEGER PRIMARY KEY, a TEXT, kind TEXT); \
     INSERT INTO fresh (id, a) SELECT id, a FROM t WHERE id <> 3; DROP TABLE t; ALTER TABLE fresh RENAME TO t;";

#[test]
fn what_the_old_shape_of_a_table_has_no_place_for() {
    // Of the rows with number 3 one was left out by the step. What is in the way for its value too is there once.
    let kept = keeps(
        || project(BASE, REBUILD),
        "INSERT INTO t VALUES (3, 'mine', 'k'), (4, 'stays', NULL); UPDATE t SET kind = 'k' WHERE id = 2",
        &["'V2' | 't' | 2 | 'two' | 'k'", "'V2' | 't' | 3 | 'mine' | 'k'"],
    );
    assert_eq!(kept.value("SELECT group_concat(a) FROM t"), "one,two,three,stays");
    keeps(|| project(BASE, REBUILD), "INSERT INTO t VALUES (3, 'mine', NULL)", &["'V2' | 't' | 3 | 'mine' | NULL"]);
}

#[test]
fn rows_that_lack_what_the_old_shape_asks_for() {
    let base = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL);\n-- rows\nINSERT INTO t VALUES (1, 'a', 'b');";
    keeps(
        || project(base, "ALTER TABLE t DROP COLUMN b;"),
        "INSERT INTO t VALUES (2, 'mine')",
        &["'V2' | 't' | 2 | 'mine'"],
    );
}

const MOVED: &str =
    "CREATE TABLE a (id INTEGER PRIMARY KEY, n); CREATE TABLE b (id INTEGER PRIMARY KEY, n, mine TEXT DEFAULT 'm');";

fn moved(undo: &str) -> Project {
    let move_a = format!(
        "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\nundo = \"{undo}\"\n[convert.columns]\nid = \"id\"\nn = \"n\"\n"
    );
    let project = Project::of(&[
        (
            "evolve.toml",
            "[project]\nname = \"undo\"\n[database]\nurl = \"sqlite:trial.db\"\n[restore_points]\nwhen = \"never\"\n[policy]\nmax_risk = \"critical\"\nbatch = { rows = 2 }\n",
        ),
        ("migrations/V1__tables.sql", MOVED),
        ("plans/one.toml", &stage("one", "1.0.0", &["V1"])),
        ("plans/two.toml", &(stage("two", "2.0.0", &[]) + &move_a)),
    ]);
    project.does(&["up", "--target", "one"]);
    project.sql("INSERT INTO a VALUES (1, 10), (2, 20), (3, 30), (4, 40), (5, 50), (6, 60), (7, 70); INSERT INTO b VALUES (100, 1, 'own');");
    project
}

#[test]
fn rows_that_a_transformation_wrote() {
    for undo in ["derive", "journal"] {
        let kept = keeps(
            || moved(undo),
            "UPDATE b SET n = 'mine' WHERE id = 2; UPDATE b SET mine = 'x' WHERE id = 7; INSERT INTO b VALUES (8, 8, 'added')",
            match undo {
                "derive" => &["'move' | 'b' | 2 | 'mine' | 'm'", "'move' | 'b' | 7 | 70 | 'x'"],
                _ => &["'move' | 'b' | 7 | 70 | 'x'", "'move' | 'b' | 2 | 'mine' | 'm'"],
            },
        );
        assert_eq!(kept.value("SELECT group_concat(id) FROM b"), "8,100", "{undo}: what was added stays");
    }
}

#[test]
fn rows_whose_source_is_gone_stay_where_they_are() {
    let project = moved("derive");
    project.does(&["up", "--yes"]);
    project.sql("DELETE FROM a WHERE id = 3");
    assert_eq!(project.run(&["down", "--staged", "1", "--yes"]).code, 7);
    project.does(DOWN);
    assert_eq!(project.value("SELECT group_concat(id) FROM b"), "3,100");
    assert_eq!(preserved(&project), [""; 0]);
}

#[test]
fn they_survive_the_start_and_everything_after_it() {
    let project = moved("journal");
    project.does(&["up", "--yes"]);
    project.sql("UPDATE b SET n = 'mine' WHERE id = 2");
    let gave = project.run(&["down", "--target", "start", "--yes", "--preserve-data"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    // The row of b that the user added goes with b itself, and is kept too.
    let rows = ["'move' | 'b' | 2 | 'mine' | 'm'", "'V1' | 'a' | 1 | 10", "'V1' | 'b' | 100 | 1 | 'own'"];
    let found = preserved(&project);
    assert!(rows.iter().all(|row| found.iter().any(|line| line == row)), "{found:?}");
    assert!(gave.out.contains("Preserved") && gave.out.contains("1 row of b in evolve_preserved_1_b"), "{}", gave.out);
    assert_eq!(project.value("SELECT group_concat(n) FROM evolve_preserved_1_b"), "mine");
    project.does(&["status"]);
    project.does(&["verify"]);
    project.does(&["up", "--yes"]);
    project.does(&["verify"]);
    project.sql("INSERT INTO a VALUES (1, 'again')");
    project.does(&["down", "--target", "start", "--yes", "--preserve-data"]);
    let all = preserved(&project);
    assert_eq!(all.len(), found.len() + 1, "{all:?}");
    assert!(found.iter().all(|row| all.contains(row)), "{all:?}");
}

#[test]
fn nothing_in_the_way_makes_no_tables() {
    let project = project(SHOP, "CREATE TABLE t (x); INSERT INTO t VALUES (1); UPDATE codes SET meaning = 'all';");
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    let gave = project.json(DOWN);
    assert_eq!(gave["result"]["preserved"], serde_json::json!([]));
    assert_same("the same", &before, &whole(&project));
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name GLOB 'evolve_preserved*'"), "0");
}

#[test]
fn what_is_no_row_and_rows_that_refer_are_refused_all_the_same() {
    for (base, file, edit, word) in [
        (BASE, REBUILD, "CREATE INDEX own ON t (kind)", "own"),
        (
            SHOP,
            "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);",
            "CREATE TABLE child (t REFERENCES t (id)); INSERT INTO child VALUES (1)",
            "child",
        ),
    ] {
        let project = project(base, file);
        project.does(&["up", "--yes"]);
        project.sql(edit);
        let before = whole(&project);
        let down = project.json(DOWN);
        assert_eq!((code(&down), down["error"]["exit"].as_i64()), ("E0706", Some(7)), "{edit}: {down}");
        assert!(down["error"]["message"].as_str().expect("a message").contains(word), "{down}");
        assert!(down["error"]["hint"].as_str().expect("a hint").contains("--preserve-data"), "{down}");
        assert_same(edit, &before, &whole(&project));
    }
}

#[test]
fn one_flag_or_the_other_and_the_hint_names_both() {
    let project = project(SHOP, "CREATE TABLE t (x);");
    project.does(&["up", "--yes"]);
    project.sql("INSERT INTO t VALUES (1)");
    let both = project.run(&["down", "--staged", "1", "--yes", "--preserve-data", "--discard-changed"]);
    assert_eq!(both.code, 2, "{}", both.err);
    let plain = project.json(&["down", "--staged", "1", "--yes"]);
    let hint = plain["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("--preserve-data") && hint.contains("--discard-changed"), "{hint}");
    // Giving rows up is critical, and needs to be allowed; keeping them does not.
    project.write(
        "evolve.toml",
        &std::fs::read_to_string(project.path("evolve.toml")).expect("a file").replace("\"critical\"", "\"high\""),
    );
    assert_eq!(project.run(&["down", "--staged", "1", "--yes", "--discard-changed"]).code, 4);
    project.does(DOWN);
}

const STRICT: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER NOT NULL CHECK (b < 10), c TEXT);\n-- rows\n\
     INSERT INTO t VALUES (1, 'x', 1, 'c'), (2, 'y', 2, 'c'), (3, 'z', 3, 'c');";

#[test]
fn rows_that_the_old_constraints_refuse() {
    for (rebuild, tail) in [
        // Nothing is lost; a column is; rows are.
        (
            "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c TEXT); INSERT INTO n (id, a, b, c) SELECT id, a, b, c FROM t;",
            " | NULL",
        ),
        (
            "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); INSERT INTO n (id, a, b) SELECT id, a, b FROM t;",
            "",
        ),
        (
            "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); INSERT INTO n (id, a, b) SELECT id, a, b FROM t WHERE id <> 3;",
            "",
        ),
    ] {
        let file = format!("{rebuild} DROP TABLE t; ALTER TABLE n RENAME TO t;");
        let edit = "INSERT INTO t (id, a, b) VALUES (7, 'x', 1), (8, 'big', 10), (9, 'no b', NULL), (10, 'z', 1), (11, 'fits', 9)";
        let refused = project(STRICT, &file);
        refused.does(&["up", "--yes"]);
        refused.sql(edit);
        let before = whole(&refused);
        let down = refused.json(&["down", "--staged", "1", "--yes"]);
        assert_eq!((code(&down), down["error"]["exit"].as_i64()), ("E0706", Some(7)), "{file}: {down}");
        assert!(down["error"]["message"].as_str().expect("a message").contains("constraint failed"), "{down}");
        assert_same(edit, &before, &whole(&refused));
        let rows = ["7 | 'x' | 1", "8 | 'big' | 10", "9 | 'no b' | NULL", "10 | 'z' | 1"];
        let rows: Vec<String> = rows.iter().map(|row| format!("'V2' | 't' | {row}{tail}")).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let kept = keeps(|| project(STRICT, &file), edit, &rows);
        assert_eq!(
            kept.value("SELECT group_concat(id || a || b) FROM (SELECT * FROM t ORDER BY id)"),
            "1x1,2y2,3z3,11fits9"
        );
    }
}

#[test]
fn what_cannot_be_told_apart_is_refused_all_the_same() {
    // To the old shape the user's key is the same as one that is there.
    let base = "CREATE TABLE t (k TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, a TEXT) WITHOUT ROWID;\n-- rows\nINSERT INTO t VALUES ('x', 'one'), ('y', 'two');";
    let file = "CREATE TABLE n (k TEXT PRIMARY KEY NOT NULL, a TEXT) WITHOUT ROWID; INSERT INTO n (k, a) SELECT k, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    let project = project(base, file);
    project.does(&["up", "--yes"]);
    project.sql("INSERT INTO t VALUES ('X', 'mine')");
    let before = whole(&project);
    let down = project.json(DOWN);
    assert_eq!((code(&down), down["error"]["exit"].as_i64()), ("E0706", Some(7)), "{down}");
    assert!(down["error"]["hint"].as_str().expect("a hint").contains("cannot tell"), "{down}");
    assert_same("nothing is touched", &before, &whole(&project));
}
