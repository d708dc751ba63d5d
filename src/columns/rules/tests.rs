use super::*;
use crate::columns::tests::column;

#[test]
fn rules_that_look_at_other_rows_are_read() {
    let rules = |toml: &str| column(toml).unwrap().rules;
    let named = |table: &str, column: &str| ColumnRule::References { table: table.into(), column: column.into() };
    assert_eq!(rules("references = \"components.name\""), [named("components", "name")]);
    assert_eq!(rules("unique = true, references = \"a.b.c\""), [named("a.b", "c"), ColumnRule::Unique]);
    assert_eq!(rules("unique = false"), []);
    for toml in ["references = \"components\"", "references = \".a\"", "unique = 1"] {
        assert!(column(toml).is_err(), "{toml}");
    }
}

#[test]
fn every_rule_has_a_sentence_and_gives_the_reason_of_its_sample() {
    for row in RULES {
        let rules = column(row.sample.toml).unwrap().rules;
        assert!(row.means.ends_with('.') && rules[0].name() == row.key);
        assert_eq!(format!("'{}'", rules[0].reason()), row.sample.input);
    }
}
