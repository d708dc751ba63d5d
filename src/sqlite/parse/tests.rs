//! What the reader of single statements makes of them.

use super::*;

#[test]
fn statements_are_read_into_what_they_do() {
    let made = |sql| parse(sql).what;
    assert!(
        matches!(made("CREATE UNIQUE INDEX i ON \"t x\"(a)"), What::Create { unique: true, table, .. } if table == "t x")
    );
    assert!(matches!(
        made("ALTER TABLE t ADD COLUMN c TEXT NOT NULL DEFAULT 'x'"),
        What::AddColumn { not_null: true, default: true, .. }
    ));
    assert!(
        matches!(made("UPDATE t SET a = 1, b = 2"), What::Update { columns, filtered: false, .. } if columns == ["a", "b"])
    );
    assert!(matches!(made("DELETE FROM t WHERE a"), What::Delete { filtered: true, .. }));
    assert!(matches!(made("INSERT OR REPLACE INTO t VALUES (1)"), What::Insert { replaces: true, .. }));
    assert!(matches!(made("CREATE VIRTUAL TABLE f USING fts5(a)"), What::Create { kind: ObjectKind::Table, .. }));
    assert_eq!(
        made("DROP VIEW IF EXISTS v"),
        What::Drop { kind: ObjectKind::View, name: "v".into(), table: "v".into(), tolerant: true }
    );
}

#[test]
fn a_table_made_of_a_query_is_made_without_running_it() {
    let endless = "CREATE TABLE z AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c; ";
    assert!(parse(endless).filled);
    let limited = without_rows(endless);
    assert!(limited.ends_with("SELECT n FROM c\n) LIMIT 0"), "{limited}");
    rusqlite::Connection::open_in_memory().unwrap().execute_batch(&limited).unwrap();
}

#[test]
fn rows_carried_over_are_seen() {
    let carry = parse("INSERT INTO n (id, b, c) SELECT id, \"a\", upper(a) FROM o").carry.unwrap();
    assert_eq!(carry.values, [Carried::Column("id".into()), Carried::Column("a".into()), Carried::Computed]);
    assert!(!carry.filtered);
    assert!(parse("INSERT INTO n SELECT * FROM o WHERE x").carry.unwrap().filtered);
}

#[test]
fn b32_statements_that_are_more_than_statements_are_known() {
    let special = |sql| parse(sql).special;
    assert_eq!(special("COMMIT"), Some(Special::Transaction(Boundary::Commit)));
    assert_eq!(special("ATTACH 'x' AS y"), Some(Special::Attach));
    assert_eq!(special("VACUUM"), Some(Special::Outside));
    assert_eq!(special("PRAGMA journal_mode = WAL"), Some(Special::Outside));
    assert_eq!(special("PRAGMA writable_schema = ON"), Some(Special::Dangerous));
    assert_eq!(special("PRAGMA foreign_keys = OFF"), Some(Special::ForeignKeys));
    assert_eq!(special("PRAGMA table_info(x)"), None);
}

#[test]
fn b16_an_expression_is_one_expression() {
    for good in ["1", "a || 'x'", "(SELECT max(x) FROM y)", "CASE WHEN a THEN b END", "a -- note"] {
        assert!(is_expression(good), "{good}");
    }
    for bad in [
        "",
        "a, b",
        "1; DROP TABLE x",
        "a) FROM x --",
        "?1",
        ":x",
        "a = @b",
        "$c",
        "1) ; DELETE FROM x; SELECT (1",
        "a'",
    ] {
        assert!(!is_expression(bad), "{bad}");
    }
}
