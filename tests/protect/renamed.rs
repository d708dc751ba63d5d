//! A rotation finds what was encrypted wherever it went: under another name, copied by a migration, within another
//! ciphertext, in a document of another form.

use super::rotate::{forget, mark, replace, with_later};
use super::{CANARY, must, run, tables_with};
use crate::rig::{Project, assert_same};
use std::fs;

/// Ways of giving other names to what the first stage encrypts; the last one is rebuilt.
const RENAMED: &[&str] = &[
    "ALTER TABLE people RENAME COLUMN email TO mail;
     ALTER TABLE people RENAME COLUMN settings TO choices;
     ALTER TABLE people RENAME TO persons;
     ALTER TABLE safe RENAME TO vault;
     ALTER TABLE coded RENAME COLUMN mail TO address;",
    "ALTER TABLE people RENAME COLUMN email TO spare;
     ALTER TABLE people RENAME COLUMN name TO email;
     ALTER TABLE people RENAME COLUMN spare TO name;
     ALTER TABLE safe RENAME TO spare;
     ALTER TABLE people RENAME TO safe;
     ALTER TABLE spare RENAME TO people;",
    "CREATE TABLE safe_new (id INTEGER PRIMARY KEY, hashed TEXT, mail TEXT);
     INSERT INTO safe_new (id, hashed, mail) SELECT id, hashed, email FROM safe;
     DROP TABLE safe;
     ALTER TABLE safe_new RENAME TO safe;",
];

/// No byte of the database's files is of a text.
#[track_caller]
fn refuse_in_files(project: &Project, text: &str) {
    for end in ["", "-wal"] {
        let bytes = fs::read(project.path(&format!("trial.db{end}"))).unwrap_or_default();
        let found = bytes.windows(text.len()).position(|window| window == text.as_bytes());
        assert!(found.is_none(), "{text} stands in trial.db{end}: {}", tables_with(project, text));
    }
}

#[test]
fn s03_what_a_later_migration_renamed_is_rotated_and_taken_back() {
    for migration in RENAMED {
        let project = with_later(migration);
        let before = project.state();
        must(&project, &["up", "--target", "s", "--yes"]);
        let old = mark(&project);
        must(&project, &["up", "--yes"]);
        assert_ne!(tables_with(&project, &old), "");
        replace(&project);
        let gave = run(&project, &["rotate", "email", "--yes"]);
        assert_eq!(gave.code, 0, "{}", gave.err);
        assert_eq!(tables_with(&project, &old), "", "{migration}");
        // A table that was dropped before left its pages behind.
        let left = migration.contains("DROP TABLE");
        assert_eq!(gave.out.contains("VACUUM"), left, "{}", gave.out);
        if left {
            project.sql("VACUUM");
        }
        refuse_in_files(&project, &old);
        forget(&project);
        must(&project, &["down", "--target", "s", "--yes"]);
        must(&project, &["down", "--target", "V1", "--yes"]);
        assert_same(migration, &before, &project.state());
    }
}

#[test]
fn s03_what_was_copied_elsewhere_or_made_another_document_of_is_rotated() {
    let project = with_later(
        "CREATE TABLE gathered (id INTEGER PRIMARY KEY, every TEXT, packed BLOB, bytes BLOB);
         INSERT INTO gathered (id, every, packed, bytes) SELECT id, 'one ' || email || ', ' || settings || ' and no more',
           jsonb(settings), CAST(email AS BLOB) FROM people WHERE email IS NOT NULL AND settings IS NOT NULL;
         CREATE TABLE picked (token TEXT PRIMARY KEY COLLATE NOCASE, n) WITHOUT ROWID;
         INSERT INTO picked SELECT settings ->> '$.token', id FROM people WHERE settings ->> '$.token' IS NOT NULL;",
    );
    must(&project, &["up", "--yes"]);
    let shape =
        "SELECT group_concat(typeof(every) || typeof(packed) || typeof(bytes) || length(every) || length(packed)
        || length(bytes)) FROM gathered";
    let (old, before) = (mark(&project), project.value(shape));
    assert_eq!(project.value("SELECT count(*) FROM picked"), "1");
    assert_eq!(project.value("SELECT count(*) FROM gathered WHERE json_valid(packed, 8)"), "2");
    replace(&project);
    must(&project, &["rotate", "email", "--yes"]);
    assert_eq!(tables_with(&project, &old), "");
    let new = mark(&project);
    let of = |text: &str| {
        project.value(&format!(
            "SELECT (SELECT count(*) FROM gathered WHERE instr(every, '{text}') AND instr(bytes, CAST('{text}' AS BLOB)))
               || ' ' || (SELECT count(*) FROM gathered WHERE instr(packed, CAST('{text}' AS BLOB)))
               || ' ' || (SELECT count(*) FROM picked WHERE token LIKE '{text}%')"
        ))
    };
    assert_eq!((of(&new), of(&old)), ("2 1 1".to_owned(), "0 0 0".to_owned()));
    assert_eq!(project.value("SELECT count(*) FROM gathered WHERE json_valid(packed, 8)"), "2");
    assert_eq!(project.value(shape), before, "classes and lengths stay");
    assert_eq!(project.value("SELECT count(*) FROM people, gathered USING (id) WHERE instr(every, email)"), "2");
    must(&project, &["down", "--target", "V1", "--yes"]);
}

#[test]
fn s03_a_ciphertext_within_another_is_rotated() {
    // Under another key, and under the same one.
    for key in ["default", "email"] {
        let project = with_later("CREATE TABLE twice (id INTEGER PRIMARY KEY, email TEXT);");
        project.write(
            "plans/t.toml",
            &format!(
                "[stage]\nname = \"t\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n[[convert]]\nid = \"twice\"\n\
                 from = \"safe\"\ninto = \"twice\"\n[convert.columns]\nid = \"id\"\n\
                 email = {{ from = \"email\", protect = {{ encrypt = \"{key}\" }} }}\n"
            ),
        );
        must(&project, &["up", "--yes"]);
        let twice = project.value("SELECT group_concat(email) FROM twice");
        replace(&project);
        must(&project, &["rotate", "email", "--yes"]);
        assert_ne!(project.value("SELECT group_concat(email) FROM twice"), twice, "{key}");
        forget(&project);
        // The way back looks for what the new key makes of the source.
        must(&project, &["down", "--target", "V1", "--yes"]);
    }
}

#[test]
fn s03_what_nothing_here_has_made_is_named_and_stays() {
    let project = with_later("CREATE TABLE later (x);");
    must(&project, &["up", "--yes"]);
    let old = mark(&project);
    let strange = format!("{old}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    project.sql(&format!("INSERT INTO later VALUES ('{strange}'), ('evolve:1:'), ('evolve:1:zz:'), (x'00'), (NULL)"));
    replace(&project);
    let gave = run(&project, &["rotate", "email", "--yes"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    let words = gave.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("later.x holds texts of the key before `email`"), "{words}");
    assert!(!words.contains("take `previous` out"), "{words}");
    assert_eq!(tables_with(&project, &old), "later");
    assert_eq!(project.value("SELECT count(*) FROM later WHERE x IS NOT NULL"), "4");
}

#[test]
fn a_table_without_numbers_is_gone_through_in_batches() {
    // More rows than one batch, by a key of two columns that is rewritten itself, under a collation.
    let project = super::project(
        "CREATE TABLE many (mail TEXT COLLATE NOCASE, n INTEGER, PRIMARY KEY (mail, n)) WITHOUT ROWID;",
        "\n[[convert]]\nid = \"a\"\nfrom = \"people\"\ninto = \"many\"\nwhere = \"email IS NOT NULL\"\n[convert.columns]\n\
         mail = { from = \"email\", protect = { encrypt = \"email\" } }\nn = \"id\"\n",
    );
    project.sql(&format!(
        "WITH RECURSIVE c (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM c WHERE n < 150)
         INSERT INTO people (id, email) SELECT n, n % 17 || '{CANARY}' FROM c"
    ));
    must(&project, &["up", "--yes"]);
    let old = project.value("SELECT substr(mail, 1, 18) FROM many LIMIT 1");
    replace(&project);
    let settings = fs::read_to_string(project.path("evolve.toml")).expect("settings");
    project.write("evolve.toml", &settings.replace("[policy]", "[policy]\nbatch = { rows = 7 }"));
    let gave = run(&project, &["rotate", "email", "--yes", "--json"]);
    assert_eq!(gave.document()["result"]["steps"][0]["updated"], 53, "{}", gave.out);
    assert_eq!(project.value(&format!("SELECT count(*) FROM many WHERE mail LIKE '{old}%'")), "0");
    forget(&project);
    must(&project, &["down", "--target", "V1", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM many"), "0");
}
