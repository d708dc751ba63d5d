use super::*;
use crate::catalog::testing::project;

fn listed(pairs: &[(&'static str, &'static str)]) -> Result<Vec<Migration>> {
    list(&project(pairs)?)
}

fn one(text: &'static str) -> Migration {
    listed(&[("migrations/V1__a.sql", text)]).unwrap().remove(0)
}

fn code(pairs: &[(&'static str, &'static str)]) -> &'static crate::error::Code {
    listed(pairs).unwrap_err().code()
}

#[test]
fn migrations_come_by_version_with_twins_and_reverses() {
    let all = listed(&[
        ("migrations/V10__c.sql", "SELECT 10"),
        ("migrations/V9__b.sql", "SELECT 9"),
        ("migrations/V9__b.postgres.sql", "SELECT 'nine'"),
        ("migrations/V9__b.down.sql", "SELECT -9"),
        ("migrations/V9__b.down.postgres.sql", "SELECT 'minus nine'"),
        ("migrations/sub/U1__a.sql", "SELECT 1"),
    ])
    .unwrap();
    assert_eq!(all.iter().map(|migration| migration.id.as_str()).collect::<Vec<_>>(), ["U1", "V9", "V10"]);
    let nine = &all[1];
    assert_eq!(&*nine.script("sqlite").unwrap().text.text, "SELECT 9");
    assert_eq!(&*nine.script("postgres").unwrap().text.text, "SELECT 'nine'");
    assert_eq!(&*nine.script("postgres").unwrap().plain.text, "SELECT 9");
    assert_ne!(nine.script("sqlite").unwrap().digest, nine.script("postgres").unwrap().digest);
    assert_eq!(&*nine.down("postgres").unwrap().unwrap().text, "SELECT 'minus nine'");
    assert_eq!(&*nine.down("sqlite").unwrap().unwrap().text, "SELECT -9");
    assert!(all[2].down("sqlite").unwrap().is_none() && !all[2].has_down("sqlite"));
    assert_eq!(
        (nine.path.as_str(), nine.path_of("postgres")),
        ("migrations/V9__b.sql", "migrations/V9__b.postgres.sql")
    );
}

#[test]
fn b37_one_version_in_two_files_names_both() {
    for second in ["migrations/V01__b.sql", "migrations/V1__b.sql", "migrations/sub/V1__a.sql", "migrations/U1__a.sql"]
    {
        let error = listed(&[("migrations/V1__a.sql", ""), (second, "")]).unwrap_err();
        assert_eq!(error.code(), codes::DUPLICATE_VERSION);
        assert!(error.message().contains("V1__a.sql") && error.message().contains(second), "{error}");
    }
}

#[test]
fn b38_a_reverse_or_twin_without_its_migration_is_known_at_once() {
    let base = ("migrations/V1__a.sql", "SELECT 1");
    for other in [
        "migrations/V2__a.down.sql",
        "migrations/V1__b.down.sql",
        "migrations/V01__a.down.sql",
        "migrations/V2__a.postgres.sql",
    ] {
        assert_eq!(code(&[base, (other, "SELECT 1")]), codes::ORPHAN_DOWN, "{other}");
    }
    let error = listed(&[base, ("migrations/V1__aa.down.sql", "")]).unwrap_err();
    assert!(error.hint_text().unwrap().contains("V1__a.sql"), "{error:?}");
    assert_eq!(code(&[("migrations/sub/V1__a.down.sql", ""), base]), codes::ORPHAN_DOWN);
}

#[test]
fn repeatables_come_later() {
    assert_eq!(code(&[("migrations/R__summary.sql", "CREATE VIEW v AS SELECT 1")]), codes::NOT_YET);
}

#[test]
fn b26_a_file_without_a_statement_is_refused_and_a_careless_one_is_not() {
    for empty in ["", " \n", "-- only words", "/* words */ ;\n;", "-- evolve: transaction = none\n", "/* open"] {
        assert_eq!(one(empty).script("sqlite").unwrap_err().code(), codes::EMPTY_MIGRATION, "{empty}");
    }
    for full in ["SELECT 1", "SELECT 1;", "-- a\nSELECT 1 -- b", "/* a */ SELECT 1"] {
        assert!(one(full).script("sqlite").is_ok(), "{full}");
    }
    let both = listed(&[("migrations/V1__a.sql", "SELECT 1"), ("migrations/V1__a.down.sql", "--")]).unwrap();
    assert_eq!(both[0].down("sqlite").unwrap_err().code(), codes::EMPTY_MIGRATION);
}

#[test]
fn f109_the_digest_is_of_the_canonical_text_and_the_name() {
    let digest = |name: &'static str, text: &'static str| {
        listed(&[(name, text)]).unwrap()[0].script("sqlite").unwrap().digest.clone()
    };
    let plain = digest("migrations/V1__a.sql", "SELECT 1;\nSELECT 2;\n");
    assert_eq!(plain, digest("migrations/V1__a.sql", "\u{feff}SELECT 1;\r\nSELECT 2;\r\n"));
    assert_eq!(plain, digest("migrations/sub/V01__a.sql", "SELECT 1;\nSELECT 2;\n"));
    assert_ne!(plain, digest("migrations/V1__b.sql", "SELECT 1;\nSELECT 2;\n"));
    assert_ne!(plain, digest("migrations/V1__a.sql", "SELECT 1;\nSELECT 2;"));
    assert!(plain.starts_with("sha256:"));
}

#[test]
fn directives_are_read_at_the_head() {
    let migration =
        one("/* licence */\n-- evolve: transaction = none\n--evolve: needs = [\"V2\", \"kb_to_incidents\"]  \n\n\
         -- evolve: allow = { R102 = \"small table\" } # why\nSELECT '\n-- evolve: no = directive\n';\n");
    let directives = &migration.script("sqlite").unwrap().directives;
    assert!(directives.transaction_none);
    assert_eq!(directives.needs, ["V2", "kb_to_incidents"]);
    assert_eq!((directives.allow[0].code.as_str(), directives.allow[0].why.as_str()), ("R102", "small table"));
    assert_eq!((directives.allow[0].place.line, directives.allow[0].place.column), (5, 22));
}

#[test]
fn a_directive_that_cannot_be_understood_is_an_error_at_its_place() {
    for (text, line, words) in [
        ("-- evolve: trasaction = none\nSELECT 1", 1, "did you mean `transaction`?"),
        ("-- evolve: transaction = maybe\nSELECT 1", 1, "one transaction"),
        ("-- evolve: needs\nSELECT 1", 1, ""),
        ("-- evolve: needs = [V2]\nSELECT 1", 1, "as in TOML"),
        ("-- evolve: needs = 5\nSELECT 1", 1, ""),
        ("-- x\n-- evolve: allow = { R102 = \"\" }\nSELECT 1", 2, ""),
        ("-- evolve: allow = { drop = \"x\" }\nSELECT 1", 1, ""),
        ("SELECT 1;\n-- evolve: needs = [\"V2\"]\n", 2, "head of the file"),
        ("SELECT $$ x $$; -- evolve: needs = [\"V2\"]\n", 1, "head of the file"),
    ] {
        let error = one(text).script("sqlite").unwrap_err();
        assert_eq!((error.code(), error.place().unwrap().line), (codes::BAD_DIRECTIVE, line), "{text}");
        assert!(error.hint_text().unwrap_or_default().contains(words), "{text}: {error:?}");
    }
}

#[test]
fn what_stands_in_quotes_is_no_directive() {
    for text in [
        "SELECT 'it''s\n-- evolve: x = 1\n'",
        "SELECT \"\n-- evolve: x = 1\n\"",
        "SELECT $$\n-- evolve: x = 1\n$$",
        "SELECT $tag$\n-- evolve: x = 1\n$tag$",
        "SELECT 1 /*\n-- evolve: x = 1\n*/",
        "SELECT $1, a$b$c\n",
    ] {
        assert!(one(text).script("postgres").is_ok(), "{text}");
    }
}
