use super::*;
use crate::error::Code;

fn error_of<T: std::fmt::Debug>(toml: &str, read: impl Fn(&mut Fields<'_>) -> Result<T>) -> Error {
    let text = Text::new("plans/x.toml", toml);
    let document = match Document::parse(&text) {
        Ok(document) => document,
        Err(error) => return error,
    };
    let mut fields = document.fields();
    read(&mut fields).and_then(|_| fields.finish()).unwrap_err()
}

fn code_of(toml: &str) -> &'static Code {
    error_of(toml, |fields| fields.required_name("a")).code()
}

fn place_of(error: &Error) -> (usize, usize) {
    let place = error.place().unwrap();
    (place.line, place.column)
}

#[test]
fn values_are_read_and_the_order_is_the_written_one() {
    let text = Text::new("x.toml", "z = 'one'\ny = [1, 2]\nx.w = true\n[[t]]\na = 1.50\n[[t]]\n");
    let document = Document::parse(&text).unwrap();
    let mut fields = document.fields();
    assert_eq!(fields.text("z").unwrap().as_deref(), Some("one"));
    let rest = fields.entries();
    assert_eq!(rest.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["y", "x", "t"]);
    assert_eq!(rest[0].1.list().unwrap()[1].integer().unwrap(), 2);
    assert_eq!(rest[1].1.fields().unwrap().boolean("w").unwrap(), Some(true));
    let tables = rest[2].1.list().unwrap();
    assert_eq!(tables[0].fields().unwrap().take("a").unwrap().number_text().unwrap(), "1.50");
    assert_eq!((tables[0].place().line, tables[1].place().line), (4, 6));
    fields.finish().unwrap();
}

#[test]
fn sql_is_for_all_engines_or_by_engine() {
    let text = Text::new("x.toml", "a = 'x > 1'\nb = { sqlite = 's', postgres = 'p' }\nc = { sqlite = 's' }\n");
    let document = Document::parse(&text).unwrap();
    let mut fields = document.fields();
    assert_eq!(fields.required_sql("a").unwrap().of("postgres").unwrap(), "x > 1");
    let both = fields.required_sql("b").unwrap();
    assert_eq!((both.of("sqlite").unwrap(), both.of("postgres").unwrap()), ("s", "p"));
    let one = fields.required_sql("c").unwrap().of("postgres").unwrap_err();
    assert_eq!((one.code(), place_of(&one)), (codes::BAD_VALUE, (3, 5)));
    let wrong = error_of("a = { sqlit = 's' }", |fields| fields.required_sql("a"));
    assert_eq!(wrong.hint_text(), Some("did you mean `sqlite`?"));
    assert_eq!(error_of("a = {}", |fields| fields.required_sql("a")).code(), codes::BAD_VALUE);
}

#[test]
fn b01_deep_nesting_is_an_error_and_no_overflow() {
    let deep = 20_000;
    for toml in [
        format!("a = {}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("a = {}1{}", "{ a = ".repeat(deep), " }".repeat(deep)),
        format!("a{} = 1", ".a".repeat(deep)),
        format!("[a{}]", ".a".repeat(deep)),
    ] {
        assert_eq!(code_of(&toml), codes::NOT_TOML);
    }
}

#[test]
fn b02_many_keys_are_read_and_a_huge_line_is_refused() {
    let many: String = (0..100_000).map(|at| format!("k{at} = {at}\n")).collect();
    let text = Text::new("x.toml", many);
    assert_eq!(Document::parse(&text).unwrap().fields().entries().len(), 100_000);
    assert_eq!(code_of(&format!("a = '{}'", "x".repeat(2 << 20))), codes::TOO_LARGE);
}

#[test]
fn b04_an_unknown_key_names_the_nearest() {
    let read = |fields: &mut Fields<'_>| {
        let mut batch = fields.fields("batch")?.unwrap();
        batch.integer("rows", 1..=9)?;
        batch.text("target")?;
        batch.elsewhere("dir", "`dir` stands under [restore_points]");
        batch.finish()
    };
    let error = error_of("[batch]\ntarget = 'x'\nrwos = 1\n", read);
    assert_eq!((error.code(), error.message()), (codes::UNKNOWN_KEY, "unknown key `batch.rwos`"));
    assert_eq!((error.hint_text(), place_of(&error)), (Some("did you mean `rows`?"), (3, 1)));
    let error = error_of("[batch]\ndir = 'x'\n", read);
    assert_eq!(error.hint_text(), Some("`dir` stands under [restore_points]"));
    assert_eq!(error_of("[batch]\nbanana = 1\n", read).hint_text(), Some("known here: rows, target"));
}

#[test]
fn b05_wrong_missing_and_blank_values_say_what_was_expected() {
    let error = error_of("[t]\na = 5", |fields| fields.fields("t")?.unwrap().required_text("a"));
    assert_eq!((error.code(), error.message()), (codes::WRONG_TYPE, "`t.a` takes a string, not an integer"));
    assert_eq!(place_of(&error), (2, 5));
    let error = error_of("[t]\n", |fields| fields.fields("t")?.unwrap().required_text("a"));
    assert_eq!((error.code(), error.message()), (codes::MISSING_KEY, "`t` needs `a`"));
    assert_eq!(error_of("a = ' '", |fields| fields.required_text("a")).code(), codes::BAD_VALUE);
    let error = error_of("a = 'yse'", |fields| fields.choice("a", &[("yes", 1), ("no", 0)]));
    assert_eq!((error.message(), error.hint_text()), ("`a` takes \"yes\" or \"no\"", Some("did you mean \"yes\"?")));
}

#[test]
fn a_key_that_slid_into_a_table_below_is_said() {
    let error = error_of("[t]\n[t.columns]\nfrom = 'x'\n", |fields| fields.fields("t")?.unwrap().required_name("from"));
    assert!(error.hint_text().unwrap().contains("`from` of line 3 belongs to the table `t.columns`"), "{error:?}");
}

#[test]
fn b07_a_lone_carriage_return_is_no_line_end() {
    assert_eq!(code_of("a = 'x'\rb = 1"), codes::NOT_TOML);
}

#[test]
fn b08_an_escaped_nul_is_refused_in_texts_and_names() {
    assert_eq!(code_of("a = \"x\\u0000y\""), codes::BAD_NAME);
    assert_eq!(error_of("a = \"x\\u0000y\"", |fields| fields.text("a")).code(), codes::BAD_VALUE);
    assert_eq!(code_of("a = 'x\0'"), codes::NOT_TOML);
}

#[test]
fn b10_a_name_in_decomposed_letters_is_refused() {
    assert_eq!(code_of("a = \"re\u{301}sume\u{301}\""), codes::BAD_NAME);
    assert!(check_name("r\u{e9}sum\u{e9}").is_ok());
}

#[test]
fn b11_an_integer_out_of_range_names_the_range() {
    for value in ["0", "-1", "9_000_000_000_000_000_000", "9223372036854775808", "0xffffffffffffffffff"] {
        let error = error_of(&format!("a = {value}"), |fields| fields.integer("a", 1..=100));
        assert_eq!(
            (error.code(), error.message()),
            (codes::BAD_VALUE, "`a` takes an integer from 1 to 100"),
            "{value}"
        );
    }
}

#[test]
fn b13_dates_that_are_none_are_refused_and_dates_are_no_strings() {
    assert_eq!(code_of("a = 2023-02-30"), codes::NOT_TOML);
    let error = error_of("a = 2024-02-29T23:59:60Z", |fields| fields.text("a"));
    assert_eq!(error.message(), "`a` takes a string, not a datetime");
}

#[test]
fn b14_names_that_can_be_quoted_are_names() {
    for name in ["order", "1st", "a\"b", "a`b", "x]", "a;--", "Größe", "🎉", "a b"] {
        assert!(check_target(name).is_ok(), "{name}");
    }
    for name in ["", " a", "a ", "a\nb", "a\tb", "a\0", &"x".repeat(256)] {
        assert_eq!(check_name(name).unwrap_err().code(), codes::BAD_NAME, "{name:?}");
    }
    for name in ["sqlite_sequence", "SQLite_stat1", "evolve_runs", "Evolve_x", "refinery_schema_history"] {
        assert!(check_name(name).is_ok());
        assert_eq!(check_target(name).unwrap_err().code(), codes::BAD_NAME, "{name}");
    }
    for name in ["", "1a", "a b", "a.b", "ä", "-a", &"x".repeat(65), "a\nb"] {
        assert_eq!(check_identifier(name).unwrap_err().code(), codes::BAD_NAME, "{name:?}");
    }
    assert!(["kb_to_incidents", "a-b", "_x1", &"x".repeat(64)].iter().all(|name| check_identifier(name).is_ok()));
}

#[test]
fn b40_git_conflict_markers_are_named_with_their_line() {
    let error = error_of("a = 1\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> x\n", |_| Ok(()));
    assert_eq!(error.code(), codes::NOT_TOML);
    assert!(error.hint_text().unwrap().contains("line 2 is a conflict marker"));
}

#[test]
fn duplicate_keys_are_refused() {
    assert_eq!(code_of("a = 'x'\na = 'y'\n"), codes::NOT_TOML);
}

#[test]
fn s01_evolve_toml_shows_no_value() {
    for toml in [
        "webhok = \"https://canary\"\n",
        "a = \"canary\n",
        "a = \"\"\"\nhttps://canary\n",
        "a = \"canary\" b\n",
        "a = { b = \"canary\" \n",
        "a = \"\"\"x\ncanary\"\"\" y\n",
        "[a]\nb = 1\n\"canary",
        "a = canary\n",
    ] {
        let text = Text::new("evolve.toml", toml);
        let error = match Document::parse_secretive(&text) {
            Ok(document) => document.fields().finish().unwrap_err(),
            Err(error) => error,
        };
        let all = format!("{error} {error:?} {:?}", error.place().map(|place| &place.excerpt));
        assert!(!all.contains("canary"), "{toml}: {all}");
    }
}

#[test]
fn places_are_right_in_a_part_of_a_text() {
    let text = Text::new("V1__a.sql", "-- x\n-- evolve: needs = 5\n");
    let document = Document::parse_part(&text, 16..text.text.len()).unwrap();
    let error = document.fields().identifiers("needs").unwrap_err();
    assert_eq!(place_of(&error), (2, 20));
}
