//! What `copy` and `convert` share with the parts of the other kinds.

use super::*;
use crate::error::codes;
use crate::movement::{Conflict, Write};

const A: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, seen TEXT)";
const B: &str = "CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT DEFAULT '-', seen TEXT)";

fn convert(keys: &str, columns: &str) -> String {
    format!("[[convert]]\nid = \"x\"\nfrom = \"a\"\ninto = \"b\"\n{keys}\n[convert.columns]\n{columns}\n")
}

fn of(keys: &str, columns: &str) -> Movement {
    lowered(&convert(keys, columns), &[A, B]).unwrap().remove(0)
}

#[test]
fn a_way_back_is_derived_only_where_the_same_rows_are_found_again() {
    let word = |keys: &str, columns: &str| of(keys, columns).undo.word();
    assert_eq!(word("", "id = \"id\""), "derive");
    assert_eq!(word("where = \"name IS NOT NULL\"", "id = \"id\""), "derive");
    for (keys, columns) in [
        ("on_conflict = \"skip\"", "id = \"id\""),
        ("", "name = \"name\""),
        ("", "id = \"NULL\""),
        ("", "id = \"abs(random())\""),
        ("", "id = \"id\"\nseen = { new = \"now\" }"),
        ("where = \"seen < datetime('now')\"", "id = \"id\""),
        ("where = \"id NOT IN (SELECT b.id FROM b)\"", "id = \"id\""),
        ("", "id = \"id + coalesce((SELECT max(x.id) FROM b AS x), 0)\""),
    ] {
        assert_eq!(word(keys, columns), "journal", "{keys} {columns}");
    }
}

#[test]
fn only_columns_that_get_a_value_are_filled() {
    let write = |keys: &str, columns: &str| of(keys, columns).write;
    let fill = "on_conflict = { fill = [\"name\", \"SEEN\"] }";
    let filled = |names: &[&str]| Write::Insert(Conflict::Fill(names.iter().map(|name| (*name).to_owned()).collect()));
    assert_eq!(write(fill, "id = \"id\"\nname = \"name\"\nseen = \"seen\""), filled(&["name", "seen"]));
    let idle = refused(&convert(fill, "id = \"id\"\nname = \"name\""), &[A, B]);
    assert_refused(&idle, codes::BAD_COLUMN, 4, "`fill` names SEEN");
    let newest = refused(&convert("on_conflict = { newest = \"seen\" }", "id = \"id\""), &[A, B]);
    assert_refused(&newest, codes::BAD_COLUMN, 4, "add seen to the columns");
}

#[test]
fn b16_a_condition_cannot_leave_its_parentheses() {
    let enclosed = |text: &str| {
        let place = crate::error::Place::file("x");
        crate::kinds::insert::enclosed(&crate::catalog::SqlText::plain(text, place), "sqlite")
    };
    assert_eq!(enclosed("a = ')' -- b").unwrap(), "(a = ')' -- b\n)");
    for text in ["a) OR (b", "a; DELETE FROM b", "a)", "(a", "a /*", "a = 'b", ") OR ("] {
        assert!(enclosed(text).is_err(), "{text}");
    }
}
