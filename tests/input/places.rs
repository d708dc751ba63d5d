//! Where a database or a project is: URLs, files that are something else, folders without a project, paths. B22, B74,
//! F106.

use crate::rig::{Project, outcome};
use crate::{one, refused, refused_with};
use rusqlite::Connection;
use std::fs;
use std::path::Path;

const TABLE: &str = "CREATE TABLE t (x);\n";

/// Every command that looks at the database.
const LOOKING: [&[&str]; 7] = [
    &["up"],
    &["status"],
    &["plan"],
    &["verify"],
    &["history"],
    &["down", "--target", "start", "--yes"],
    &["init", "--adopt"],
];

#[test]
fn b22_a_url_that_cannot_be_understood_is_refused() {
    let project = one(TABLE);
    for url in [
        "trial.db",
        "sqlite:",
        "sqlite://",
        "sqlite:trial.db?mode=memory",
        "sqlite:trial.db?vfs=unix-none&mode=memory",
        "sqlite:trial.db#part",
        "sqlite:file:trial.db",
        "sqlite:file:trial.db?mode=memory&cache=shared",
        "sqlite::memory:",
        "sqlite:/",
        "sqlite:.",
        "sqlite:..",
        "file:trial.db?vfs=x&mode=memory",
        "mysql://root@localhost/db",
        "http://localhost/trial.db",
        "C:\\trial.db",
        "://",
    ] {
        for command in ["up", "status"] {
            let refusal = refused(&project, &[command, "--database", url], "E0501");
            assert!(!refusal.hint().is_empty(), "{url}: {}", refusal.error);
        }
    }
    for url in ["", " "] {
        refused(&project, &["up", "--database", url], "E0007").says("--database");
    }
}

#[test]
fn b22_a_url_of_an_engine_that_is_not_there_says_so_whatever_is_in_it() {
    let project = one(TABLE);
    for url in [
        "postgres://u:p@localhost:99999/db",
        "postgres://u:p%40ss@[::1]:5432/db",
        "postgres://u:p@ss/word@h/db",
        "postgresql:///db?host=/var/run/postgresql",
        "POSTGRES://h/db",
    ] {
        refused(&project, &["up", "--database", url], "E0012").says("PostgreSQL");
    }
}

#[test]
fn b22_s01_a_sqlite_url_with_a_password_is_refused_and_makes_no_file_of_it() {
    let project = one(TABLE);
    for url in ["sqlite://me:canary@host/trial.db", "sqlite://me:canary@trial.db"] {
        for command in ["up", "status"] {
            let refusal = refused(&project, &[command, "--database", url], "E0501");
            assert!(
                !refusal.error.to_string().contains("canary") && !refusal.page.contains("canary"),
                "{}",
                refusal.page
            );
        }
    }
}

#[test]
fn b22_a_url_in_any_layer_is_refused_with_its_origin() {
    let project = one(TABLE);
    let gave = project.command(&["status", "--json"]).env("EVOLVE_DATABASE_URL", "nosuch:x").output().expect("a run");
    assert_eq!(gave.status.code(), Some(2));
    let text = String::from_utf8_lossy(&gave.stdout);
    assert!(text.contains("E0501"), "{text}");
    project.write("evolve.toml", "[project]\nname = \"trial\"\n[database]\nurl = \"${NOSUCH_VARIABLE}\"\n");
    refused(&project, &["up"], "E0011").at("evolve.toml:4:7").says("NOSUCH_VARIABLE").hints("NOSUCH_VARIABLE");
    project.write("evolve.toml", "[project]\nname = \"trial\"\n");
    refused(&project, &["up"], "E0006").hints("--database");
    refused(&project, &["status"], "E0006").hints("EVOLVE_DATABASE_URL");
}

#[test]
fn b74_a_folder_without_a_project_is_said_and_what_to_do() {
    let project = Project::empty();
    for command in ["up", "status", "plan", "verify", "history", "graph", "seal"] {
        refused(&project, &[command], "E0001").hints("evolve init");
    }
    refused(&project, &["up", "--project", "nosuch"], "E0002").says("nosuch");
    // evolve.toml is looked for in the folder itself: one above is somebody else's.
    project.write("evolve.toml", "[project]\nname = \"above\"\n[database]\nurl = \"sqlite:trial.db\"\n");
    project.write("below/README.md", "");
    refused(&project, &["status", "--project", "below"], "E0001").hints("--project");
}

#[test]
fn b74_a_project_without_a_step_has_nothing_to_do_and_makes_no_database() {
    let project = Project::of(&[]);
    for command in ["status", "plan", "verify", "history", "graph", "up"] {
        project.must(&[command]);
        assert!(!project.path("trial.db").exists(), "{command}");
    }
    assert_eq!(outcome(&project.json(&["up"])), "nothing_to_do");
}

#[test]
fn b74_a_database_that_is_a_folder_or_a_device_is_refused() {
    let project = one(TABLE);
    fs::create_dir(project.path("trial.db")).expect("a folder");
    for command in LOOKING {
        refused(&project, command, "E0503").says("folder");
    }
    for command in LOOKING {
        let mut arguments = command.to_vec();
        arguments.extend(["--database", "sqlite:/dev/null"]);
        refused(&project, &arguments, "E0503").says("no regular file");
    }
    refused(&project, &["up", "--database", "sqlite:nosuch/trial.db"], "E0502").says("nosuch");
    refused(&project, &["up", "--database", "sqlite:evolve.toml/trial.db"], "E0503").says("evolve.toml");
}

#[test]
fn b74_a_file_that_is_no_database_is_refused_and_stays_as_it_is() {
    let noise: Vec<u8> = (0..8192_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let text = "Dear reader, this is a letter and no database, however long it may be.\n".repeat(20);
    for bytes in [text.as_bytes(), &noise, b"xy", b"SQLite format 3"] {
        let project = one(TABLE);
        fs::write(project.path("trial.db"), bytes).expect("a file");
        for command in LOOKING {
            refused(&project, command, "E0503").says("trial.db");
        }
    }
}

#[test]
fn b74_a_damaged_database_is_refused_and_stays_as_it_is() {
    let project = one(TABLE);
    project.sql("CREATE TABLE songs (x); INSERT INTO songs VALUES (1);");
    let mut bytes = fs::read(project.path("trial.db")).expect("the database");
    bytes[100..180].fill(0xff);
    fs::write(project.path("trial.db"), bytes).expect("the database");
    for command in LOOKING {
        let before = project.files();
        let gave = project.run(command);
        assert!([1, 2, 6].contains(&gave.code) && !gave.err.contains("panicked"), "{command:?} {gave:?}");
        assert_eq!(project.files(), before, "{command:?}");
    }
}

#[test]
fn b74_a_file_of_no_bytes_is_an_empty_database() {
    let project = one(TABLE);
    fs::write(project.path("trial.db"), b"").expect("a file");
    for command in ["status", "plan", "verify", "history"] {
        project.must(&[command]);
        assert_eq!(fs::metadata(project.path("trial.db")).expect("a file").len(), 0, "{command}");
    }
    project.must(&["up"]);
    assert_eq!(project.value("PRAGMA journal_mode"), "wal", "evolve made it, so it is WAL");
}

/// Another application's database, filled and without a ledger.
fn foreign(schema: &str) -> Project {
    let project =
        one("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);\nCREATE INDEX by_body ON notes (body);\n");
    project.sql(schema);
    project
}

#[test]
fn b74_a_filled_database_without_a_ledger_is_refused_by_the_object_that_is_in_the_way() {
    for (schema, name) in [
        ("CREATE TABLE notes (body TEXT); INSERT INTO notes VALUES ('mine');", "notes"),
        ("CREATE TABLE Notes (body TEXT);", "notes"),
        ("CREATE VIEW notes AS SELECT 1 AS body;", "notes"),
        ("CREATE TABLE n (body TEXT); CREATE INDEX by_body ON n (body);", "by_body"),
    ] {
        let project = foreign(schema);
        for command in [&["up"][..], &["plan"], &["up", "--yes"], &["up", "--dry-run"]] {
            refused_with(&project, command, "E0514", 6).says(name).hints("evolve init --adopt");
        }
        // A question is answered all the same.
        let status = project.json(&["status"]);
        assert_eq!(status["result"]["applied"], serde_json::json!([]), "{status}");
        assert_eq!(status["result"]["pending"][0]["id"], "V1", "{status}");
    }
}

#[test]
fn b74_a_filled_database_where_nothing_is_in_the_way_is_taken_up() {
    let project = foreign(
        "PRAGMA application_id = 1234; PRAGMA user_version = 7; CREATE TABLE songs (x); INSERT INTO songs VALUES (1);",
    );
    project.must(&["up"]);
    assert_eq!(project.value("SELECT count(*) FROM songs"), "1");
    assert_eq!(project.value("PRAGMA application_id"), "1234");
    assert_eq!(project.value("PRAGMA user_version"), "7");
    let verify = project.json(&["verify"]);
    assert_eq!(verify["result"]["ok"], true, "{verify}");
    assert!(verify["result"]["notes"].to_string().contains("songs"), "what no migration made is a note: {verify}");
    project.must(&["down", "--target", "start", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM songs"), "1");
}

#[test]
fn b74_adopting_writes_down_what_is_there_and_runs_nothing() {
    let project = foreign(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);CREATE INDEX by_body ON notes (body);\
         INSERT INTO notes VALUES (1, 'mine');",
    );
    refused_with(&project, &["up"], "E0514", 6).hints("evolve init --adopt");
    let before = project.state();
    let document = project.json(&["init", "--adopt"]);
    assert_eq!(outcome(&document), "done", "{document}");
    assert_eq!(document["result"]["steps"][0]["outcome"], "skipped", "{document}");
    assert_eq!(project.state(), before);
    assert_eq!(outcome(&project.json(&["up"])), "nothing_to_do");
    project.must(&["verify"]);
    assert_eq!(outcome(&project.json(&["init", "--adopt"])), "nothing_to_do");
}

#[test]
fn b74_what_fits_no_stage_is_not_adopted() {
    let project = foreign("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, colour TEXT);");
    refused_with(&project, &["init", "--adopt"], "E0515", 6);
    let project = one(TABLE);
    refused(&project, &["init", "--adopt"], "E0502").says("trial.db");
    assert!(!project.path("trial.db").exists());
}

#[test]
fn f106_a_database_may_lie_in_any_path_or_is_refused_clearly() {
    for name in [
        "a b.db",
        " lead.db",
        "-lead.db",
        "--yes.db",
        "a%20b.db",
        "%2e%2e.db",
        "a'b\"c.db",
        "a\nb.db",
        "ü\u{1f600}.db",
        "a&b=c.db",
        "$HOME.db",
        "a;b.db",
        "trial",
    ] {
        let project = one(TABLE);
        let url = format!("sqlite:{name}");
        project.must(&["up", "--database", &url]);
        assert!(project.path(name).is_file(), "{name:?}");
        let connection = Connection::open(project.path(name)).expect(name);
        let tables: i64 = connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).expect("the table");
        assert_eq!(tables, 0);
        project.must(&["status", "--database", &url]);
        project.must(&["up", "--checkpoint", "--database", &url]);
        project.must(&["down", "--target", "start", "--yes", "--database", &url]);
        let stray: Vec<_> = project
            .files()
            .into_keys()
            .filter(|file| !file.starts_with(name) && !KNOWN.iter().any(|known| file.starts_with(known)))
            .collect();
        assert!(stray.is_empty(), "{name:?} left {stray:?}");
    }
    for name in ["a?b.db", "a#b.db", "a.db?x=%20"] {
        let project = one(TABLE);
        refused(&project, &["up", "--database", &format!("sqlite:{name}")], "E0501").says("parameters");
    }
}

const KNOWN: [&str; 3] = ["evolve.toml", "migrations/", ".evolve/"];

#[test]
fn f106_a_project_may_lie_in_any_folder() {
    for folder in ["a b", "-lead", "a?b#c%41", "it's \"here\"", "new\nline", "ü\u{1f600}"] {
        let outer = Project::empty();
        for (path, text) in [
            ("evolve.toml", "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\n"),
            ("migrations/V1__a.sql", TABLE),
            ("migrations/V2__b.sql", "DROP TABLE t;\n"),
        ] {
            outer.write(&format!("{folder}/{path}"), text);
        }
        let project = format!("--project={folder}");
        let run = |arguments: &[&str]| {
            let mut all = vec![project.as_str()];
            all.extend(arguments);
            outer.must(&all);
        };
        run(&["seal"]);
        run(&["up", "--target", "V1"]);
        run(&["up", "--yes", "--checkpoint", "--allow", "R101"]);
        run(&["backup", "list"]);
        run(&["verify"]);
        run(&["restore", "--yes"]);
        run(&["history"]);
        let inside = outer.path(folder);
        assert!(inside.join("trial.db").is_file() && inside.join(".evolve/restore").is_dir(), "{folder:?}");
        assert_eq!(fs::read_dir(outer.root()).expect("the folder").count(), 1, "nothing beside {folder:?}");
    }
}

#[test]
fn f106_a_folder_whose_name_is_no_text_works_or_is_refused_clearly() {
    use std::os::unix::ffi::OsStrExt as _;
    let outer = Project::empty();
    let folder = outer.root().join(std::ffi::OsStr::from_bytes(b"a\xff b"));
    fs::create_dir_all(folder.join("migrations")).expect("a folder");
    fs::write(folder.join("evolve.toml"), "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\n")
        .unwrap();
    fs::write(folder.join("migrations/V1__a.sql"), TABLE).unwrap();
    for arguments in [&["up", "--json"][..], &["status", "--json"], &["down", "--target", "start", "--yes", "--json"]] {
        let output = outer.command(arguments).arg("--project").arg(&folder).output().expect("a run");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.code() == Some(0) && text.contains("\"result\""), "{arguments:?} {text}");
    }
    // A file that could be no line of evolve.sum is refused, and shown in letters that can be read.
    fs::write(folder.join(std::ffi::OsStr::from_bytes(b"migrations/V2__\xff.sql")), TABLE).unwrap();
    let output = outer.command(&["up", "--json"]).arg("--project").arg(&folder).output().expect("a run");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.code() == Some(2) && text.contains("E0201"), "{text}");
}

#[test]
fn f106_a_path_that_is_too_long_is_refused_clearly() {
    let project = one(TABLE);
    let deep = "d/".repeat(2_500);
    refused(&project, &["up", "--database", &format!("sqlite:{deep}x.db")], "E0502");
    let long = "n".repeat(300);
    let gave = project.run(&["up", "--json", "--database", &format!("sqlite:{long}.db")]);
    assert!(gave.code == 2 && gave.out.contains("\"error\""), "{gave:?}");
    assert!(!Path::new(&project.path(&format!("{long}.db"))).exists());
}
