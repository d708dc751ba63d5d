//! F67, F68: points that are not whole are never listed, and points that are not as they were taken are never restored.

use crate::bed::{checkpoints, file, listed, project};
use crate::rig::{Project, assert_same, code};

/// Refused with exit 8: neither the database nor the other place is touched.
fn refused(project: &Project, id: &str, what: &str) {
    let before = project.state();
    for arguments in [&["restore", id, "--yes"][..], &["restore", id, "--to", "beside.db"]] {
        let refused = project.json(arguments);
        assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0802", Some(8)), "{what}: {refused}");
        assert_same(what, &before, &project.state());
        assert!(!project.path("beside.db").exists(), "{what}");
    }
}

#[test]
fn f68_b79_a_flipped_bit_anywhere_is_found() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    let path = file(&project, &format!("{}.db", ids[0]));
    let whole = std::fs::read(&path).expect("the point");
    for at in [0, 18, 24, 40, 92, 100, 4095, 4096, 5000, whole.len() / 2, whole.len() - 1] {
        for bit in [0, 7] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            std::fs::write(&path, &bytes).expect("written");
            refused(&project, &ids[0], &format!("bit {bit} of byte {at}"));
        }
    }
    std::fs::write(&path, &whole).expect("written");
    project.does(&["restore", &ids[0], "--yes"]);
}

#[test]
fn f68_b80_a_point_cut_short_made_longer_or_exchanged_is_found() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    let path = |at: usize| file(&project, &format!("{}.db", ids[at]));
    let whole = std::fs::read(path(0)).expect("the point");
    let other = std::fs::read(path(2)).expect("the point");
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("cut", whole[..whole.len() - 4096].to_vec()),
        ("cut in a page", whole[..5000].to_vec()),
        ("appended", [&whole[..], b"more"].concat()),
        ("another point's", other),
        ("no database", b"not a database at all".to_vec()),
    ] {
        std::fs::write(path(0), &bytes).expect("written");
        refused(&project, &ids[0], what);
    }
    std::fs::remove_file(path(0)).expect("removed");
    refused(&project, &ids[0], "gone");
}

#[test]
fn f67_what_is_not_whole_is_not_listed() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    let good = std::fs::read_to_string(file(&project, &format!("{}.json", ids[1]))).expect("a manifest");
    for (name, text) in [
        ("20260101T000000000Z-before-two.part", "half"),
        ("20260101T000000000Z-before-two.trial", "half"),
        ("20260101T000000001Z-before-two.db", "no manifest"),
        ("20260101T000000002Z-before-two.json", &good[..good.len() / 2]),
        ("20260101T000000003Z-before-two.json", ""),
        ("20260101T000000004Z-before-two.json", "[]"),
        ("20260101T000000005Z-before-two.scratch", "half"),
        ("note.txt", "mine"),
        (".hidden.json", "{}"),
    ] {
        std::fs::write(file(&project, name), text).expect(name);
    }
    std::fs::create_dir(file(&project, "folder.json")).expect("a folder");
    assert_eq!(listed(&project), ids);
    project.does(&["restore", "--yes"]);
    assert_same("the newest whole one", &states[&ids[2]], &project.state());
    for id in [
        "20260101T000000000Z-before-two",
        "20260101T000000001Z-before-two",
        "20260101T000000002Z-before-two",
        "nowhere",
        "",
        "../trial",
    ] {
        let before = project.state();
        let refused = project.json(&["restore", id, "--yes"]);
        assert_eq!(refused["error"]["exit"], 2, "{id}: {refused}");
        assert_same(id, &before, &project.state());
    }
}

#[test]
fn b83_a_manifest_that_names_another_place_is_not_followed() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    let manifest = file(&project, &format!("{}.json", ids[0]));
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    for name in ["../../trial", "/etc/passwd", "a/b", ".."] {
        std::fs::write(&manifest, text.replace(&format!("\"{}\"", ids[0]), &format!("{name:?}"))).expect("written");
        let before = project.state();
        let files = std::fs::read_dir(project.root()).expect("files").count();
        let refused = project.json(&["restore", name, "--yes"]);
        assert!([2, 8].contains(&refused["error"]["exit"].as_i64().unwrap_or(0)), "{name}: {refused}");
        assert_same(name, &before, &project.state());
        assert_eq!(std::fs::read_dir(project.root()).expect("files").count(), files, "{name}");
    }
}

#[test]
fn f67_a_folder_without_points_has_none() {
    let project = project("wal");
    assert_eq!(listed(&project), Vec::<String>::new());
    let refused = project.json(&["restore", "--yes"]);
    assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0801", Some(2)), "{refused}");
    assert!(!project.path(".evolve").exists(), "a question makes no folder");
}
