//! evolve.sum: unreadable, merged, old, and files that are not as they were sealed. B40, B41, B43, F109, F122.

use crate::rig::Project;
use crate::{Refused, refused, refused_with};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

/// A sealed project of two migrations and a stage.
fn sealed() -> Project {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x);\n"),
        ("migrations/V2__b.sql", "CREATE TABLE b (x);\n"),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\", \"V2\"]\n"),
    ]);
    project.must(&["seal"]);
    project
}

fn sum(project: &Project) -> String {
    fs::read_to_string(project.path("evolve.sum")).expect("evolve.sum")
}

/// Every command that acts on the files refuses a sum that cannot be read; status answers all the same.
#[track_caller]
fn unreadable(project: &Project) -> Refused {
    refused(project, &["plan"], "E0301");
    refused(project, &["down", "--target", "start", "--yes"], "E0301");
    refused(project, &["up"], "E0301").hints("evolve seal")
}

#[test]
fn b40_f122_conflict_markers_are_named_with_their_line() {
    let project = sealed();
    let (ours, theirs) = (sum(&project), sum(&project).replace('a', "b"));
    let lines: Vec<&str> = ours.lines().collect();
    project.write("evolve.sum", &format!("<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> theirs\n"));
    unreadable(&project).at("evolve.sum:1:1").says("conflict marker");
    project.write(
        "evolve.sum",
        &format!("{}\n{}\n<<<<<<< HEAD\n{}\n=======\n>>>>>>> theirs\n", lines[0], lines[1], lines[2]),
    );
    unreadable(&project).at("evolve.sum:3:1").says("conflict marker");
    project.write("evolve.sum", &format!("{ours}||||||| base\n"));
    unreadable(&project).says("conflict marker");
    // Sealing says what differs, and all is well.
    let gave = project.must(&["seal"]);
    assert!(gave.out.contains("conflict marker"), "{}", gave.out);
    assert_eq!(sum(&project), ours);
    project.must(&["up"]);
}

#[test]
fn f122_what_two_branches_sealed_is_told_when_it_is_sealed_again() {
    let project = sealed();
    project.write("migrations/V3__c.sql", "CREATE TABLE c (x);\n");
    project.write(
        "plans/one.toml",
        "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\", \"V2\", \"V3\"]\n",
    );
    refused_with(&project, &["up"], "E0302", 6).hints("evolve seal");
    let notes = project.json(&["seal"])["result"]["notes"].to_string();
    assert!(notes.contains("added migrations/V3__c.sql") && notes.contains("changed plans/one.toml"), "{notes}");
    project.must(&["up"]);
}

#[test]
fn b41_another_digest_algorithm_or_form_is_refused() {
    let project = sealed();
    let good = sum(&project);
    let digest = good.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let line = good.lines().nth(1).unwrap().to_owned();
    for (text, place, words) in [
        (good.replacen("sha256-lf", "sha512-lf", 1), "1:1", "algorithm"),
        (good.replacen("sha256-lf", "md5", 1), "1:1", "algorithm"),
        (good.replacen(&digest, &digest.to_uppercase(), 1), "1:1", "small a to f"),
        (good.replacen(&digest, &digest[1..], 1), "1:1", "63 letters"),
        (good.replacen(&line, &line[1..], 1), "2:1", "63 letters"),
        (good.replacen(&line, &line.to_uppercase(), 1), "2:1", "small a to f"),
        (good.replacen(&line, &format!("{line}x"), 1), "1:1", "edited or merged"),
        (good.replacen(&line, &line.replacen("  ", " ", 1), 1), "2:1", "<digest>  <path>"),
        (good.replacen("migrations/V1__a.sql", "../V1__a.sql", 1), "2:1", "inside the project"),
        (good.replacen("migrations/V1__a.sql", "/etc/passwd", 1), "2:1", "inside the project"),
        (format!("{good}{line}\n"), "5:1", "not in order"),
        (good.lines().skip(1).map(|line| format!("{line}\n")).collect(), "1:1", "first line"),
        (good.replacen("evolve.sum 1", "evolve.sum 2", 1), "1:1", "format 2"),
        (good.replacen("evolve.sum 1", "evolve.sum x", 1), "1:1", "format"),
        (String::new(), "1:1", "first line"),
        ("\n".to_owned(), "1:1", "first line"),
    ] {
        project.write("evolve.sum", &text);
        let refusal = refused(&project, &["up"], "E0301").says(words);
        assert_eq!(refusal.place(), format!("evolve.sum:{place}"), "{}", refusal.error);
    }
    project.write("evolve.sum", &good.replacen("evolve.sum 1", "evolve.sum 2", 1));
    refused(&project, &["up"], "E0301").hints("newer evolve");
}

#[test]
fn b43_a_sum_that_is_no_file_of_its_own_is_not_followed() {
    let good = sum(&sealed());
    let elsewhere = Project::empty();
    elsewhere.write("evolve.sum", &good);
    let target = elsewhere.path("evolve.sum");
    let project = sealed();
    let place = project.path("evolve.sum");
    let replace = |make: &dyn Fn()| {
        let _ = fs::remove_file(&place);
        make();
        for command in ["up", "seal", "status"] {
            refused(&project, &[command], "E0013").at("evolve.sum:1:1");
        }
    };
    replace(&|| symlink(&target, &place).unwrap());
    replace(&|| symlink("migrations/V1__a.sql", &place).unwrap());
    replace(&|| symlink("nowhere", &place).unwrap());
    replace(&|| assert!(Command::new("mkfifo").arg(&place).status().expect("mkfifo").success()));
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    for command in ["up", "seal", "status"] {
        refused(&project, &[command], "E0013").at("evolve.sum:1:1");
    }
    assert_eq!(fs::read_to_string(target).unwrap(), good);
}

#[test]
fn b43_a_sum_of_a_gigabyte_is_not_read() {
    let project = sealed();
    fs::File::create(project.path("evolve.sum")).and_then(|file| file.set_len(1 << 30)).expect("a sparse file");
    let gave = project.run(&["up", "--json"]);
    assert!(gave.code == 2 && gave.out.contains("E0008") && gave.out.contains("evolve.sum"), "{gave:?}");
    assert!(!project.path("trial.db").exists());
}

#[test]
fn what_is_not_as_it_was_sealed_is_refused_with_exit_6_and_the_way_out() {
    type Change = fn(&Project);
    let changes: [(Change, &str, &str); 5] = [
        (
            |project| project.write("migrations/V2__b.sql", "CREATE TABLE b (x, y);\n"),
            "migrations/V2__b.sql",
            "was changed",
        ),
        (
            |project| {
                project.write(
                    "plans/one.toml",
                    "[stage]\nname = \"one\"\nversion = \"1.0.1\"\nmigrations = [\"V1\", \"V2\"]\n",
                )
            },
            "plans/one.toml",
            "was changed",
        ),
        (
            |project| project.write("migrations/V2__b.down.sql", "DROP TABLE b;\n"),
            "migrations/V2__b.down.sql",
            "is not sealed",
        ),
        (
            |project| project.write("migrations/V1__a.sql", "CREATE TABLE a (x); \n"),
            "migrations/V1__a.sql",
            "was changed",
        ),
        (
            |project| {
                fs::remove_file(project.path("migrations/V2__b.sql")).unwrap();
                project
                    .write("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n");
            },
            "migrations/V2__b.sql",
            "is missing",
        ),
    ];
    for (change, file, words) in changes {
        let project = sealed();
        change(&project);
        for command in [&["up"][..], &["plan"], &["up", "--dry-run"], &["down", "--target", "start", "--yes"]] {
            let refusal =
                refused_with(&project, command, "E0302", 6).hints("evolve seal").says(&format!("{file} {words}"));
            assert_eq!(refusal.error["file"], file);
        }
        let verify = project.json(&["verify"]);
        assert_eq!((&verify["error"]["exit"], &verify["result"]["ok"]), (&6.into(), &false.into()), "{verify}");
        assert_eq!(verify["result"]["problems"][0]["code"], "E0302");
        project.must(&["status"]);
        project.must(&["seal"]);
        project.must(&["up"]);
    }
}

#[test]
fn f109_another_line_end_or_a_mark_at_the_head_is_the_same_file() {
    let project = sealed();
    project.must(&["up", "--target", "V1"]);
    for name in ["migrations/V1__a.sql", "migrations/V2__b.sql", "plans/one.toml"] {
        let text = fs::read_to_string(project.path(name)).unwrap();
        project.write(name, &format!("\u{feff}{}", text.replace('\n', "\r\n")));
    }
    project.must(&["verify"]);
    let before = sum(&project);
    project.must(&["seal"]);
    assert_eq!(sum(&project), before);
    project.must(&["up"]);
}

#[test]
fn a_sum_is_what_sha256sum_reads_and_the_same_each_time() {
    let project = sealed();
    let checked = Command::new("sha256sum")
        .args(["-c", "--strict", "--quiet", "evolve.sum"])
        .current_dir(project.root())
        .output();
    let checked = checked.expect("sha256sum");
    // Its first line is a comment to a person; to `sha256sum --strict` too.
    assert!(checked.status.success(), "{checked:?}");
    let again = sealed();
    assert_eq!(sum(&project), sum(&again));
}
