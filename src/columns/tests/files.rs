//! No file of an open folder is forgotten in its table, and none grows too long.

use crate::columns::{APPLY, CAST, FUNCTIONS, IS, RULES, RuleRow, WordRow};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files of the folder that are no function, but what functions are made of.
const NOT_FUNCTIONS: [&str; 8] = ["bound", "column", "function", "literal", "origin", "sample", "scalar", "word"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/columns")
}

fn files_of(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).filter(|stem| stem != "mod").collect()
}

#[test]
fn every_file_of_a_function_is_in_the_table() {
    let functions = FUNCTIONS.iter().map(|row| row.key).filter(|key| !["apply", "cast", "is", "protect"].contains(key));
    let known = functions.chain(NOT_FUNCTIONS).map(str::to_owned).collect();
    assert_eq!(files_of(&folder()), known);
}

#[test]
fn every_file_of_a_word_is_in_its_table() {
    for (name, rows) in [("apply", APPLY), ("cast", CAST), ("is", IS)] {
        let keys: BTreeSet<String> = rows.iter().map(|row: &WordRow| row.key.to_owned()).collect();
        assert_eq!(files_of(&folder().join(name)), keys, "{name}");
        assert_eq!(keys.len(), rows.len(), "{name}");
    }
}

#[test]
fn every_file_of_a_rule_is_in_its_table() {
    let mut keys: BTreeSet<String> = RULES.iter().map(|row: &RuleRow| row.key.to_owned()).collect();
    keys.insert("tests".to_owned());
    assert_eq!(files_of(&folder().join("rules")), keys);
}

#[test]
fn functions_stand_in_the_order_of_the_design() {
    let order = [
        "apply", "parse", "map", "cast", "default", "render", "required", "is", "pattern", "min", "max", "length",
        "one_of", "protect",
    ];
    assert!(FUNCTIONS.iter().map(|row| row.key).eq(order));
}

#[test]
fn no_file_is_long() {
    let mut folders = vec![folder()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => assert!(std::fs::read_to_string(&path).unwrap().lines().count() <= 150, "{}", path.display()),
            }
        }
    }
}
