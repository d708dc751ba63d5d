//! The fail points of the source, of the list, and of the tests are the same.

use evolve::run::FAIL_POINTS;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every name that stands in `fail_point("…")` below a folder.
fn called(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            called(&path, names);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let after = text.split("fail_point(\"").skip(1);
        names.extend(after.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned()));
    }
}

#[test]
fn every_fail_point_is_listed_called_and_tried() {
    let mut in_source = BTreeSet::new();
    called(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut in_source);
    let listed: BTreeSet<String> = FAIL_POINTS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed.len(), FAIL_POINTS.len(), "a name stands twice in the list");
    assert_eq!(in_source, listed, "called in src/, and listed in FAIL_POINTS");
    // Rejects are tried again in tests/kinds/retried.rs.
    let retried: &[&str] = &["between_rejects"];
    let tried =
        [super::up::TRIED, super::down::TRIED, super::outside::TRIED, super::restoring::TRIED, retried].concat();
    let tried: BTreeSet<String> = tried.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(tried, listed, "tried by a test, and listed in FAIL_POINTS");
}

#[test]
fn the_binary_dies_where_it_is_told_to() {
    let project = crate::rig::Project::of(&[("migrations/V1__a.sql", "CREATE TABLE a (x);\n")]);
    let gave = project.dies("run_opened", 1, &["up"]);
    assert_eq!(gave.code, crate::rig::running::KILLED, "the binary has no fail points: --features failpoints");
}
