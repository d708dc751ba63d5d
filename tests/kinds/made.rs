//! `new`: values that are made are what they say, of the time the run began, and the same again when it is resumed.

use crate::rig::Project;
use crate::rig::running::KILLED;
use crate::{down, project, rows, up};

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY);
    CREATE TABLE b (id INTEGER PRIMARY KEY, ulid TEXT, uuid TEXT, now TEXT, other TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO a SELECT i FROM n;";

const STEP: &str = "[[convert]]
id = \"made\"
from = \"a\"
into = \"b\"
[convert.columns]
id = \"id\"
ulid = { new = \"ulid\" }
uuid = { new = \"uuid\" }
now = { new = \"now\" }
other = { new = \"ulid\" }
";

/// Milliseconds since 1970 of a moment in the ledger or in a row.
fn milliseconds(moment: &str) -> u128 {
    moment.parse::<jiff::Timestamp>().expect(moment).as_millisecond().try_into().unwrap()
}

/// The first 48 bits of a ULID.
fn of_ulid(ulid: &str) -> u128 {
    let digit = |letter: char| "0123456789ABCDEFGHJKMNPQRSTVWXYZ".find(letter).expect("Crockford's digit") as u128;
    assert_eq!(ulid.len(), 26);
    ulid.chars().fold(0, |number, letter| number << 5 | digit(letter)) >> 80
}

/// Each row's values are well-formed, of the moment the run began, and no two are alike.
#[track_caller]
fn are_made_by(project: &Project, run: &str) {
    let started = milliseconds(run);
    let made = rows(project, "SELECT ulid, uuid, now, other FROM b ORDER BY id");
    assert_eq!(made.len(), 20);
    for row in &made {
        let [ulid, uuid, now, other] = row.split(" | ").collect::<Vec<_>>()[..] else { panic!("{row}") };
        assert_eq!((of_ulid(ulid), of_ulid(other), milliseconds(now)), (started, started, started), "{row}");
        assert_ne!(ulid, other, "each column has its own");
        let parsed = uuid::Uuid::parse_str(uuid).expect(uuid);
        assert_eq!((parsed.get_version_num(), parsed.get_variant()), (7, uuid::Variant::RFC4122), "{uuid}");
        assert_eq!(parsed.as_u128() >> 80, started, "{uuid}");
    }
    let distinct = "SELECT count(DISTINCT ulid), count(DISTINCT uuid), count(DISTINCT now) FROM b";
    assert_eq!(rows(project, distinct), ["20 | 20 | 1"]);
}

fn started(project: &Project) -> String {
    project.value("SELECT started FROM evolve_runs ORDER BY n DESC LIMIT 1")
}

#[test]
fn what_is_made_is_of_its_kind_and_of_the_time_the_run_began() {
    let project = project(TABLES, STEP);
    up(&project, 6);
    are_made_by(&project, &started(&project));
    let first = rows(&project, "SELECT ulid FROM b");
    down(&project);
    up(&project, 3);
    are_made_by(&project, &started(&project));
    assert!(rows(&project, "SELECT ulid FROM b").iter().all(|ulid| !first.contains(ulid)), "another run makes others");
}

#[test]
fn f02_a_resumed_run_makes_what_it_would_have_made() {
    let project = project(TABLES, STEP);
    let arguments = ["up", "--yes", "--batch-size", "3"];
    assert_eq!(project.dies("between_batches", 2, &arguments).code, KILLED);
    let before = rows(&project, "SELECT * FROM b ORDER BY id");
    assert!(!before.is_empty() && before.len() < 20, "{before:?}");
    let began = started(&project);
    project.does(&arguments);
    assert_eq!(rows(&project, "SELECT * FROM b ORDER BY id")[..before.len()], before, "what was there stays");
    are_made_by(&project, &began);
}

/// The second piece is written by a process that never saw the first, and links to it by a value that it makes again.
#[test]
fn a_value_is_made_again_by_another_process_of_the_same_run() {
    let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY, street TEXT NOT NULL);
        CREATE TABLE people (id TEXT NOT NULL PRIMARY KEY, a INTEGER NOT NULL);
        CREATE TABLE addresses (person TEXT NOT NULL, street TEXT NOT NULL);
        INSERT INTO a VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four');";
    let step = |made: &str| {
        format!(
            "[[split]]\nid = \"parts\"\nfrom = \"a\"\n[[split.into]]\ntable = \"people\"\n\
             columns = {{ id = {{ new = \"{made}\" }}, a = \"id\" }}\n[[split.into]]\ntable = \"addresses\"\n\
             columns = {{ person = {{ link = \"people.id\" }}, street = \"street\" }}\n"
        )
    };
    for made in ["ulid", "uuid"] {
        let project = project(tables, &step(made));
        let arguments = ["up", "--yes", "--batch-size", "2"];
        let counts = || rows(&project, "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM addresses)");
        while counts() != ["4 | 0"] {
            assert_eq!(project.dies("between_batches", 1, &arguments).code, KILLED, "dies with one piece written");
        }
        project.does(&arguments);
        let pairs = "SELECT a.street = addresses.street FROM a JOIN people ON people.a = a.id JOIN addresses ON addresses.person = people.id";
        assert_eq!(rows(&project, pairs), ["1", "1", "1", "1"], "{made}");
    }
}
