//! Each row's examples are what its function does, by a call and in SQL.

use super::{column, evaluate, query};
use crate::columns::{APPLY, CAST, FUNCTIONS, Function, IS, Sample, literal};
use crate::value::Value;

fn samples() -> impl Iterator<Item = (&'static str, &'static Sample)> {
    let rows = FUNCTIONS.iter().map(|row| (row.key, row.samples));
    let words = [APPLY, CAST, IS].into_iter().flatten().map(|row| (row.key, row.samples));
    rows.chain(words).flat_map(|(key, samples)| samples.iter().map(move |sample| (key, sample)))
}

#[test]
fn every_row_has_a_sentence_and_samples_that_are_taken_and_refused() {
    let rows = FUNCTIONS.iter().map(|row| (row.key, row.means, row.samples));
    let words = [APPLY, CAST, IS].into_iter().flatten().map(|row| (row.key, row.means, row.samples));
    for (key, means, samples) in rows.chain(words) {
        assert!(means.ends_with('.'), "{key}");
        assert!(samples.iter().any(|sample| sample.output != Sample::REFUSED), "{key}");
        assert!(samples.iter().all(|sample| sample.toml.contains(key)) || key == "map", "{key}");
    }
}

#[test]
fn f52_f143_b61_b62_every_sample_is_what_happens() {
    for (key, sample) in samples() {
        let made = column(sample.toml).unwrap_or_else(|error| panic!("{key} {sample:?}: {error}"));
        let output = made.call(evaluate(sample.input)).map_or(Sample::REFUSED.to_owned(), |value| literal(&value));
        assert_eq!(output, sample.output, "{key} {sample:?}");
    }
}

#[test]
fn the_same_value_gives_the_same_answer() {
    for (key, sample) in samples() {
        let made = column(sample.toml).unwrap();
        let input = evaluate(sample.input);
        assert_eq!(made.call(input.clone()), made.call(input), "{key} {sample:?}");
    }
}

#[test]
fn no_refusal_holds_the_value() {
    for (key, sample) in samples().filter(|(_, sample)| sample.output == Sample::REFUSED) {
        let Err(refused) = column(sample.toml).unwrap().call(evaluate(sample.input)) else { continue };
        let value = evaluate(sample.input).to_string();
        assert!(value.len() < 3 || !refused.reason.contains(&value), "{key} {sample:?}: {refused}");
    }
}

/// Values of every class, and what SQLite would take for each other.
const STRANGE: &str = "NULL|0|1|-1|01|1.0|0.1|1e20|9e999|'1'|'01'|' 1'|'1.0'|'a'|'A'|'a '|'ä'|''|x''|x'61'|x'31'|\
    CAST(x'ff61' AS TEXT)|char(0,97)|9223372036854775807";

#[test]
fn f52_sql_gives_what_a_call_gives_whatever_the_column() {
    let columns = ["x", "x INTEGER", "x TEXT", "x REAL", "x NUMERIC", "x TEXT COLLATE NOCASE", "x TEXT COLLATE RTRIM"];
    let declared = [
        r#"map = { a = 1, "1" = "one", "01" = "nought one", "" = "none" }, else = "it's else""#,
        r#"map = { A = 1.5 }, else = -1"#,
        r#"default = "it's""#,
        "default = 0.1",
        "default = -7",
    ];
    for (column_type, toml) in columns.iter().flat_map(|kind| declared.map(|toml| (*kind, toml))) {
        let made = column(toml).unwrap();
        for value in STRANGE.split('|') {
            same_by_sql(&*made.functions[0], column_type, value);
        }
    }
}

fn same_by_sql(function: &dyn Function, column_type: &str, value: &str) {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    database.execute_batch(&format!("CREATE TABLE t({column_type}); INSERT INTO t VALUES ({value})")).unwrap();
    let input = query(&database, "SELECT x FROM t");
    let called = if input == Value::Null && !function.takes_null() { Ok(Value::Null) } else { function.call(input) };
    let sql = function.sql(r#""t"."x""#).expect("a sample with SQL");
    let selected = query(&database, &format!("SELECT {sql} FROM t"));
    assert_eq!(selected, called.unwrap(), "{function:?} of {value} in {column_type}: {sql}");
}
