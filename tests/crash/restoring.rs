//! Killed while a restore point is brought back: the database is as before or as the point, and the same command ends it.

use super::{bed, syscalls};
use crate::rig::Project;
use crate::rig::running::KILLED;

macro_rules! killed {
    ($($test:ident at $point:literal;)*) => {
        /// The fail points that are tried here.
        pub const TRIED: &[&str] = &[$($point),*];
        $(#[test] fn $test() { dies_and_goes_on($point); })*
    };
}

killed! {
    f61_killed_before_the_pages_are_put_back at "before_put_back";
    f61_killed_after_the_pages_are_put_back at "after_put_back";
    f61_killed_before_the_restore_is_closed at "before_closing";
}

/// A database that was changed since its restore point was taken; the point's name, and the states then and now.
fn changed() -> (Project, String, [String; 2]) {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\n"),
        ("migrations/V2__b.sql", "CREATE TABLE b (x);\n"),
    ]);
    let _ = project.must(&["up", "--target", "V1"]);
    let state = project.state();
    let up = project.must(&["up", "--checkpoint", "--json"]).document();
    let id = up["result"]["restore_points"][0]["id"].as_str().expect("a point").to_owned();
    project.sql("INSERT INTO a VALUES (2); INSERT INTO b VALUES (3);");
    let later = project.state();
    (project, id, [state, later])
}

fn dies_and_goes_on(point: &str) {
    let (project, id, [state, later]) = changed();
    let restore = ["restore", &id, "--yes", "--json"];
    assert_eq!(project.dies(point, 1, &restore).code, KILLED, "{point}");
    let between = project.state();
    assert!(between == state || between == later, "{point}: neither old nor new\n{between}");
    if between == state {
        assert_eq!(bed::interrupted(&project)["next_command"], format!("evolve restore {id}"), "{point}");
        let _ = bed::assert_refused(&project, &["up", "--yes"], &id);
    }
    let result = project.must(&restore).document();
    assert_eq!(result["result"]["outcome"], "restored", "{point}");
    assert_eq!(project.state(), state, "{point}");
    bed::assert_sound(&project, point);
    let _ = bed::done(&project, &["up", "--json"]);
}

#[test]
fn f61_killed_at_every_call_while_it_is_restored() {
    let Some(library) = syscalls::library() else { return };
    let (base, id, [state, later]) = changed();
    let restore = ["restore", &id, "--yes", "--json"];
    // A restore point is of one database: the copy's has another path.
    let twin = || {
        let (twin, manifest) = (base.twin(), format!(".evolve/restore/{id}.json"));
        let text = std::fs::read_to_string(twin.path(&manifest)).expect("a manifest");
        let here = |project: &Project| project.root().canonicalize().expect("a folder").display().to_string();
        twin.write(&manifest, &text.replace(&here(&base), &here(&twin)));
        twin
    };
    let mut injections = 0;
    for nth in 1.. {
        let (project, what) = (twin(), format!("half:{nth}"));
        let gave = syscalls::with_shim(&project, library, &what, &restore);
        if gave.code != KILLED {
            assert_eq!(gave.code, 0, "{what}: {} {}", gave.out, gave.err);
            break;
        }
        injections += 1;
        let between = project.state();
        assert!(between == state || between == later, "{what}: neither old nor new\n{between}");
        assert_eq!(project.must(&restore).document()["result"]["outcome"], "restored", "{what}");
        assert_eq!(project.state(), state, "{what}");
        bed::assert_sound(&project, &what);
    }
    println!("restore: {injections} injections");
    assert!(injections > 20, "{injections} injections only");
}
