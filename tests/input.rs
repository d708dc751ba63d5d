//! Bad input, given to the binary: it is refused with its code, its place and the way out, and nothing is touched.

mod rig;

#[path = "input/expressions.rs"]
mod expressions;
#[path = "input/files.rs"]
mod files;
#[path = "input/ledger.rs"]
mod ledger;
#[path = "input/names.rs"]
mod names;
#[path = "input/places.rs"]
mod places;
#[path = "input/sql.rs"]
mod sql;
#[path = "input/stages.rs"]
mod stages;
#[path = "input/statements.rs"]
mod statements;
#[path = "input/sum.rs"]
mod sum;
#[path = "input/tables.rs"]
mod tables;

use rig::Project;
use serde_json::Value;

/// What a refusal said.
#[derive(Debug)]
struct Refused {
    error: Value,
    /// The page of the same refusal, on standard error.
    page: String,
}

impl Refused {
    /// `file:line:column`.
    fn place(&self) -> String {
        let file = self.error["file"].as_str().unwrap_or("nowhere");
        format!("{file}:{}:{}", self.error["line"], self.error["column"])
    }

    fn message(&self) -> &str {
        self.error["message"].as_str().unwrap_or_default()
    }

    fn hint(&self) -> &str {
        self.error["hint"].as_str().unwrap_or_default()
    }

    /// Fails unless it stands there.
    #[track_caller]
    fn at(self, place: &str) -> Self {
        assert_eq!(self.place(), place, "{}", self.error);
        self
    }

    /// Fails unless the message has these words.
    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.message().contains(words), "no “{words}” in {}", self.error);
        self
    }

    /// Fails unless the hint has these words.
    #[track_caller]
    fn hints(self, words: &str) -> Self {
        assert!(self.hint().contains(words), "no hint “{words}” in {}", self.error);
        self
    }
}

/// Runs a command that must be refused with this code as bad input: exit 2, nothing touched.
#[track_caller]
fn refused(project: &Project, arguments: &[&str], code: &str) -> Refused {
    refused_with(project, arguments, code, 2)
}

/// Runs a command that must be refused with this code and exit code, as a page and as a document, and touch nothing.
#[track_caller]
fn refused_with(project: &Project, arguments: &[&str], code: &str, exit: i32) -> Refused {
    let before = project.files();
    let page = project.run(arguments);
    let mut with_json = arguments.to_vec();
    with_json.push("--json");
    let gave = project.run(&with_json);
    let document: Value = serde_json::from_str(&gave.out).unwrap_or_else(|error| panic!("{error}: {gave:?}"));
    assert_eq!((page.code, gave.code), (exit, exit), "{arguments:?}\n{page:?}\n{document}");
    assert_eq!(document["error"]["code"], code, "{arguments:?}\n{document}");
    assert_eq!(document["error"]["exit"], exit);
    assert_eq!(document.get("result"), None, "a refusal has no result");
    assert_eq!((page.out.as_str(), gave.err.as_str()), ("", ""), "an error is on standard error, a document is alone");
    assert!(page.err.contains(code) && !page.err.contains("panicked"), "{}", page.err);
    let after = project.files();
    let touched: Vec<_> = before
        .iter()
        .filter(|(name, bytes)| after.get(*name) != Some(bytes))
        .map(|(name, _)| name)
        .chain(after.keys().filter(|name| !before.contains_key(*name)))
        .collect();
    assert!(touched.is_empty(), "{arguments:?} touched {touched:?}");
    Refused { error: document["error"].clone(), page: page.err }
}

/// A project of one migration, `V1__a.sql`.
fn one(sql: &str) -> Project {
    Project::of(&[("migrations/V1__a.sql", sql)])
}
