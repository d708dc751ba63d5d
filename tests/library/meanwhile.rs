//! An application that writes while its rows are moved: what comes in or changes behind the cursor is moved too, or the
//! step says that it was not, and is taken back.

use crate::bed::down_to;
use crate::rig::{Project as Folder, assert_same};
use evolve::observe::{Event, Observer, Stop, StopReason};
use evolve::report::RunReport;
use evolve::{Answer, Flags, Project, Unattended, UpRequest};
use std::cell::Cell;
use std::path::PathBuf;

/// Writes on its own connection once so many rows are through, and may stop the run then.
#[derive(Debug)]
struct Application<'a> {
    database: PathBuf,
    at: u64,
    sql: &'a str,
    done: Cell<bool>,
    stop: Option<&'a Stop>,
}

impl Observer for Application<'_> {
    fn event(&self, event: Event<'_>) {
        let Event::Progress(progress) = event else { return };
        if progress.current >= self.at && !self.done.replace(true) {
            let connection = rusqlite::Connection::open(&self.database).expect("a connection");
            connection.execute_batch(self.sql).expect("the application writes");
            if let Some(stop) = self.stop {
                stop.request(StopReason::Interrupt);
            }
        }
    }
}

/// A step in a stage of its own, over ten rows with the even keys from 2 to 20.
pub struct Case {
    pub source: &'static str,
    pub target: &'static str,
    pub step: &'static str,
    pub downtime: &'static str,
}

pub const WITH_NUMBERS: &str = "CREATE TABLE source (id INTEGER PRIMARY KEY, v TEXT, other TEXT)";
const PAIRS: &str = "CREATE TABLE source (id INTEGER, v TEXT, other TEXT, k TEXT NOT NULL DEFAULT 'x' COLLATE NOCASE, PRIMARY KEY (k, id)) WITHOUT ROWID";
pub const OWN_KEYS: &str = "CREATE TABLE target (n INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER, v TEXT)";
pub const SAME_KEYS: &str = "CREATE TABLE target (id INTEGER PRIMARY KEY, v TEXT)";
pub const PLAIN: &str = "[convert.columns]\nid = \"id\"\nv = \"upper(v)\"\n";
const JUDGED: &str = "on_invalid = \"quarantine\"\n[convert.columns]\nid = \"id\"\nv = { from = \"v\", pattern = \"^...$\", apply = [\"upper\"] }\n";

impl Case {
    /// The folder, its first stage applied over ten rows.
    pub fn folder(&self) -> Folder {
        self.folder_of("WITH RECURSIVE s (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 10) INSERT INTO source (id, v) SELECT value * 2, 'v' || (value + 10) FROM s")
    }

    /// The folder, its first stage applied over other rows.
    pub fn folder_of(&self, rows: &str) -> Folder {
        let folder = Folder::of(&[
            ("migrations/V1__source.sql", &format!("{};", self.source)),
            ("migrations/V2__target.sql", &format!("{};", self.target)),
            ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
            (
                "plans/two.toml",
                &format!(
                    "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n{}\n[[convert]]\nid = \"moved\"\nfrom = \"source\"\ninto = \"target\"\n{}",
                    self.downtime, self.step
                ),
            ),
        ]);
        folder.does(&["up", "--target", "one"]);
        folder.sql(rows);
        folder
    }
}

pub fn up(folder: &Folder, at: u64, sql: &str, stop: Option<&Stop>) -> Answer<RunReport> {
    let project = Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect("the project");
    let done = Cell::new(false);
    let application = Application { database: folder.database(), at, sql, done, stop };
    let request = UpRequest { batch_rows: Some(3), ..UpRequest::default() };
    let handle = stop.cloned().unwrap_or_default();
    let answer = project.up(&request, &Unattended, &application, &handle);
    assert!(application.done.get(), "the application never wrote");
    answer
}

fn moved(folder: &Folder) -> String {
    folder.value("SELECT group_concat(id || v, ' ') FROM (SELECT id, v FROM target ORDER BY id)")
}

fn nothing_is_left(folder: &Folder) {
    assert_eq!(folder.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve_meanwhile%'"), "0");
}

/// Up while `sql` runs after six rows; the target must hold every row of the source as it is; then down again.
fn all_are_moved(case: &Case, sql: &str) {
    let folder = case.folder();
    let report = up(&folder, 6, sql, None).into_result().expect("up");
    let rows = report.steps.last().expect("a step").rows;
    assert_eq!(rows.read, rows.inserted + rows.updated + rows.unchanged + rows.skipped + rows.rejected);
    let valid =
        "SELECT group_concat(id || upper(v), ' ') FROM (SELECT id, v FROM source WHERE length(v) = 3 ORDER BY id)";
    assert_eq!(moved(&folder), folder.value(valid), "{sql}");
    nothing_is_left(&folder);
    folder.does(&["down", "--target", "one", "--yes"]);
    assert_eq!(
        folder.value("SELECT count(*) FROM source WHERE v IS NOT NULL"),
        folder.value("SELECT count(*) FROM source")
    );
    folder.does(&["up"]);
    assert_eq!(moved(&folder), folder.value(valid), "a second time: {sql}");
}

const COMES_IN: &str = "INSERT INTO source (id, v) VALUES (1, 'new'), (5, 'odd'), (99, 'end');";
const AHEAD: &str = "UPDATE source SET v = 'xyz' WHERE id > 14; DELETE FROM source WHERE id = 16;";
const BEHIND: &str = "UPDATE source SET v = 'xyz' WHERE id = 4;";
const GOES: &str = "DELETE FROM source WHERE id = 4;";
const ELSEWHERE: &str = "UPDATE source SET other = 'nobody looks' WHERE id = 4;";

#[test]
fn f130_rows_that_come_in_behind_the_cursor_are_moved() {
    for source in [WITH_NUMBERS, PAIRS] {
        for (target, step) in [(OWN_KEYS, PLAIN), (SAME_KEYS, PLAIN), (SAME_KEYS, JUDGED), (OWN_KEYS, JUDGED)] {
            let case = Case { source, target, step, downtime: "downtime = false" };
            all_are_moved(&case, &format!("{COMES_IN}{AHEAD}{ELSEWHERE}"));
        }
    }
}

#[test]
fn f130_rows_that_change_behind_the_cursor_are_moved_again_where_the_target_tells_which_they_are() {
    for downtime in ["downtime = false", ""] {
        let case = Case { source: WITH_NUMBERS, target: SAME_KEYS, step: PLAIN, downtime };
        all_are_moved(&case, &format!("{COMES_IN}{AHEAD}{BEHIND}"));
    }
}

#[test]
fn f130_a_row_that_comes_in_and_is_not_valid_is_put_aside() {
    let case = Case { source: WITH_NUMBERS, target: SAME_KEYS, step: JUDGED, downtime: "downtime = false" };
    let folder = case.folder();
    let report = up(&folder, 6, "INSERT INTO source (id, v) VALUES (3, 'too long'), (5, 'odd');", None);
    let rows = report.into_result().expect("up").steps.last().expect("a step").rows;
    assert_eq!((rows.inserted, rows.rejected), (11, 1));
    assert_eq!(folder.value("SELECT count(*) FROM evolve_rejects"), "1");
    nothing_is_left(&folder);
}

#[test]
fn f130_what_cannot_be_moved_again_is_named_and_the_step_is_taken_back() {
    // Which row was skipped because of which is not known; a row of the target that somebody changed is theirs; and what
    // must not be written down in plain is not, so that it cannot be made again.
    let skips = "on_conflict = \"skip\"\n[convert.columns]\nid = \"id\"\nv = \"upper(v)\"\n";
    let asks_the_target =
        "where = \"id NOT IN (SELECT id FROM target)\"\n[convert.columns]\nid = \"id\"\nv = \"upper(v)\"\n";
    let theirs = "UPDATE target SET v = 'theirs' WHERE id = 4; DELETE FROM source WHERE id = 4;";
    let replaced = "INSERT OR REPLACE INTO source (id, v) VALUES (4, 'new');";
    for (target, step, sql) in [
        (SAME_KEYS, skips, BEHIND),
        (SAME_KEYS, skips, GOES),
        (SAME_KEYS, skips, replaced),
        (OWN_KEYS, asks_the_target, BEHIND),
        (OWN_KEYS, asks_the_target, GOES),
        (SAME_KEYS, PLAIN, theirs),
        (OWN_KEYS, PLAIN, theirs),
    ] {
        let folder = Case { source: WITH_NUMBERS, target, step, downtime: "downtime = false" }.folder();
        let error = up(&folder, 6, sql, None).into_result().expect_err("a row changed");
        assert!(error.message().contains("changed or went after they were moved: 4"), "{sql} {}", error.message());
        // What somebody else wrote is not deleted, and stands in the way of the rest.
        let left = moved(&folder);
        assert!(if sql == theirs { left.contains("4theirs") } else { left == "NULL" }, "{sql}: {left}");
    }
    let case = Case { source: WITH_NUMBERS, target: OWN_KEYS, step: PLAIN, downtime: "downtime = false" };
    // Nobody listens where the stage does not say that the application stays up; that rows came in is seen all the same.
    let folder = Case { downtime: "", ..case }.folder();
    let error = up(&folder, 6, COMES_IN, None).into_result().expect_err("rows came in");
    assert!(error.message().contains("came in while others were moved"), "{}", error.message());
    assert_eq!(folder.value("SELECT count(*) FROM target"), "0");
    folder.does(&["up"]);
    assert_eq!(folder.value("SELECT count(*) FROM target"), "13");
    // And that rows went.
    let folder = Case { downtime: "", ..case }.folder();
    let error = up(&folder, 6, GOES, None).into_result().expect_err("a row went");
    assert!(error.message().contains("went after they were moved: 1 fewer"), "{}", error.message());
    assert_eq!(folder.value("SELECT count(*) FROM target"), "0");
}

#[test]
fn f130_what_was_made_of_rows_that_went_goes_too() {
    for downtime in ["downtime = false", ""] {
        let case = Case { source: WITH_NUMBERS, target: SAME_KEYS, step: PLAIN, downtime };
        all_are_moved(&case, &format!("{GOES}{AHEAD}{BEHIND}{COMES_IN}"));
    }
    for (target, step) in [(OWN_KEYS, PLAIN), (OWN_KEYS, JUDGED), (SAME_KEYS, JUDGED)] {
        for source in [WITH_NUMBERS, PAIRS] {
            let case = Case { source, target, step, downtime: "downtime = false" };
            all_are_moved(&case, &format!("{GOES}{AHEAD}{BEHIND}{COMES_IN}"));
        }
    }
}

#[test]
fn f130_a_step_that_fails_is_taken_back_whatever_became_of_the_rows_it_had_moved() {
    // The last row fails it.
    let sql = format!(
        "{GOES}{BEHIND}{COMES_IN} UPDATE source SET v = 'w' WHERE id = 8; UPDATE source SET v = 'failing' WHERE id = 20;"
    );
    let judged = JUDGED.replace("quarantine", "fail");
    let judged: &'static str = Box::leak(judged.into_boxed_str());
    for target in [SAME_KEYS, OWN_KEYS] {
        let folder = Case { source: WITH_NUMBERS, target, step: judged, downtime: "downtime = false" }.folder();
        let error = up(&folder, 6, &sql, None).into_result().expect_err("a row that is not valid");
        assert_eq!(error.code().id, "E0711", "{}", error.message());
        assert!(!error.message().contains("cannot be taken back"), "{}", error.message());
        assert_eq!(moved(&folder), "NULL");
        nothing_is_left(&folder);
    }
}

#[test]
fn f130_rows_that_stood_in_the_target_before_are_not_taken_for_those_of_rows_that_went() {
    for (downtime, refused) in [("downtime = false", false), ("", true)] {
        let case = Case { source: WITH_NUMBERS, target: SAME_KEYS, step: PLAIN, downtime };
        let folder = case.folder();
        folder.does(&["up", "--target", "V2"]);
        folder.sql("INSERT INTO target VALUES (1000, 'own')");
        let answer = up(&folder, 6, GOES, None).into_result();
        if refused {
            let error = answer.expect_err("it cannot be told which is whose");
            assert!(error.message().contains("are left over: 4; 1000"), "{}", error.message());
        } else {
            assert_eq!(answer.expect("up").steps.last().expect("a step").rows.inserted, 9);
            assert_eq!(folder.value("SELECT count(*) FROM target"), "10");
        }
        assert_eq!(folder.value("SELECT v FROM target WHERE id = 1000"), "own");
    }
}

#[test]
fn f130_what_is_written_while_a_run_is_interrupted_is_found_when_it_goes_on() {
    for (target, step) in [(OWN_KEYS, PLAIN), (SAME_KEYS, JUDGED)] {
        let folder = Case { source: WITH_NUMBERS, target, step, downtime: "downtime = false" }.folder();
        let stop = Stop::new();
        drop(up(&folder, 6, "INSERT INTO source (id, v) VALUES (1, 'one');", Some(&stop)));
        assert_eq!(folder.value("SELECT count(*) FROM target"), "6");
        folder.sql("INSERT INTO source (id, v) VALUES (3, 'two'); DELETE FROM source WHERE id IN (4, 16); UPDATE source SET v = 'xyz' WHERE id IN (6, 18); REPLACE INTO source (id, v) VALUES (8, 'new')");
        folder.does(&["up"]);
        let valid = "SELECT group_concat(id || upper(v), ' ') FROM (SELECT id, v FROM source ORDER BY id)";
        assert_same("the rows", &folder.value(valid), &moved(&folder));
        nothing_is_left(&folder);
    }
}

#[test]
fn f130_taking_a_half_done_step_back_ends_the_listening() {
    let folder = Case { source: WITH_NUMBERS, target: OWN_KEYS, step: PLAIN, downtime: "downtime = false" }.folder();
    let stop = Stop::new();
    drop(up(&folder, 6, "INSERT INTO source (id, v) VALUES (1, 'one');", Some(&stop)));
    assert_ne!(folder.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve_meanwhile%'"), "0");
    let project = Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect("the project");
    let answer = project.down(&down_to("one"), &Unattended, &evolve::Silent, &Stop::new());
    answer.into_result().expect("down");
    nothing_is_left(&folder);
}

/// A step that writes what it reads, over the ten rows.
fn reading_itself(downtime: &str) -> Folder {
    let folder = Folder::of(&[
        ("migrations/V1__source.sql", &format!("{WITH_NUMBERS};")),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        (
            "plans/two.toml",
            &format!(
                "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n{downtime}\n[[enrich]]\nid = \"marked\"\ntable = \"source\"\n[enrich.columns]\nv = \"v || '!'\"\n"
            ),
        ),
    ]);
    folder.does(&["up", "--target", "one"]);
    folder.sql("WITH RECURSIVE s (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 10) INSERT INTO source (id, v) SELECT value * 2, 'v' FROM s");
    folder
}

#[test]
fn f130_what_is_made_of_itself_is_made_once() {
    let folder = reading_itself("downtime = false");
    let sql = format!("INSERT INTO source (id, v) VALUES (1, 'w'), (99, 'w');{ELSEWHERE}");
    up(&folder, 6, &sql, None).into_result().expect("up");
    assert_eq!(folder.value("SELECT group_concat(DISTINCT v) || count(*) FROM source"), "w!,v!12");
    nothing_is_left(&folder);
    // A row that changed may hold the old meaning or the new: only a person knows, and it is not written over.
    let folder = reading_itself("downtime = false");
    let error = up(&folder, 6, BEHIND, None).into_result().expect_err("a row changed");
    assert!(error.message().contains("went after they were moved: 4; and what it did"), "{}", error.message());
    folder.does(&["down", "--target", "one", "--discard-changed", "--yes"]);
    assert_eq!(folder.value("SELECT count(*) FROM source WHERE v LIKE '%!'"), "0");
    // Interrupted and gone on with, others writing or not.
    for downtime in ["", "downtime = false"] {
        let folder = reading_itself(downtime);
        let stop = Stop::new();
        drop(up(&folder, 6, ELSEWHERE, Some(&stop)));
        folder.does(&["up", "--yes"]);
        assert_eq!(folder.value("SELECT group_concat(DISTINCT v) FROM source"), "v!");
    }
}

#[test]
fn f130_a_row_that_comes_late_is_refused_where_its_place_among_the_others_would_have_mattered() {
    // Rows of the source by their number; `v` is the target's key.
    let step = |rule: &str| {
        let text = format!("on_conflict = {rule}\n[convert.columns]\nv = \"v\"\nid = \"id\"\n");
        &*Box::leak(text.into_boxed_str())
    };
    let target = "CREATE TABLE target (id INTEGER, v TEXT NOT NULL UNIQUE)";
    let comes = "INSERT INTO source (id, v) VALUES (1, 'v13');";
    for (rule, refused) in [
        ("\"skip\"", true),
        ("\"overwrite\"", true),
        ("{ fill = [\"id\"] }", true),
        // The greater number wins, whenever it comes.
        ("{ newest = \"id\" }", false),
    ] {
        let case = Case { source: WITH_NUMBERS, target, step: step(rule), downtime: "downtime = false" };
        let folder = case.folder();
        let answer = up(&folder, 6, comes, None).into_result();
        if refused {
            let error = answer.expect_err(rule);
            assert!(error.message().contains("with keys that others of them have: 1"), "{rule} {}", error.message());
            assert_eq!(folder.value("SELECT count(*) FROM target"), "0");
            folder.does(&["up"]);
        } else {
            answer.expect(rule);
        }
        let first = folder.value("SELECT id FROM target WHERE v = 'v13'");
        assert_eq!(first, if rule.contains("skip") || rule.contains("fill") { "1" } else { "6" }, "{rule}");
        nothing_is_left(&folder);
        // What was there before the step is nobody's turn.
        let folder = case.folder();
        folder.does(&["up", "--target", "V2"]);
        folder.sql("INSERT INTO target VALUES (77, 'there')");
        up(&folder, 6, "INSERT INTO source (id, v) VALUES (1, 'there'), (3, 'new');", None).into_result().expect(rule);
        assert_eq!(folder.value("SELECT count(*) FROM target"), "12");
    }
}

#[test]
fn f130_what_somebody_wrote_to_the_target_meanwhile_stays() {
    let case = Case { source: WITH_NUMBERS, target: SAME_KEYS, step: PLAIN, downtime: "downtime = false" };
    let folder = case.folder();
    let sql = "UPDATE target SET v = 'mine' WHERE id = 4; UPDATE source SET v = 'new' WHERE id = 2";
    up(&folder, 6, sql, None).into_result().expect("up");
    assert_eq!(
        folder.value("SELECT group_concat(v) FROM (SELECT v FROM target WHERE id <= 6 ORDER BY id)"),
        "NEW,mine,V13"
    );
    nothing_is_left(&folder);
    let given = folder.json(&["down", "--target", "one", "--yes"]);
    assert_eq!(given["error"]["message"], "rows of target are not as the step wrote them: 4");
}
