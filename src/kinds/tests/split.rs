//! `split`, read and lowered, with its links and checks.

use super::*;
use crate::error::codes;

const USERS: &str =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, street TEXT, kind TEXT)";
const PEOPLE: &str = "CREATE TABLE people (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, email TEXT)";
const ADDRESSES: &str = "CREATE TABLE addresses (person_id TEXT NOT NULL PRIMARY KEY, street TEXT)";
const ALL: [&str; 3] = [USERS, PEOPLE, ADDRESSES];

/// A split of users; the piece with the link stands first.
fn split(keys: &str, id: &str) -> String {
    format!(
        r#"[[split]]
id = "names"
from = "users"
{keys}
[[split.into]]
table = "addresses"
when = "street IS NOT NULL -- some"
columns = {{ person_id = {{ link = "People.ID", apply = ["lower"] }}, street = "street" }}
[[split.into]]
table = "people"
[split.into.columns]
id = {id}
name = "name"
"#
    )
}

fn of(keys: &str, id: &str) -> Vec<Movement> {
    lowered(&split(keys, id), &ALL).unwrap()
}

#[test]
fn pieces_come_behind_those_they_link_to_and_agree_with_them() {
    let movements = of("where = \"kind = 'x'\"", "\"'P' || id\"");
    assert_eq!(movements.iter().map(|movement| &*movement.into).collect::<Vec<_>>(), ["people", "addresses"]);
    assert!(movements.iter().all(|movement| movement.from.table == "users"));
    assert_eq!(movements[0].from.filter.as_deref(), Some("kind = 'x'"));
    assert_eq!(movements[1].from.filter.as_deref(), Some("(kind = 'x'\n) AND (street IS NOT NULL -- some\n)"));
    assert_eq!(columns(&movements[0]), ["id = ('P' || id)", "name = (name)"]);
    assert_eq!(columns(&movements[1]), ["person_id = lower ('P' || id)", "street = (street)"]);
    assert_eq!(undo(&movements), ["derive", "derive"], "the keys of both follow from the source");
}

#[test]
fn a_made_value_has_the_label_of_the_piece_that_owns_it() {
    let movements = of("", "{ new = \"ulid\" }");
    assert_eq!(columns(&movements[0])[0], "id = Ulid people.id");
    assert_eq!(columns(&movements[1])[0], "person_id = lower Ulid people.id");
    assert_eq!(undo(&movements), ["journal", "journal"], "what was made is not made again in another run");
    assert!(movements.iter().all(|movement| movement.from.key.is_empty()), "id may be NULL by its declaration");
    let strict = USERS.replace("id INTEGER", "id INTEGER NOT NULL");
    let movements = lowered(&split("", "{ new = \"ulid\" }"), &[&strict, PEOPLE, ADDRESSES]).unwrap();
    assert!(movements.iter().all(|movement| movement.from.key == ["id"]));
}

#[test]
fn links_lead_to_each_kind_of_value() {
    for (id, value) in [
        ("{ from = \"email\" }", "lower email"),
        ("{ value = \"one\" }", "lower one"),
        ("{ from = \"name\", apply = [\"trim\"] }", "lower trim name"),
        ("{ apply = [\"trim\"] }", "lower trim id"),
    ] {
        assert_eq!(columns(&of("", id)[1])[0], format!("person_id = {value}"));
    }
}

#[test]
fn without_links_the_pieces_stay_as_they_are_written() {
    let toml = "[[split]]\nid = \"s\"\nfrom = \"users\"\n[[split.into]]\ntable = \"people\"\nwhen = \"kind = 'p'\"\n\
                [[split.into]]\ntable = \"addresses\"\ncolumns = { person_id = \"id\" }\nkey = \"name\"\n";
    let movements = lowered(toml, &ALL).unwrap();
    assert_eq!(columns(&movements[0]), ["id = id", "name = name", "email = email"], "all of the same name");
    assert_eq!((&*movements[0].from.key, &*movements[1].from.key), (&["id".to_owned()][..], &["name".to_owned()][..]));
    let walked = lowered(&toml.replace("from = ", "key = [\"email\"]\nfrom = "), &ALL).unwrap();
    assert_eq!((&*walked[0].from.key, &*walked[1].from.key), (&["email".to_owned()][..], &["name".to_owned()][..]));
    let error =
        refused(&toml.replace("kind = 'p'", "kind = 'p') OR (1").replace("from = ", "where = \"1\"\nfrom = "), &ALL);
    assert_refused(&error, codes::BAD_EXPRESSION, 10, "not one SQL expression");
}

#[test]
fn two_pieces_of_one_table_make_values_of_their_own() {
    let piece = "[[split.into]]\ntable = \"people\"\ncolumns = { id = { new = \"uuid\" }, name = \"name\" }\n";
    let movements = lowered(&format!("[[split]]\nid = \"s\"\nfrom = \"users\"\n{piece}{piece}"), &ALL).unwrap();
    assert_eq!(columns(&movements[0])[0], "id = Uuid people.id");
    assert_eq!(columns(&movements[1])[0], "id = Uuid people#2.id");
}

#[test]
fn by_when_nothing_may_be_lost() {
    let checks = |toml: &str| {
        let step = step(toml).unwrap();
        step.declared.checks(&step, "sqlite").unwrap()
    };
    assert!(checks(&split("", "\"id\"")).is_empty(), "a piece without a condition takes every row");
    let all =
        split("where = \"name <> ''\"", "\"id\"").replace("table = \"people\"", "table = \"people\"\nwhen = \"kind\"");
    let found: Vec<_> = checks(&all).into_iter().map(|check| (check.name, check.sql.any.unwrap())).collect();
    let from = "SELECT count(*) FROM \"users\" WHERE (name <> ''\n)";
    let (nowhere, there) = ("(kind\n) IS NOT TRUE", "(street IS NOT NULL -- some\n)");
    let expected = [
        ("every selected row of users goes into a piece", format!("{from} AND {nowhere} AND {there} IS NOT TRUE")),
        (
            "every row of addresses has the row of people that it links to",
            format!("{from} AND {nowhere} AND {there} IS TRUE"),
        ),
    ];
    assert_eq!(found, expected.map(|(name, sql)| (name.to_owned(), sql)));
    for (_, sql) in found {
        reader(&ALL).question(&sql, &Text::new("x", "")).unwrap();
    }
}

#[test]
fn a_link_that_leads_nowhere_is_refused_at_its_line() {
    let bad = |toml: String| step(&toml).unwrap_err();
    let linked = |link: &str| split("", "\"id\"").replace("People.ID", link);
    assert_refused(&bad(linked("peple.id")), codes::BAD_COLUMN, 11, "was people meant?");
    assert_refused(&bad(linked("people.no")), codes::BAD_COLUMN, 11, "gives its column no no value");
    assert_refused(&bad(linked("addresses.street")), codes::BAD_COLUMN, 11, "leads to its own piece");
    let circle = split("", "{ link = \"addresses.street\" }").replace("People.ID", "people.name");
    assert_refused(&bad(circle), codes::BAD_COLUMN, 11, "in a circle: addresses, people");
    let further = "[[split.into]]\ntable = \"notes\"\ncolumns = { address = { link = \"addresses.person_id\" } }\n";
    assert_refused(
        &bad(split("", "\"id\"") + further),
        codes::BAD_COLUMN,
        19,
        "link = \"People.ID\" leads to the same",
    );
    let twice = "[[split.into]]\ntable = \"people\"\ncolumns = { id = \"-id\", name = \"name\" }\n";
    assert_refused(&bad(split("", "\"id\"") + twice), codes::BAD_COLUMN, 11, "may lead to several pieces");
    let walks =
        split("", "{ new = \"ulid\" }").replace("table = \"addresses\"", "table = \"addresses\"\nkey = \"name\"");
    assert_refused(&bad(walks), codes::BAD_COLUMN, 12, "walks by another");
    let generated = split("", "\"id\"").replace("id = \"id\"\n", "");
    assert_refused(&bad(generated), codes::BAD_COLUMN, 11, "{ new = \"ulid\" }");
}

#[test]
fn a_link_to_what_may_change_or_stay_away_is_refused() {
    let bad = |keys: &str, id: &str, schema: &[&str]| refused(&split(keys, id), schema);
    for id in ["\"random()\"", "\"(SELECT count(*) FROM people)\"", "{ from = \"name\", apply = [\"trim\"] }"] {
        let steady = id.starts_with('{');
        let made = lowered(&split("", id), &ALL);
        assert_eq!(made.is_ok(), steady, "{id}");
        if let Err(error) = made {
            assert_refused(&error, codes::BAD_COLUMN, 11, "each time it is computed");
        }
    }
    let trimmed = "{ from = \"email\", apply = [\"trim\"] }";
    let error = bad("on_invalid = \"skip\"", trimmed, &ALL);
    assert_refused(&error, codes::BAD_VALUE, 11, "a row that people leaves out would be linked to all the same");
    assert!(lowered(&split("on_invalid = \"skip\"", "\"id\""), &ALL).is_ok());
    let unique = PEOPLE.replace("email TEXT", "email TEXT UNIQUE");
    let error = bad("on_conflict = \"skip\"", "\"id\"", &[USERS, &unique, ADDRESSES]);
    assert_refused(&error, codes::BAD_VALUE, 11, "there already by email keeps its own id");
    assert!(lowered(&split("on_conflict = \"skip\"", "\"id\""), &ALL).is_ok(), "who is there already is who is meant");
}

#[test]
fn a_derived_way_back_that_cannot_be_is_refused_at_its_piece() {
    let error = refused(&split("undo = \"derive\"", "{ new = \"ulid\" }"), &ALL);
    assert_refused(&error, codes::BAD_VALUE, 12, "undo = \"derive\" needs a key");
    let by_hand: Vec<Undo> =
        of("undo = { sql = \"DELETE FROM people\" }", "\"id\"").into_iter().map(|movement| movement.undo).collect();
    assert_eq!(by_hand, [Undo::Sql("DELETE FROM people".into()), Undo::Sql(String::new())]);
}

#[test]
fn b04_what_does_not_belong_is_refused_at_its_line() {
    let bad = |toml: &str| step(toml).unwrap_err();
    let head = "[[split]]\nid = \"names\"\nfrom = \"users\"\n";
    assert_refused(&bad(head), codes::MISSING_KEY, 4, "`split` needs `into`");
    assert_refused(&bad(&format!("{head}into = \"people\"\n")), codes::WRONG_TYPE, 7, "write [[split.into]]");
    let outside = bad(&split("", "\"id\"").replace("from = \"users\"", "from = { source = \"crm\" }"));
    assert_refused(&outside, codes::BAD_VALUE, 6, "this file declares no source crm");
    let piece = |keys: &str| bad(&format!("{head}[[split.into]]\ntable = \"people\"\n{keys}\n"));
    assert_refused(&piece("whn = \"x\""), codes::UNKNOWN_KEY, 9, "did you mean `when`?");
    assert_refused(&piece("where = \"x\""), codes::UNKNOWN_KEY, 9, "belongs to `split`");
    assert_refused(&piece("undo = \"none\""), codes::UNKNOWN_KEY, 9, "belongs to `split`");
    let below = |slid: &str| piece(&format!("[split.into.columns]\nid = \"id\"\n{slid}"));
    assert_refused(&below("when = \"street IS NOT NULL\""), codes::UNKNOWN_KEY, 11, "above [split.into.columns]");
    assert_refused(&below("where = \"kind = 'x'\""), codes::UNKNOWN_KEY, 11, "above [split.into], ");
    assert_refused(&piece("key = [\"a\", \"a\"]"), codes::BAD_VALUE, 9, "each once");
    assert_eq!(bad(&format!("{head}[[split.into]]\ntable = \"evolve_x\"\n")).code(), codes::BAD_NAME);
}

#[test]
fn a_link_to_a_key_that_may_be_given_anew_is_refused() {
    let tables = [
        "CREATE TABLE s (id INTEGER PRIMARY KEY)",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER UNIQUE)",
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER)",
    ];
    let split = |rule: &str| {
        format!(
            "[[split]]\nid = \"x\"\nfrom = \"s\"\n{rule}\n[[split.into]]\ntable = \"a\"\ncolumns = {{ id = \"id\" }}\n\
             [[split.into]]\ntable = \"b\"\ncolumns = {{ id = \"id\", a = {{ link = \"a.id\" }} }}\n"
        )
    };
    let error = refused(&split("on_conflict = { new_key = \"id\" }"), &tables);
    assert_refused(&error, codes::BAD_VALUE, 13, "a.id may be given anew");
}
