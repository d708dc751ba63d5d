//! R1: every call by which evolve changes a file is once the last, done, half done or not done at all; and once it fails.
//!
//! A small library in C, built here, stands between evolve and the system. Without a C compiler these tests say so and
//! try nothing.

use super::bed;
use crate::rig::running::{KILLED, Running};
use crate::rig::{Gave, Project};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];
const UP_POINTS: &[&str] = &["up", "--yes", "--checkpoint", "--json"];
const DOWN: &[&str] = &["down", "--target", "one", "--yes", "--no-restore-point", "--json"];

/// One of everything: a migration, a rebuild, what is kept of a column that goes, a derived and a journalled movement.
const TWO: &str = r#"
[stage]
name = "two"
version = "2.0.0"
migrations = ["V2", "V3"]

[[convert]]
id = "derived"
from = "source"
into = "target"
[convert.columns]
id = "id"
name = "name"

[[convert]]
id = "journalled"
from = "source"
into = "other"
on_conflict = "overwrite"
[convert.columns]
id = "id"
name = "upper(name)"
"#;

const REBUILD: &str =
    "CREATE TABLE child_new (id INTEGER PRIMARY KEY, source INTEGER REFERENCES source (id), more TEXT);
INSERT INTO child_new (id, source) SELECT id, source FROM child;
DROP TABLE child;
ALTER TABLE child_new RENAME TO child;
";

fn project(journal: &str) -> Project {
    let project = Project::of(&[
        (
            "migrations/V1__tables.sql",
            "CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT);
             CREATE TABLE other (id INTEGER PRIMARY KEY, name TEXT);
             CREATE TABLE child (id INTEGER PRIMARY KEY, source INTEGER REFERENCES source (id));
             INSERT INTO source VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e');
             INSERT INTO other VALUES (2, 'kept'); INSERT INTO child VALUES (1, 1), (2, 2);",
        ),
        ("migrations/V2__target.sql", "CREATE TABLE target (id INTEGER PRIMARY KEY, name TEXT);\n"),
        ("migrations/V3__rebuild.sql", REBUILD),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", TWO),
    ]);
    let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
    project.write("evolve.toml", &format!("{config}batch = {{ rows = 3 }}\n"));
    let _ = project.must(&["up", "--target", "one"]);
    let mode = project.value(&format!("PRAGMA journal_mode = {journal}"));
    assert_eq!(mode, journal);
    project
}

/// The library, built once; none where there is no C compiler.
static SHIM: LazyLock<Option<(tempfile::TempDir, PathBuf)>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let library = folder.path().join("stop.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/stop.c");
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl").output();
    match built {
        Ok(built) => {
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            Some((folder, library))
        }
        Err(_) => {
            println!("skipped: there is no C compiler (cc) to build tests/shim/stop.c with");
            None
        }
    }
});

/// The library, where it could be built.
pub fn library() -> Option<&'static Path> {
    SHIM.as_ref().map(|(_, library)| library.as_path())
}

/// Runs a command with the library before it; how it ended.
pub fn with_shim(project: &Project, library: &Path, what: &str, arguments: &[&str]) -> Gave {
    let mut command = project.command(arguments);
    Running::start(command.env("LD_PRELOAD", library).env("EVOLVE_SHIM", what)).ended()
}

/// Every state that a transaction of this command leaves, from the one before it to the last.
fn states(base: &Project, arguments: &[&str]) -> BTreeSet<String> {
    let mut states = BTreeSet::from([base.state()]);
    for nth in 1.. {
        let project = base.twin();
        let gave = project.dies("after_commit", nth, arguments);
        states.insert(project.state());
        if gave.code != KILLED {
            assert_eq!(gave.code, 0, "{}", gave.err);
            break;
        }
    }
    states
}

/// How many calls a command makes that change files.
fn calls(base: &Project, library: &Path, arguments: &[&str]) -> u64 {
    let project = base.twin();
    let count = project.path("count");
    let mut command = project.command(arguments);
    let gave = Running::start(command.env("LD_PRELOAD", library).env("EVOLVE_SHIM_COUNT", &count)).ended();
    assert_eq!(gave.code, 0, "{}", gave.err);
    std::fs::read_to_string(count).expect("a count").trim().parse().expect("a number")
}

/// What a command does when nothing disturbs it.
struct Calm {
    /// Every state that one of its transactions leaves.
    legal: BTreeSet<String>,
    /// The last of them.
    end: String,
    /// The steps of its report.
    ids: Vec<String>,
}

/// How many calls a run may take fewer than another of the same.
const SPARE: u64 = 10;

/// Of how many calls the quick set tries one.
const QUICK: u64 = 11;

/// Tries a command with every call in every one of these modes.
fn campaign(journal: &str, ready: &[&[&str]], arguments: &[&str], modes: &[&str]) {
    let Some(library) = library() else { return };
    let base = project(journal);
    for first in ready {
        let _ = base.must(first);
    }
    let project = base.twin();
    let ids = bed::ids(&bed::done(&project, arguments));
    let calm = Calm { legal: states(&base, arguments), end: project.state(), ids };
    let calls = calls(&base, library, arguments);
    assert!(calls > 20, "{calls} calls only: the library is not between");
    // The quick set tries one call in several, the last ones too; EVOLVE_LONG=1 tries each.
    let step = if std::env::var_os("EVOLVE_LONG").is_some() { 1 } else { QUICK };
    let mut tried = 0;
    for mode in modes {
        for nth in (1..=calls).filter(|nth| (calls - nth).is_multiple_of(step)) {
            tried += 1;
            let (project, what) = (base.twin(), format!("{journal} {} {mode}:{nth}", arguments[0]));
            let gave = with_shim(&project, library, &format!("{mode}:{nth}"), arguments);
            if gave.code == 0 && nth + SPARE > calls {
                // This time it took a few calls fewer, and the last of them never came.
                continue;
            }
            match *mode {
                "kill" | "half" => assert_eq!(gave.code, KILLED, "{what}: {} {}", gave.out, gave.err),
                // It may have hit where it does not matter; where it does, evolve says so, and never breaks off.
                _ => assert!([0, 1, 2, 4].contains(&gave.code), "{what}: {} {} {}", gave.code, gave.out, gave.err),
            }
            assert_survived(&project, &calm, &gave, arguments, &what);
        }
    }
    println!("{journal} {}: {tried} injections, one call in {step} of {calls}", arguments[0]);
}

/// The state is old or new, and the same command brings it to its end.
fn assert_survived(project: &Project, calm: &Calm, gave: &Gave, arguments: &[&str], what: &str) {
    if gave.code == KILLED {
        let state = project.state();
        assert!(calm.legal.contains(&state), "{what}: a state that no transaction leaves\n{state}");
    }
    assert_eq!(project.value("PRAGMA integrity_check"), "ok", "{what}");
    assert_points_are_whole(project, what);
    let again = project.run(arguments);
    assert_eq!(again.code, 0, "{what}: {} {}", again.out, again.err);
    assert_eq!(project.state(), calm.end, "{what}: after the same command\n{}", again.out);
    let result = &again.document()["result"];
    if result["outcome"] == "nothing_to_do" {
        // The run was closed: then its report stands, whole.
        assert_eq!(bed::ids(&gave.document()["result"]), calm.ids, "{what}: closed without a report");
    } else if gave.code == KILLED {
        assert_eq!(bed::ids(result), calm.ids, "{what}: the report");
    }
    bed::assert_sound(project, what);
}

/// F67: a restore point that is listed is there, with all its bytes.
fn assert_points_are_whole(project: &Project, what: &str) {
    let Ok(folder) = std::fs::read_dir(project.path(".evolve/restore")) else { return };
    for path in folder.map(|entry| entry.expect("an entry").path()) {
        if path.extension().is_some_and(|ending| ending == "json") {
            let text = std::fs::read_to_string(&path).expect("a manifest");
            let manifest: serde_json::Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what}: {error}: {text}"));
            let bytes =
                std::fs::read(path.with_extension("db")).unwrap_or_else(|error| panic!("{what}: {path:?}: {error}"));
            let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(manifest["sha256"], digest, "{what}: {path:?}");
        }
    }
}

macro_rules! campaigns {
    ($($test:ident: $journal:literal, $ready:expr, $arguments:expr, $modes:expr;)*) => {
        $(#[test] fn $test() { campaign($journal, $ready, $arguments, $modes); })*
    };
}

campaigns! {
    f02_killed_at_every_call_on_the_way_up_in_wal_mode: "wal", &[], UP, &["kill", "half"];
    f02_killed_at_every_call_on_the_way_up_with_a_rollback_journal: "delete", &[], UP, &["kill", "half"];
    f02_killed_at_every_call_on_the_way_down_in_wal_mode: "wal", &[UP], DOWN, &["kill", "half"];
    f02_killed_at_every_call_on_the_way_down_with_a_rollback_journal: "delete", &[UP], DOWN, &["kill", "half"];
    f67_killed_at_every_call_while_restore_points_are_taken: "wal", &[], UP_POINTS, &["kill", "half"];
    an_error_at_any_call_on_the_way_up_is_survived_in_wal_mode: "wal", &[], UP, &["once", "ever"];
    an_error_at_any_call_on_the_way_up_is_survived_with_a_rollback_journal: "delete", &[], UP, &["once", "ever"];
    an_error_at_any_call_on_the_way_down_is_survived: "wal", &[UP], DOWN, &["once", "ever"];
}
