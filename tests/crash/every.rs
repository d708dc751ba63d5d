//! Every kind with every way back that it has: up, down and up again; and killed between any two writes on either way, the
//! same command gives what a run gives that nothing disturbed.

use super::bed;
use crate::rig::running::KILLED;
use crate::rig::{Project, assert_same, code};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

const TABLES: &str = "
    CREATE TABLE a (id INTEGER PRIMARY KEY, k TEXT NOT NULL UNIQUE, n INTEGER, name TEXT);
    CREATE TABLE b (id INTEGER PRIMARY KEY, k TEXT NOT NULL UNIQUE, n INTEGER, name TEXT);
    CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT NOT NULL UNIQUE, n INTEGER, name TEXT);
    CREATE TABLE d (k TEXT PRIMARY KEY NOT NULL, n INTEGER) WITHOUT ROWID;
    CREATE TABLE found (k TEXT PRIMARY KEY NOT NULL, word TEXT);
    CREATE TABLE made (id TEXT PRIMARY KEY NOT NULL, k TEXT);
    CREATE TABLE linked (k TEXT PRIMARY KEY NOT NULL, made TEXT);
";

/// Rows of two sources that share keys, rows that are in the targets already, and what is looked up.
const ROWS: &str = "
    WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 23)
    INSERT INTO a SELECT i, 'k' || i, i % 5, 'a' || i FROM i;
    INSERT INTO b SELECT id + 100, 'k' || (id + 12), id % 3, 'b' || id FROM a;
    INSERT INTO found SELECT k, upper(k) FROM a WHERE id % 4 > 0;
";

/// Rows of the user's own in the way of an overwriting step.
const THERE: &str = "INSERT INTO c VALUES (4, 'k4', 4, 'own'), (5, 'k5', 0, 'a5'), (900, 'own', 9, 'own'); INSERT INTO d VALUES ('k7', 77);";

const COPY: &str = "[[copy]]\nid = \"step\"\nfrom = \"a\"\ninto = \"c\"\n@\n";
const CONVERT: &str = "[[convert]]\nid = \"step\"\nfrom = \"a\"\ninto = \"c\"\n@\n[convert.columns]\nid = \"id\"\nk = \"k\"\nn = \"n + 1\"\nname = { from = \"name\", apply = [\"upper\"] }\n";
const ENRICH: &str = "[[enrich]]\nid = \"step\"\ntable = \"a\"\nlookup = { table = \"found\", on = \"found.k = a.k\" }\non_missing = \"keep\"\non_many = \"fail\"\n@\n[enrich.columns]\nname = \"found.word\"\n";
const MERGE: &str = "[[merge]]\nid = \"step\"\ninto = \"c\"\nkey = [\"k\"]\n@\n[[merge.from]]\ntable = \"a\"\ncolumns = { k = \"k\", n = \"n\", name = \"name\" }\n[[merge.from]]\ntable = \"b\"\ncolumns = { k = \"k\", n = \"n\", name = \"name\" }\n";
const SPLIT: &str = "[[split]]\nid = \"step\"\nfrom = \"a\"\n@\n[[split.into]]\ntable = \"c\"\ncolumns = { id = \"id\", k = \"k\", name = \"name\" }\n[[split.into]]\ntable = \"d\"\nwhen = \"n > 0\"\ncolumns = { k = \"k\", n = \"n\" }\n";
const PIPELINE: &str = "[[pipeline]]\nid = \"step\"\n@\n[[pipeline.do]]\n[pipeline.do.convert]\nfrom = \"a\"\ninto = \"c\"\n[pipeline.do.convert.columns]\nid = \"id\"\nk = \"k\"\nn = \"n\"\nname = \"name\"\n[[pipeline.do]]\n[pipeline.do.enrich]\ntable = \"c\"\n[pipeline.do.enrich.columns]\nname = \"name || '!'\"\n";

const PIPELINE_OVER: &str = "[[pipeline]]\nid = \"step\"\n@\n[[pipeline.do]]\n[pipeline.do.convert]\nfrom = \"a\"\ninto = \"c\"\non_conflict = \"overwrite\"\n[pipeline.do.convert.columns]\nid = \"id\"\nk = \"k\"\nn = \"n\"\nname = \"name\"\n[[pipeline.do]]\n[pipeline.do.enrich]\ntable = \"c\"\n[pipeline.do.enrich.columns]\nname = \"name || '!'\"\n";
const JUDGED: &str = "[[convert]]\nid = \"step\"\nfrom = \"a\"\ninto = \"c\"\non_invalid = \"quarantine\"\n@\n[convert.columns]\nid = \"id\"\nk = \"k\"\nn = { from = \"n\", min = 1 }\nname = \"name\"\n[[convert.rule]]\nname = \"not every seventh\"\nsql = \"id % 7 > 0\"\n";
const NEW_KEYS: &str = "[[convert]]\nid = \"step\"\nfrom = \"a\"\ninto = \"c\"\non_conflict = { new_key = \"id\" }\n@\n[convert.columns]\nid = \"id % 9 + 1\"\nk = \"'new ' || k\"\nn = \"n\"\nname = \"name\"\n";
const LINKS: &str = "[[split]]\nid = \"step\"\nfrom = \"a\"\n@\n[[split.into]]\ntable = \"linked\"\ncolumns = { k = \"k\", made = { link = \"made.id\" } }\n[[split.into]]\ntable = \"made\"\ncolumns = { id = { new = \"ulid\" }, k = \"k\" }\n";
const PROTECTED: &str = "[[convert]]\nid = \"step\"\nfrom = \"a\"\ninto = \"c\"\n@\n[convert.columns]\nid = \"id\"\nk = \"k\"\nn = { from = \"n\", protect = \"drop\" }\nname = { from = \"name\", protect = \"hash\" }\n";

const DERIVE: &str = "undo = \"derive\"";
const JOURNAL: &str = "undo = \"journal\"";
const OVER: &str = "undo = \"journal\"\non_conflict = \"overwrite\"";
const FILL: &str = "on_conflict = { fill = [\"n\"] }";
const SKIP: &str = "on_conflict = \"skip\"";
const NONE: &str = "undo = \"none\"";
const NONE_SKIP: &str = "undo = \"none\"\non_conflict = \"skip\"";
const EMPTY: &str = "undo = { sql = \"DELETE FROM c; DELETE FROM d\" }";
const EMPTY_SKIP: &str = "on_conflict = \"skip\"\nundo = { sql = \"DELETE FROM c\" }";
const RENAME: &str = "undo = { sql = \"UPDATE a SET name = 'a' || id\" }";

const UP: &[&str] = &["up", "--no-restore-point", "--yes", "--json"];
const DOWN: &[&str] = &["down", "--target", "one", "--no-restore-point", "--yes", "--json"];

/// What a run leaves: the tables, the rows that were put aside, the keys that are new. What was made for a row is called by
/// the row, because it is another in each run.
fn left(project: &Project) -> String {
    let lines = |sql: &str| {
        let connection = project.open();
        let mut statement = connection.prepare(sql).expect(sql);
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect(sql);
        rows.collect::<Result<Vec<_>, _>>().expect(sql)
    };
    let aside = "SELECT 'aside ' || concat_ws('|', step, movement, tbl, key, shown, col, rule, reason, record) FROM evolve_rejects ORDER BY 1";
    let ids = "SELECT 'id ' || concat_ws('|', step, movement, tbl, col, shown, old, new) FROM evolve_ids ORDER BY 1";
    let mut all: Vec<String> =
        project.state().lines().map(str::to_owned).chain(lines(aside)).chain(lines(ids)).collect();
    for made in lines("SELECT id || ' ' || k FROM made") {
        let (id, k) = made.split_once(' ').expect("an id and a key");
        all.iter_mut().for_each(|line| *line = line.replace(id, &format!("made for {k}")));
    }
    all.sort();
    all.join("\n")
}

/// One kind with one way back: what it says, and rows that are there before.
#[derive(Clone, Copy)]
struct Way {
    step: &'static str,
    says: &'static str,
    there: &'static str,
}

impl Way {
    /// A project before the step; both ways go in batches of five.
    fn project(self) -> Project {
        let stage = "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n";
        let project = Project::of(&[
            ("migrations/V1__tables.sql", TABLES),
            ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
            ("plans/two.toml", &format!("{stage}{}", self.step.replace('@', self.says))),
        ]);
        let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
        project.write(
            "evolve.toml",
            &format!("{config}batch = {{ rows = 5 }}\n[keys]\ndefault = {{ file = \"the.key\" }}\n"),
        );
        std::fs::write(project.path("the.key"), [7; 32]).expect("a key");
        std::fs::set_permissions(project.path("the.key"), Permissions::from_mode(0o600)).expect("a mode");
        let _ = project.must(&["up", "--target", "one"]);
        project.sql(ROWS);
        project.sql(self.there);
        project
    }

    fn goes_back(self) -> bool {
        !self.says.contains(NONE)
    }
}

/// Up, down and up again; without a way back `down` is refused and touches nothing.
fn there_and_back(way: Way) {
    let project = way.project();
    let before = left(&project);
    let accounts = bed::accounts(&bed::done(&project, UP));
    let after = left(&project);
    assert_ne!(before, after, "the step did nothing");
    if !way.goes_back() {
        let refused = project.json(&["down", "--target", "one", "--yes"]);
        assert_eq!((code(&refused), &refused["error"]["exit"]), ("E0604", &4.into()), "{refused}");
        assert_same("refused", &after, &left(&project));
        return;
    }
    for round in ["once", "again"] {
        let _ = bed::done(&project, DOWN);
        assert_same(&format!("{round} down"), &before, &left(&project));
        bed::assert_sound(&project, round);
        assert_eq!(bed::accounts(&bed::done(&project, UP)), accounts, "{round} up");
        assert_same(&format!("{round} up"), &after, &left(&project));
        bed::assert_sound(&project, round);
    }
}

/// The points that a step which moves rows passes on the way up, and on the way down where it goes in batches.
const PASSED_UP: &[&str] =
    &["run_opened", "after_batch_before_cursor", "after_commit", "between_batches", "before_report", "before_closing"];
const PASSED_DOWN: &[&str] = &[
    "run_opened",
    "after_batch_before_cursor",
    "after_commit",
    "between_batches",
    "before_undo_record",
    "before_report",
    "before_closing",
];

/// The points of migrations, of several steps and of restore points.
const ELSEWHERE: &[&str] = &[
    // tests/kinds/retried.rs.
    "between_rejects",
    "before_record",
    "between_statements",
    "outside_begun",
    "outside_done",
    "between_steps",
    "before_put_back",
    "after_put_back",
];

#[test]
fn every_point_is_tried_here_or_belongs_elsewhere() {
    let mut all = [PASSED_UP, PASSED_DOWN, ELSEWHERE].concat();
    let mut listed = evolve::run::FAIL_POINTS.to_vec();
    all.sort_unstable();
    all.dedup();
    listed.sort_unstable();
    assert_eq!(all, listed);
}

/// Killed at each passing of these points, or at some of them in the quick set; of each at least once. How often in all.
fn killed(base: &Project, arguments: &[&str], points: &[&str], seed: u64) -> u64 {
    let calm = base.twin();
    let accounts = bed::accounts(&bed::done(&calm, arguments));
    let state = left(&calm);
    let every = if std::env::var_os("EVOLVE_LONG").is_some() { 1 } else { 5 };
    let mut all = 0;
    for (place, point) in points.iter().enumerate() {
        let (mut nth, mut kills) = (1 + (seed + place as u64) % every, 0);
        let mut first = true;
        loop {
            let project = base.twin();
            let gave = project.dies(point, nth, arguments);
            let what = format!("{point}:{nth}");
            if gave.code == KILLED {
                let again = bed::done(&project, arguments);
                assert_eq!(bed::accounts(&again), accounts, "{what}");
                assert_same(&what, &state, &left(&project));
                bed::assert_sound(&project, &what);
                kills += 1;
                nth += every;
            } else {
                assert_eq!(gave.code, 0, "{what}: {}", gave.err);
                // A point that is passed a few times only is tried at its first.
                if !first || nth == 1 {
                    break;
                }
                nth = 1;
            }
            first = false;
        }
        assert!(kills > 0, "{} never passes {point}", arguments[0]);
        all += kills;
    }
    all
}

fn killed_both_ways(way: Way, seed: u64) {
    let base = way.project();
    // What cannot be taken back and may fail is one batch, and so is SQL that takes a step back.
    let (whole_up, whole_down) = (!way.goes_back(), way.says.contains("undo = { sql"));
    let points = |all: &[&'static str], whole: bool| {
        all.iter().copied().filter(|point| !whole || *point != "between_batches").collect::<Vec<_>>()
    };
    let up = killed(&base, UP, &points(PASSED_UP, whole_up), seed);
    let mut down = 0;
    if way.goes_back() {
        let _ = bed::done(&base, UP);
        down = killed(&base, DOWN, &points(PASSED_DOWN, whole_down), seed);
    }
    println!("{up} kills on the way up, {down} on the way down");
}

macro_rules! every {
    ($($name:ident: $step:ident, $says:ident, $there:expr;)*) => {
        mod up_down_up {
            use super::*;
            $(#[test] fn $name() { there_and_back(Way { step: $step, says: $says, there: $there }); })*
        }
        mod f04_killed_anywhere {
            use super::*;
            $(#[test] fn $name() { killed_both_ways(Way { step: $step, says: $says, there: $there }, stringify!($name).len() as u64); })*
        }
    };
}

every! {
    copy_derived: COPY, DERIVE, "";
    copy_by_journal: COPY, JOURNAL, "";
    copy_over_rows: COPY, OVER, THERE;
    copy_beside_rows: COPY, SKIP, THERE;
    copy_by_sql: COPY, EMPTY, "";
    copy_without_a_way_back: COPY, NONE, "";
    convert_derived: CONVERT, DERIVE, "";
    convert_by_journal: CONVERT, JOURNAL, "";
    convert_over_rows: CONVERT, OVER, THERE;
    convert_by_sql: CONVERT, EMPTY, "";
    convert_without_a_way_back: CONVERT, NONE, "";
    enrich_by_journal: ENRICH, JOURNAL, "";
    enrich_by_sql: ENRICH, RENAME, "";
    enrich_without_a_way_back: ENRICH, NONE, "";
    merge_by_journal: MERGE, OVER, THERE;
    merge_beside_rows: MERGE, SKIP, THERE;
    merge_by_sql: MERGE, EMPTY_SKIP, "";
    split_derived: SPLIT, DERIVE, "";
    split_by_journal: SPLIT, JOURNAL, "";
    split_over_rows: SPLIT, OVER, THERE;
    split_by_sql: SPLIT, EMPTY, "";
    split_without_a_way_back: SPLIT, NONE, "";
    pipeline_by_journal: PIPELINE, JOURNAL, "";
    pipeline_by_sql: PIPELINE, EMPTY, "";
    pipeline_without_a_way_back: PIPELINE, NONE, "";
    pipeline_over_rows: PIPELINE_OVER, JOURNAL, THERE;
    merge_without_a_way_back: MERGE, NONE_SKIP, THERE;
    merge_filling: MERGE, FILL, THERE;
    rejects_by_journal: JUDGED, OVER, THERE;
    rejects_by_sql: JUDGED, EMPTY, "";
    new_keys_by_journal: NEW_KEYS, JOURNAL, THERE;
    made_links: LINKS, JOURNAL, "";
    protected_by_journal: PROTECTED, JOURNAL, "";
    protected_over_rows: PROTECTED, OVER, THERE;
}
