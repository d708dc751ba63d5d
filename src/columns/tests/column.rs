//! How a column is declared, and what it becomes.

use super::{column, declared};
use crate::columns::{New, Origin};
use crate::error::{Error, codes};
use crate::movement::Formula;
use crate::value::Value;

fn refused(line: &str) -> Error {
    declared(line).expect_err(line)
}

#[test]
fn each_origin_is_read() {
    let origin = |toml: &str| column(toml).unwrap().origin;
    assert!(matches!(declared("x = \"'KB-' || id\"").unwrap().origin, Origin::Expression(_)));
    assert!(matches!(declared("x = { sqlite = \"a\", postgres = \"b\" }").unwrap().origin, Origin::Expression(_)));
    assert!(matches!(origin("from = \"a b\""), Origin::From(name) if name == "a b"));
    assert!(matches!(origin("value = true"), Origin::Value(Value::Integer(1))));
    assert!(matches!(origin("sql = \"a + 1\", cast = \"text\""), Origin::Sql(_)));
    assert!(matches!(origin("new = \"uuid\""), Origin::New(New::Uuid)));
    assert!(matches!(origin("link = \"people.id\""), Origin::Link(link) if link == "people.id"));
    assert!(matches!(origin("apply = [\"trim\"]"), Origin::Whole));
}

#[test]
fn functions_are_called_in_the_order_of_the_design_however_written() {
    let made =
        column(r#"required = true, default = "none", cast = "text", map = { 1 = 7 }, apply = ["trim"]"#).unwrap();
    let names: Vec<_> = made.functions.iter().map(|function| function.name()).collect();
    assert_eq!(names, ["trim", "map", "cast", "default", "required"]);
    assert_eq!(made.call(Value::Text(" 1 ".into())), Ok(Value::Text("7".into())));
    assert_eq!(made.call(Value::Null), Ok(Value::Text("none".into())));
    assert_eq!(made.call(Value::Text("2".into())).unwrap_err().function, "map");
}

#[test]
fn a_formula_wraps_its_origin() {
    let formula = |toml: &str| column(toml).unwrap().formula("x", "sqlite");
    assert!(matches!(formula("apply = []"), Ok(Formula::Column(name)) if name == "x"));
    assert!(matches!(formula("from = \"a\""), Ok(Formula::Column(name)) if name == "a"));
    let Ok(Formula::Call(outer, inner)) = formula(r#"from = "a", apply = ["trim", "upper"]"#) else { panic!() };
    assert_eq!(outer.name(), "upper");
    assert!(
        matches!(*inner, Formula::Call(trim, inner) if trim.name() == "trim" && matches!(*inner, Formula::Column(_)))
    );
}

#[test]
fn a_constant_is_worked_out_once_and_refused_early() {
    let formula = |toml: &str| column(toml).unwrap().formula("x", "sqlite");
    let made = formula(r#"value = "a", apply = ["upper"]"#).unwrap();
    assert!(matches!(made, Formula::Constant(Value::Text(text)) if text == "A"));
    assert_eq!(formula(r#"value = "12abc", cast = "integer""#).unwrap_err().code().id, codes::BAD_COLUMN.id);
}

#[test]
fn a_json_pointer_begins_with_a_column_and_leads_on_into_it() {
    let formula = |from: &str| column(&format!("from = \"{from}\"")).unwrap().formula("x", "sqlite");
    let Ok(Formula::Call(get, inner)) = formula("/owner/first name/0") else { panic!() };
    assert!(matches!(*inner, Formula::Column(name) if name == "owner"));
    let owner = Value::Text("{\"first name\":[\"Ann\"]}".to_owned());
    assert_eq!(get.call(owner).unwrap(), Value::Text("Ann".to_owned()));
    assert!(matches!(formula("/a~1b~0").unwrap(), Formula::Column(name) if name == "a/b~"));
    for wrong in ["/", "//a", "/a~2"] {
        assert_eq!(formula(wrong).unwrap_err().code().id, codes::BAD_COLUMN.id, "{wrong}");
    }
}

#[test]
fn a_made_value_is_labelled_and_a_link_is_known_to_a_split_only() {
    let made = column("new = \"ulid\", apply = [\"lower\"]").unwrap();
    let Ok(Formula::Call(_, inner)) = made.formula("x", "sqlite") else { panic!() };
    assert!(matches!(&*inner, Formula::New(New::Ulid, label) if label == "x"));
    let link = column("link = \"people.id\", apply = [\"lower\"]").unwrap();
    assert_eq!(link.formula("x", "sqlite").unwrap_err().code().id, codes::BAD_COLUMN.id);
    assert!(matches!(link.upon(Formula::Column("id".into())), Formula::Call(lower, _) if lower.name() == "lower"));
}

#[test]
fn an_unknown_key_or_word_names_the_nearest() {
    for (toml, near) in [
        ("aply = [\"trim\"]", "apply"),
        ("apply = [\"trimm\"]", "trim"),
        ("apply = [{ split_prat = [\" \", 1] }]", "split_part"),
        ("cast = \"intger\"", "integer"),
        ("is = \"emial\"", "email"),
        ("parse = \"iso8061\"", "iso8601"),
        ("apply = [{ round = [2, \"halfup\"] }]", "half_up"),
        ("new = \"uuidd\"", "uuid"),
    ] {
        let error = column(toml).expect_err(toml);
        assert!(error.hint_text().is_some_and(|hint| hint.contains(near)), "{toml}: {error} {:?}", error.hint_text());
        assert_eq!(error.place().unwrap().line, 1);
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for toml in [
        "from = \"a\", value = 1",
        "from = \"\"",
        "value = nan",
        "value = [1]",
        "value = 2024-05-01",
        "else = 1",
        "map = [1]",
        "map = { a = [1] }",
        "apply = \"trim\"",
        "apply = [\"split_part\"]",
        "apply = [{ trim = 1 }]",
        "apply = [{ split_part = [\" \", 0] }]",
        "apply = [{ split_part = [\"\", 1] }]",
        "apply = [{ split_part = [\" \"] }]",
        "apply = [{ replace = [\"a\", \"$1\"] }]",
        "apply = [{ json_get = \"a\" }]",
        "apply = [{ round = [99, \"up\"] }]",
        "apply = [{ pad_left = [4, \"00\"] }]",
        "apply = [{ upper = 1, trim = 1 }]",
        "apply = [{ }]",
        "parse = \"%H:%M\"",
        "parse = \"%Y-%m-%d %H:%M\"",
        "parse = { as = \"iso8601\", zone = \"Mars/Olympus\" }",
        "parse = { as = \"iso8601\", gap = \"later\" }",
        "parse = { as = \"unix_s\", zone = \"UTC\" }",
        "parse = { as = \"unix_s\", leap = \"later\" }",
        "render = { as = \"iso8601\", leap = \"later\" }",
        "parse = { as = \"iso8601\", zone = \"CEST\" }",
        "parse = \"%Y-%m-%d %H:%M %Z\"",
        "parse = { zone = \"UTC\" }",
        "parse = { as = \"iso8601\", zone = \"UTC\", zonne = 1 }",
        "render = { as = \"iso8601\", zone = \"UTC\", gap = \"later\" }",
        "render = \"%!\"",
        "length = [3, 1]",
        "length = [-1, 1]",
        "one_of = []",
        "min = [1]",
        "required = 1",
        "link = \"people\"",
    ] {
        assert!(column(toml).is_err(), "{toml}");
    }
    assert_eq!(refused("x = 1").code().id, codes::WRONG_TYPE.id);
}
