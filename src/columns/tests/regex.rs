//! Regular expressions of a plan: what is none, or is too large, is refused when it is read, and none takes long.

use super::column;
use crate::value::Value;

#[test]
fn b19_an_expression_that_is_none_is_refused_at_its_place() {
    for expression in ["(", "a)|(b", "(?=a)b", "(a)\\\\1", "[z-a]", "*", "a{2,1}"] {
        for toml in
            [format!("pattern = \"{expression}\""), format!("apply = [{{ replace = [\"{expression}\", \"\"] }}]")]
        {
            let error = column(&toml).expect_err(&toml);
            assert_eq!(error.place().unwrap().line, 1, "{toml}");
        }
    }
}

#[test]
fn b19_an_expression_that_is_too_large_is_refused() {
    for toml in ["pattern = \"\\\\w{1000}{1000}\"", "apply = [{ replace = [\"\\\\w{1000}{1000}\", \"\"] }]"] {
        assert!(column(toml).is_err(), "{toml}");
    }
}

/// A backtracking engine takes 2^n steps for these, which for this text is longer than anybody waits.
#[test]
fn b19_no_expression_is_catastrophic() {
    let text = Value::Text("a".repeat(100_000) + "!");
    for expression in ["(a+)+", "(a|aa)+", "(a|a)*b", "(.*)*x"] {
        let made = column(&format!("pattern = \"{expression}\"")).unwrap();
        assert!(made.call(text.clone()).is_err(), "{expression}");
        assert!(
            column(&format!("apply = [{{ replace = [\"^{expression}$\", \"\"] }}]"))
                .unwrap()
                .call(text.clone())
                .is_ok()
        );
    }
}
