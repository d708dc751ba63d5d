//! `merge`, read and lowered.

use super::*;
use crate::error::codes;
use crate::movement::{Conflict, Made, NewKey, Write};

const CUSTOMERS: &str = "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, name TEXT, changed TEXT)";
const CRM: &str = "CREATE TABLE crm (no TEXT NOT NULL PRIMARY KEY, mail TEXT, name TEXT, seen TEXT, active INTEGER)";
const PERSONS: &str =
    "CREATE TABLE persons (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, changed TEXT)";

const PARTS: &str = r#"
[[merge.from]]
table = "customers"
columns = { email = "email", name = "name", changed = "changed" }
[[merge.from]]
table = "crm"
where = "active"
columns = { email = { from = "mail", apply = ["lower"] }, changed = "seen" }
"#;

/// A merge with these keys besides, and the two parts.
fn merge(keys: &str) -> String {
    format!("[[merge]]\nid = \"people\"\ninto = \"persons\"\nkey = [\"email\"]\n{keys}\n{PARTS}")
}

fn of(keys: &str) -> Vec<Movement> {
    lowered(&merge(keys), &[CUSTOMERS, CRM, PERSONS]).unwrap()
}

#[test]
fn each_part_is_a_walk_in_the_order_written() {
    let movements = of("");
    let walks: Vec<_> = movements.iter().map(|movement| (&*movement.from.table, &*movement.into)).collect();
    assert_eq!(walks, [("customers", "persons"), ("crm", "persons")]);
    assert_eq!(columns(&movements[1]), ["email = lower mail", "changed = (seen)"]);
    assert_eq!((&movements[0].from.filter, &movements[1].from.filter), (&None, &Some("active".to_owned())));
    assert_eq!((&*movements[0].from.key, &*movements[1].from.key), (&["id".to_owned()][..], &["no".to_owned()][..]));
    assert_eq!(undo(&movements), ["journal", "journal"]);
}

#[test]
fn a_part_may_walk_by_another_key_and_the_step_s_where_holds_for_all() {
    let toml = merge("where = \"name <> '' -- all\"").replace("table = \"crm\"", "table = \"crm\"\nkey = \"mail\"");
    let movements = lowered(&toml, &[CUSTOMERS, CRM, PERSONS]).unwrap();
    assert_eq!(movements[1].from.key, ["mail"]);
    assert_eq!(movements[0].from.filter.as_deref(), Some("name <> '' -- all"));
    assert_eq!(movements[1].from.filter.as_deref(), Some("(name <> '' -- all\n) AND (active\n)"));
}

#[test]
fn each_rule_for_conflicts_is_lowered_for_each_part() {
    let writes = |keys: &str| of(keys).into_iter().map(|movement| movement.write).collect::<Vec<_>>();
    let both = |conflict: Conflict| vec![Write::Insert(conflict.clone()), Write::Insert(conflict)];
    assert_eq!(writes(""), both(Conflict::Fail));
    assert_eq!(writes("on_conflict = \"skip\""), both(Conflict::Skip));
    assert_eq!(writes("on_conflict = \"overwrite\""), both(Conflict::Overwrite));
    assert_eq!(writes("on_conflict = { newest = \"changed\" }"), both(Conflict::Newest("changed".into())));
    let fill = |names: &[&str]| Write::Insert(Conflict::Fill(names.iter().map(|name| (*name).to_owned()).collect()));
    assert_eq!(
        writes("on_conflict = { fill = [\"name\", \"changed\"] }"),
        [fill(&["name", "changed"]), fill(&["changed"])]
    );
    assert_eq!(
        writes("on_conflict = { fill = [\"name\"] }"),
        [fill(&["name"]), Write::Insert(Conflict::Skip)],
        "the second part has no name to fill in"
    );
}

#[test]
fn the_way_back_is_as_declared_and_its_sql_runs_once() {
    assert_eq!(undo(&of("undo = \"none\"")), ["none", "none"]);
    let by_hand: Vec<Undo> =
        of("undo = { sql = \"DELETE FROM persons\" }").into_iter().map(|movement| movement.undo).collect();
    assert_eq!(by_hand, [Undo::Sql("DELETE FROM persons".into()), Undo::Sql(String::new())]);
    let error = refused(&merge("undo = \"derive\""), &[CUSTOMERS, CRM, PERSONS]);
    assert_refused(&error, codes::BAD_VALUE, 4, "undo = \"journal\"");
}

#[test]
fn values_that_are_made_differ_from_part_to_part() {
    let again = "[[merge.from]]\ntable = \"customers\"\ncolumns = { email = \"name\", name = { new = \"uuid\" } }\n";
    let toml = merge("").replace("name = \"name\"", "name = { new = \"ulid\", apply = [\"lower\"] }") + again;
    let movements = lowered(&toml, &[CUSTOMERS, CRM, PERSONS]).unwrap();
    assert_eq!(columns(&movements[0])[1], "name = lower Ulid customers.name");
    assert_eq!(columns(&movements[2])[1], "name = Uuid customers#2.name");
}

#[test]
fn the_key_must_be_one_that_the_database_keeps() {
    let loose = "CREATE TABLE persons (id INTEGER PRIMARY KEY, email TEXT, name TEXT, changed TEXT)";
    let error = refused(&merge(""), &[CUSTOMERS, CRM, loose]);
    let index = "CREATE UNIQUE INDEX \"persons_by_email\" ON \"persons\" (\"email\")";
    assert_refused(&error, codes::NO_KEY, 4, index);
    assert!(lowered(&merge(""), &[CUSTOMERS, CRM, loose, index]).is_ok(), "the hint is the way out");
    let partial = "CREATE UNIQUE INDEX p ON persons (email) WHERE name IS NOT NULL";
    assert_eq!(refused(&merge(""), &[CUSTOMERS, CRM, loose, partial]).code(), codes::NO_KEY);
    let wider = "CREATE UNIQUE INDEX p ON persons (email, name)";
    assert_eq!(refused(&merge(""), &[CUSTOMERS, CRM, loose, wider]).code(), codes::NO_KEY);
    let error = refused(&merge("").replace("key = [\"email\"]", "key = [\"emial\"]"), &[CUSTOMERS, CRM, PERSONS]);
    assert_refused(&error, codes::UNKNOWN_TABLE, 4, "was email meant?");
    let error = refused(&merge("").replace("email = \"email\", ", ""), &[CUSTOMERS, CRM, PERSONS]);
    assert_eq!(error.code(), codes::BAD_COLUMN);
    let keyless = PERSONS.replace("email TEXT NOT NULL UNIQUE", "email TEXT UNIQUE");
    let error = refused(&merge("").replace("email = \"email\", ", ""), &[CUSTOMERS, CRM, &keyless]);
    assert_refused(&error, codes::BAD_COLUMN, 10, "email is of the merge's key");
}

#[test]
fn what_it_touches_is_seen_before_anything_is_lowered() {
    let step = step(&merge("")).unwrap();
    let touches = step.declared.touches(&step, "sqlite", &*reader(&[CUSTOMERS, CRM, PERSONS])).unwrap();
    let spots = |spots: &crate::touch::Spots| spots.iter().map(|spot| spot.to_string()).collect::<Vec<_>>().join(" ");
    assert_eq!(spots(&touches.writes), "persons.*");
    assert_eq!(
        spots(&touches.reads),
        "crm.active crm.mail crm.no crm.seen customers.changed customers.email customers.id customers.name"
    );
}

#[test]
fn a_key_is_given_anew_only_where_it_is_the_one_rows_are_the_same_by() {
    let error = refused(&merge("on_conflict = { new_key = \"id\" }"), &[CUSTOMERS, CRM, PERSONS]);
    assert_refused(&error, codes::BAD_VALUE, 4, "rows with the same email would still be one");
    let email = NewKey { column: "email".to_owned(), made: Made::Ulid };
    let found = lowered(&merge("on_conflict = { new_key = \"Email\" }"), &[CUSTOMERS, CRM, PERSONS]).unwrap();
    assert!(found.iter().all(|movement| movement.write == Write::Insert(Conflict::NewKey(email.clone()))));
}

#[test]
fn a_part_reads_a_table_or_a_source_that_is_declared() {
    let toml = merge("").replace("table = \"crm\"", "source = \"crm\"");
    assert_refused(&step(&toml).unwrap_err(), codes::BAD_VALUE, 14, "this file declares no source crm");
    let toml = merge("").replace("table = \"crm\"", "table = { source = \"crm\" }");
    assert_refused(&step(&toml).unwrap_err(), codes::WRONG_TYPE, 14, "takes a name");
    let both = "[source.crm]\nversion = 1\ncolumns = [\"email\"]\n".to_owned() + &merge("");
    let error = step(&both.replace("table = \"crm\"", "table = \"crm\"\nsource = \"crm\"")).unwrap_err();
    assert_refused(&error, codes::UNKNOWN_KEY, 17, "a part reads one of the two");
}

#[test]
fn b04_what_does_not_belong_is_refused_at_its_line() {
    let bad = |toml: &str| step(toml).unwrap_err();
    let head = "[[merge]]\nid = \"people\"\ninto = \"persons\"\nkey = [\"email\"]\n";
    assert_refused(&bad(head), codes::MISSING_KEY, 4, "`merge` needs `from`");
    let error = bad(&format!("{head}from = \"customers\"\n"));
    assert_refused(&error, codes::WRONG_TYPE, 8, "write [[merge.from]] with two brackets");
    assert_refused(&bad(&format!("{head}from = [\"a\", \"b\"]\n")), codes::WRONG_TYPE, 8, "[[merge.from]]");
    assert_refused(&bad(&format!("{head}from = []\n")), codes::BAD_VALUE, 8, "at least one");
    assert_refused(&bad(&format!("{head}[merge.from]\ntable = \"a\"\n")), codes::WRONG_TYPE, 8, "two brackets");
    let error = bad(&merge("").replace("table = \"crm\"", "tabel = \"crm\""));
    assert_refused(&error, codes::MISSING_KEY, 13, "`merge.from` needs `table`");
    let error = bad(&merge("").replace("where = \"active\"", "wehre = \"active\""));
    assert_refused(&error, codes::UNKNOWN_KEY, 15, "did you mean `where`?");
    assert_refused(&bad(&merge("form = 1")), codes::UNKNOWN_KEY, 8, "did you mean `from`?");
    let error = bad(&merge("").replace("table = \"crm\"", "table = \"Persons\""));
    assert_refused(&error, codes::BAD_VALUE, 13, "its rows are there already");
    let error = bad(&merge("").replace("key = [\"email\"]\n", ""));
    assert_refused(&error, codes::MISSING_KEY, 4, "key = [\"email\"]");
    assert_refused(&bad(&merge("columns = { email = \"email\" }")), codes::UNKNOWN_KEY, 8, "merge.columns");
}

#[test]
fn a_key_that_slid_into_a_part_is_said() {
    let head = "[[merge]]\nid = \"people\"\ninto = \"persons\"\n";
    let key = "key = [\"email\"]\n";
    for slid in ["on_conflict = \"skip\"", "id = \"x\"", "undo = \"none\"", "max_rejects = 3"] {
        let toml = format!("{head}{key}[[merge.from]]\ntable = \"crm\"\n{slid}\ncolumns = {{ email = \"mail\" }}\n");
        let error = step(&toml).unwrap_err();
        assert_refused(&error, codes::UNKNOWN_KEY, 10, "belongs to `merge`, not to a part of it");
    }
    let error = step(&format!("{head}[[merge.from]]\ntable = \"crm\"\n{key}")).unwrap_err();
    assert_refused(&error, codes::MISSING_KEY, 4, "`key` of line 9 belongs to [[merge.from]]");
    let below = |slid: &str| {
        let columns = format!("[merge.from.columns]\nemail = \"mail\"\n{slid}\n");
        step(&format!("{head}{key}[[merge.from]]\ntable = \"crm\"\n{columns}")).unwrap_err()
    };
    assert_refused(&below("where = \"active\""), codes::UNKNOWN_KEY, 12, "write it above [merge.from.columns]");
    assert_refused(&below("on_conflict = \"skip\""), codes::UNKNOWN_KEY, 12, "write it above [merge.from], ");
    let missing = step(&format!("{head}{key}[[merge.from]]\n[merge.from.columns]\ntable = \"crm\"\n")).unwrap_err();
    assert_refused(&missing, codes::MISSING_KEY, 8, "`table` of line 10");
}
