//! Values and tables at the edge: classes that do not fit, NULs, bytes that are no text, numbers that round.

use crate::rig::Project;
use crate::shape::{down, shapes, stage, whole};

const VALUES: &str = "CREATE TABLE v (k, x, t TEXT, i INTEGER, r REAL, n NUMERIC, b BLOB, PRIMARY KEY (k));\n-- rows\n\
     INSERT INTO v VALUES (1, NULL, CAST(x'610062' AS TEXT), 'not a number', 5, '1e500', 'text'),\
       ('1', 1.0, CAST(x'fffe00' AS TEXT), 9223372036854775807, -0.0, '0x1F', x'00'),\
       (1.5, x'', '', -9223372036854775808, 1e308, 12345678901234567890, x'ff00ff'),\
       (x'31', 'x', '0123', '12abc', 4.9e-324, '9007199254740993', zeroblob(3000)),\
       (NULL, 0, 'ä€𝄞', NULL, 9e999, -9e999, NULL), (NULL, 1, 'a' || char(10) || 'b', 1.5, 0.1, '2023-02-30', 1);";

const COLLATED: &str = "CREATE TABLE c (a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM, c REAL, PRIMARY KEY (a, b, c)) WITHOUT ROWID;\n-- rows\n\
     INSERT INTO c VALUES ('a', 'x', 1.0), ('B', 'x', 1.5), ('a', 'y  ', 1.0), ('b', 'z', -1e300);";

const FLOATS: &str = "CREATE TABLE f (k REAL PRIMARY KEY, v TEXT);\n-- rows\nINSERT INTO f VALUES (0.1, 'a'), (1e15, 'b'), (-0.0, 'zero'), (9e999, 'inf'), (NULL, 'n'), (3, 'three');";

const HIDDEN: &str = "CREATE TABLE h (rowid TEXT, oid INTEGER, v TEXT);\n-- rows\nINSERT INTO h VALUES ('x', 1, 'a'), ('x', 1, 'a'), (NULL, NULL, NULL);";

const NO_NAME: &str = "CREATE TABLE h (rowid TEXT, oid INTEGER, _rowid_ TEXT, v TEXT);\n-- rows\nINSERT INTO h VALUES ('x', 1, 'p', 'a'), ('y', 2, 'q', 'b');";

const DESCENDING: &str = "CREATE TABLE d (id INTEGER PRIMARY KEY DESC, v TEXT);\n-- rows\nINSERT INTO d VALUES (5, 'a'), (NULL, 'b'), (NULL, 'c'), (1, 'd');";

const WIDE_KEY: &str = "CREATE TABLE w (a TEXT, b BLOB, c INTEGER, v TEXT, UNIQUE (a, b), PRIMARY KEY (c, a, b));\n-- rows\n\
     INSERT INTO w VALUES ('a', x'00', 1, 'v'), ('a', x'01', 1, 'w'), ('b', NULL, 1, 'x'), ('b', NULL, 1, 'y'), (NULL, NULL, NULL, NULL);";

const BOOLEAN: &str = "CREATE TABLE s (id INTEGER PRIMARY KEY, at DATETIME DEFAULT '2024-01-01', yes BOOLEAN DEFAULT TRUE, j JSON, d DECIMAL(10, 2) DEFAULT (1 + 1));\n-- rows\n\
     INSERT INTO s (id) VALUES (1), (2); INSERT INTO s VALUES (3, '2024-06-01T00:00:00Z', 0, '{\"a\": [1, 2]}', '1.10'), (4, NULL, 'maybe', 'null', 1.5);";

const GENERATED: &str = "CREATE TABLE g (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER AS (a + 1) STORED UNIQUE, c TEXT AS ('#' || a), d TEXT);\n-- rows\n\
     INSERT INTO g (id, a, d) VALUES (1, 10, 'x'), (2, 20, NULL), (5, NULL, 'z');";

shapes! { there_and_back;
    odd_values_updated: VALUES, "UPDATE v SET x = 'new', t = NULL, i = 0, r = 1, n = 2, b = NULL;";
    odd_values_crossed: VALUES, "UPDATE v SET x = t, t = b, b = x, r = i, i = r;";
    odd_values_deleted: VALUES, "DELETE FROM v;";
    odd_keys_changed: VALUES, "UPDATE v SET k = typeof(k) || x WHERE k IS NOT NULL;";
    odd_values_in_a_dropped_table: VALUES, "DROP TABLE v;";
    odd_values_in_a_dropped_column: VALUES, "ALTER TABLE v DROP COLUMN x;";
    odd_text_in_a_dropped_column: VALUES, "ALTER TABLE v DROP COLUMN t;";
    odd_numbers_in_dropped_columns: VALUES, "ALTER TABLE v DROP COLUMN n; ALTER TABLE v DROP COLUMN r;";
    odd_values_beside_a_dropped_column: VALUES, "ALTER TABLE v DROP COLUMN b;";
    collated_keys_updated: COLLATED, "UPDATE c SET b = b || '!' WHERE a = 'A';";
    collated_keys_in_other_case: COLLATED, "UPDATE c SET a = upper(a), b = b || '  ';";
    collated_keys_deleted: COLLATED, "DELETE FROM c WHERE a = 'b';";
    float_keys_updated: FLOATS, "UPDATE f SET k = k + 1, v = upper(v) WHERE k < 100;";
    float_keys_deleted: FLOATS, "DELETE FROM f;";
    hidden_rowid_updated: HIDDEN, "UPDATE h SET v = 'new' WHERE v IS NOT NULL;";
    hidden_rowid_deleted: HIDDEN, "DELETE FROM h;";
    hidden_rowid_dropped: HIDDEN, "DROP TABLE h;";
    hidden_rowid_column_dropped: HIDDEN, "ALTER TABLE h DROP COLUMN v;";
    descending_integer_key_updated: DESCENDING, "UPDATE d SET v = v || '!';";
    descending_integer_key_deleted: DESCENDING, "DELETE FROM d;";
    descending_integer_key_dropped: DESCENDING, "DROP TABLE d;";
    descending_integer_key_column_dropped: DESCENDING, "ALTER TABLE d DROP COLUMN v;";
    wide_keys_updated: WIDE_KEY, "UPDATE w SET v = 'all';";
    wide_keys_deleted: WIDE_KEY, "DELETE FROM w WHERE v IS NOT 'v';";
    wide_keys_column_dropped: WIDE_KEY, "ALTER TABLE w DROP COLUMN v;";
    declared_types_updated: BOOLEAN, "UPDATE s SET at = date('2025-01-01'), yes = NOT yes, j = json_set('{}', '$.b', 1), d = d * 3;";
    declared_types_column_dropped: BOOLEAN, "ALTER TABLE s DROP COLUMN at; ALTER TABLE s DROP COLUMN d;";
    generated_updated: GENERATED, "UPDATE g SET a = a + 1000, d = c;";
    generated_deleted: GENERATED, "DELETE FROM g WHERE id < 5;";
    generated_dropped: GENERATED, "DROP TABLE g;";
    generated_column_beside: GENERATED, "ALTER TABLE g DROP COLUMN d;";
    generated_inserted: GENERATED, "INSERT INTO g (a) VALUES (99), (NULL);";
}

shapes! { says_no_or_back;
    no_name_for_the_rowid_updated: NO_NAME, "UPDATE h SET v = 'new';";
    no_name_for_the_rowid_deleted: NO_NAME, "DELETE FROM h;";
    no_name_for_the_rowid_dropped: NO_NAME, "DROP TABLE h;";
    no_name_for_the_rowid_column_dropped: NO_NAME, "ALTER TABLE h DROP COLUMN v;";
}

/// A database that keeps its text in UTF-16.
#[test]
fn text_in_utf_16_goes_there_and_back() {
    let rows = "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT UNIQUE COLLATE NOCASE, v); CREATE TABLE gone (k TEXT PRIMARY KEY NOT NULL, v TEXT) WITHOUT ROWID;\
         INSERT INTO t VALUES (1, 'ä𝄞', 'x'), (2, 'Z' || char(0) || 'z', 1.5), (3, '', x'd8'), (4, NULL, '日本'); INSERT INTO gone VALUES ('ß', 'ẞ'), ('i', 'İ');";
    for file in [
        "UPDATE t SET k = k || 'é', v = upper(v); DELETE FROM t WHERE id = 3;",
        "DROP TABLE gone; ALTER TABLE t DROP COLUMN v;",
        "CREATE TABLE n (id INTEGER PRIMARY KEY, k TEXT); INSERT INTO n SELECT id, lower(k) FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; CREATE TABLE m AS SELECT * FROM gone;",
        "INSERT INTO gone VALUES ('日', '本') ON CONFLICT DO NOTHING; UPDATE gone SET k = v, v = k;",
    ] {
        let project = Project::of(&[
            ("migrations/V1__own.sql", "CREATE TABLE own (x);"),
            ("migrations/V2__change.sql", file),
            ("plans/one.toml", &stage("one", "1.0.0", &["V1"])),
            (
                "plans/two.toml",
                &(stage("two", "2.0.0", &["V2"]) + "[[copy]]\nid = \"c\"\nfrom = \"other\"\ninto = \"others\"\n"),
            ),
        ]);
        project.open_at("trial.db").execute_batch(&format!("PRAGMA encoding = 'UTF-16le'; {rows} CREATE TABLE other (k TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, v TEXT); CREATE TABLE others (k TEXT PRIMARY KEY NOT NULL, v TEXT); INSERT INTO other SELECT k, v FROM gone;")).expect("a database");
        project.does(&["up", "--target", "one"]);
        let before = whole(&project);
        project.does(&["up", "--yes", "--no-restore-point", "--batch-size", "1"]);
        assert_eq!(project.value("SELECT count(*) FROM others JOIN other USING (k, v)"), "2");
        down(&project, &before);
        assert_eq!(project.value("PRAGMA encoding"), "UTF-16le");
    }
}
