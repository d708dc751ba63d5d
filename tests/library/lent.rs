//! An application's own connection: lent for a run, and given back as it was.

use crate::bed::{Heard, down_to, project, up};
use crate::rig::{Project, assert_same, logical};
use evolve::observe::Stop;
use evolve::{Unattended, UpRequest};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;

/// All that a connection is set to.
fn settings(connection: &Connection) -> String {
    let names = [
        "foreign_keys",
        "synchronous",
        "cache_size",
        "busy_timeout",
        "journal_mode",
        "legacy_alter_table",
        "recursive_triggers",
        "defer_foreign_keys",
        "query_only",
        "trusted_schema",
        "secure_delete",
        "temp_store",
        "locking_mode",
        "case_sensitive_like_is_not_readable",
    ];
    let pragma = |name: &&str| {
        let value = connection
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get_ref(0).map(crate::rig::shown))
            .unwrap_or_default();
        format!("{name} {value}")
    };
    let configs = [
        DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY,
        DbConfig::SQLITE_DBCONFIG_DQS_DML,
        DbConfig::SQLITE_DBCONFIG_DQS_DDL,
        DbConfig::SQLITE_DBCONFIG_DEFENSIVE,
        DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
    ];
    let config = |config: DbConfig| format!("{config:?} {:?}", connection.db_config(config));
    let limit = format!("attached {:?}", connection.limit(Limit::SQLITE_LIMIT_ATTACHED));
    names.iter().map(pragma).chain(configs.into_iter().map(config)).chain([limit]).collect::<Vec<_>>().join("\n")
}

fn odd(connection: &Connection, on: bool) {
    let word = if on { "ON" } else { "OFF" };
    connection
        .execute_batch(&format!(
            "PRAGMA foreign_keys = {word}; PRAGMA synchronous = {}; PRAGMA cache_size = {}; PRAGMA busy_timeout = {}; PRAGMA legacy_alter_table = {word}; PRAGMA recursive_triggers = {word};",
            if on { "EXTRA" } else { "OFF" }, if on { 77 } else { -1234 }, if on { 1234 } else { 0 }
        ))
        .expect("settings");
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, on).expect("a setting");
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, !on).expect("a setting");
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, if on { 3 } else { 7 }).expect("a limit");
}

#[test]
fn each_setting_is_put_back() {
    for journal in ["wal", "delete"] {
        for on in [true, false] {
            let folder = Project::empty();
            let project = project(&format!("sqlite:{}", folder.path("diary.db").display()));
            let mut connection = folder.open_at("diary.db");
            connection
                .execute_batch(&format!("PRAGMA journal_mode = {journal}; CREATE TABLE own (x);"))
                .expect("a database");
            odd(&connection, on);
            let before = settings(&connection);
            up(&project, &mut connection).into_result().expect("up");
            assert_same(&format!("{journal} {on} after up"), &before, &settings(&connection));
            project
                .down_on(&mut connection, &down_to("one"), &Unattended, &Heard::default(), &Stop::new())
                .into_result()
                .expect("down");
            assert_same(&format!("{journal} {on} after down"), &before, &settings(&connection));
        }
    }
}

#[test]
fn each_setting_is_put_back_after_a_failure() {
    let folder = Project::empty();
    let project = project(&format!("sqlite:{}", folder.path("diary.db").display()));
    let mut connection = folder.open_at("diary.db");
    up(&project, &mut connection).into_result().expect("up");
    connection.execute_batch("INSERT INTO waterings VALUES (99, 1, 'mine')").expect("a row");
    odd(&connection, true);
    let before = settings(&connection);
    let down = project.down_on(&mut connection, &down_to("start"), &Unattended, &Heard::default(), &Stop::new());
    assert_eq!(down.error.expect("rows in the way").exit() as u8, 7);
    assert_same("after a failure", &before, &settings(&connection));
    assert!(connection.is_autocommit());
}

#[test]
fn a_connection_in_a_transaction_is_refused_and_stays_in_it() {
    let folder = Project::empty();
    let project = project(&format!("sqlite:{}", folder.path("diary.db").display()));
    let mut connection = folder.open_at("diary.db");
    connection.execute_batch("CREATE TABLE own (x); BEGIN; INSERT INTO own VALUES (1);").expect("a transaction");
    let answer = up(&project, &mut connection);
    assert_eq!(answer.error.expect("refused").code().id, "E0517");
    assert!(answer.result.is_none() && !connection.is_autocommit());
    connection.execute_batch("COMMIT").expect("committed");
    assert_eq!(connection.query_row("SELECT count(*) FROM own", [], |row| row.get::<_, i64>(0)), Ok(1));
    assert_eq!(connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)), Ok(1));
    assert!(up(&project, &mut connection).error.is_none());
}

#[test]
fn what_the_application_has_on_its_connection_stays() {
    let (folder, project) = (Project::empty(), project("sqlite:diary.db"));
    let mut connection = folder.open_at("diary.db");
    let other = folder.path("other.db");
    connection
        .execute_batch(&format!(
            "CREATE TEMP TABLE basket (x); INSERT INTO basket VALUES (1), (2); CREATE TEMP VIEW basket_view AS SELECT x FROM basket; \
             ATTACH '{}' AS other; CREATE TABLE other.things (x); INSERT INTO other.things VALUES (7);",
            other.display()
        ))
        .expect("the application's own");
    connection
        .create_scalar_function("double_it", 1, rusqlite::functions::FunctionFlags::SQLITE_UTF8, |context| {
            Ok(context.get::<i64>(0)? * 2)
        })
        .expect("a function");
    up(&project, &mut connection).into_result().expect("up");
    let one = |sql: &str| {
        connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    };
    assert_eq!(one("SELECT x FROM other.things"), 7);
    assert_eq!(one("SELECT double_it(21)"), 42);
    assert_eq!(one("SELECT sum(x) FROM basket_view"), 3, "temporary tables are the application's own");
}

#[test]
fn a_run_on_a_lent_connection_is_the_same_as_on_the_file() {
    let (lent, file) = (Project::empty(), Project::empty());
    let mut connection = lent.open_at("diary.db");
    let on_lent = project(&format!("sqlite:{}", lent.path("diary.db").display()));
    up(&on_lent, &mut connection).into_result().expect("up");
    let on_file = project(&format!("sqlite:{}", file.path("diary.db").display()));
    on_file.up(&UpRequest::default(), &Unattended, &Heard::default(), &Stop::new()).into_result().expect("up");
    assert_same("both", &logical(&file.open_at("diary.db")), &logical(&connection));
    drop(connection);
    let status = on_lent.status().expect("a status");
    assert_eq!(status.stage.as_deref(), Some("two"));
    assert!(!lent.path("diary.db.evolve-lock").exists());
}

#[test]
fn a_lent_connection_to_a_file_takes_the_lock_and_restore_points() {
    let folder = Project::empty();
    let url = format!("sqlite:{}", folder.path("diary.db").display());
    let flags = evolve::Flags { project: folder.root().to_owned(), database: Some(url), ..evolve::Flags::default() };
    for (path, text) in crate::bed::FILES {
        folder.write(path, text);
    }
    let project = evolve::Project::open(&flags).expect("the project");
    let mut connection = folder.open_at("diary.db");
    let to = |target: &str| UpRequest {
        target: Some(target.to_owned()),
        checkpoint: evolve::Checkpoint::Every,
        ..UpRequest::default()
    };
    project.up_on(&mut connection, &to("one"), &Unattended, &Heard::default(), &Stop::new()).into_result().expect("up");
    let before = logical(&connection);
    let report = project
        .up_on(&mut connection, &to("two"), &Unattended, &Heard::default(), &Stop::new())
        .into_result()
        .expect("up");
    assert_eq!(report.restore_points.len(), 1);
    drop(connection);
    let request = evolve::RestoreRequest { id: Some(report.restore_points[0].id.clone()), to: None };
    project.restore(&request, &Unattended, &Heard::default(), &Stop::new()).into_result().expect("restored");
    assert_same("restored", &before, &logical(&folder.open_at("diary.db")));
}

#[test]
fn a_temporary_table_of_the_same_name_is_not_taken_for_the_projects() {
    let (folder, project) = (Project::empty(), project("sqlite:diary.db"));
    let mut connection = folder.open_at("diary.db");
    connection
        .execute_batch(
            "CREATE TEMP TABLE plants (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO plants VALUES (1, 'mine');",
        )
        .expect("the application's own");
    let answer = up(&project, &mut connection);
    let one = |sql: &str| {
        connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    };
    assert_eq!(
        one("SELECT count(*) FROM temp.plants WHERE name = 'mine'"),
        1,
        "the application's rows are as they were"
    );
    assert_eq!(one("SELECT count(*) FROM temp.plants"), 1);
    match answer.error {
        None => assert_eq!(one("SELECT count(*) FROM main.plants"), 5),
        Some(_) => assert_eq!(one("SELECT count(*) FROM main.sqlite_schema WHERE name = 'plants'"), 0),
    }
}

#[test]
fn a_content_hash_of_the_application_stays_and_ours_does_not() {
    let utf8 = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
    let ask =
        |connection: &Connection| connection.query_row("SELECT content_hash(1)", [], |row| row.get::<_, String>(0));
    let (folder, project) = (Project::empty(), project("sqlite:diary.db"));
    let mut connection = folder.open_at("diary.db");
    up(&project, &mut connection).into_result().expect("up");
    assert!(ask(&connection).is_err(), "the connection is given back without it");
    connection.create_scalar_function("content_hash", 1, utf8, |_| Ok("own".to_owned())).expect("a function");
    project
        .down_on(&mut connection, &down_to("start"), &Unattended, &Heard::default(), &Stop::new())
        .into_result()
        .expect("down");
    assert_eq!(ask(&connection).as_deref(), Ok("own"));
}
