//! A step that fails while an application writes what it moves: whatever was done, all of the step is taken back and
//! nothing else, also while the application goes on.

use crate::behind::{Dice, HIDDEN, NUMBERED, OWN, PAIR, ROWS, SAME, SPLIT, Several, WITHOUT, up};
use crate::meanwhile::{Case, SAME_KEYS, WITH_NUMBERS, up as up_beside};
use crate::rig::Project as Folder;
use evolve::Answer;
use evolve::observe::Stop;
use evolve::report::RunReport;

/// Words of three letters pass: the application writes others.
const FAILING: &str = "[convert.columns]\nid = \"id\"\nk = \"lower(k)\"\nv = { from = \"v\", pattern = \"^...$\", apply = [\"upper\"] }\n";

/// Keys that none of the step's are.
const SOMEBODY: &str = "INSERT INTO target (id, k, v) VALUES (100, 'somebody', 'ELSE')";

/// Whether the step failed; then nothing is left of it.
fn is_taken_back(folder: &Folder, answer: (Answer<RunReport>, Vec<String>), left: &[(&str, &str)], what: &str) -> bool {
    let (answer, said) = (answer.0.into_result(), answer.1.join("\n"));
    let Err(error) = answer else { return false };
    let what = format!("{} {}\n{what}\n{said}", error.code().id, error.message());
    for (sql, wanted) in left {
        assert_eq!(folder.value(sql), *wanted, "{sql}\n{what}");
    }
    let ours = "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'evolve_meanwhile*' OR name GLOB 'evolve_kept*'";
    assert_eq!(folder.value(ours), "0", "{what}");
    assert_eq!(folder.value("SELECT count(*) FROM evolve_steps WHERE id = 'moved'"), "0", "{what}");
    true
}

fn seeds(few: u64) -> std::ops::Range<u64> {
    if std::env::var_os("EVOLVE_MANY").is_some() { 1..61 } else { 1..few + 1 }
}

#[test]
fn f130_what_a_failed_step_did_is_taken_back_whatever_is_done_behind_the_cursor() {
    let mut failed = 0;
    for source in [NUMBERED, HIDDEN, WITHOUT, PAIR] {
        for target in [SAME, OWN] {
            let case = Case { source, target, step: FAILING, downtime: "downtime = false" };
            for seed in seeds(5) {
                let (dice, folder) = (Dice::new(seed), case.folder_of(ROWS));
                folder.write("migrations/V2__target.sql", &format!("{target}; {SOMEBODY};"));
                let answer = up(&folder, &dice, 1 + dice.below(5), None);
                let what = format!("{source} {target} seed {seed}");
                let left = [("SELECT group_concat(id || k || v) FROM target", "100somebodyELSE")];
                failed += u64::from(is_taken_back(&folder, answer, &left, &what));
            }
        }
    }
    assert!(failed >= 2 * seeds(5).count() as u64, "{failed} failed");
}

#[test]
fn f130_all_movements_of_a_failed_step_are_taken_back_whatever_is_done() {
    let step = SPLIT.step.replace("from = \"v\",", "from = \"v\", pattern = \"^...$\",");
    let several = Several { step: step.leak(), ..SPLIT };
    let mut failed = 0;
    for (seed, source) in seeds(12).flat_map(|seed| [(seed, NUMBERED), (seed, PAIR)]) {
        let (dice, folder) = (Dice::new(seed), several.folder(source));
        let answer = up(&folder, &dice, 1 + dice.below(5), None);
        let left = [("SELECT count(*) FROM people", "0"), ("SELECT count(*) FROM notes", "0")];
        failed += u64::from(is_taken_back(&folder, answer, &left, &format!("{source} seed {seed}")));
    }
    assert!(failed >= seeds(12).count() as u64, "{failed} failed");
}

/// The first six of ten rows are moved; then of those one is changed to what would not pass, one goes, one has another key.
fn half_done() -> Folder {
    let step = "[convert.columns]\nid = \"id\"\nv = { from = \"v\", pattern = \"^V.*$\", apply = [\"upper\"] }\n";
    let folder = Case { source: WITH_NUMBERS, target: SAME_KEYS, step, downtime: "downtime = false" }.folder();
    let stop = Stop::new();
    let others = "UPDATE source SET v = 'x' WHERE id = 4; DELETE FROM source WHERE id = 6; UPDATE source SET id = 40 WHERE id = 8";
    drop(up_beside(&folder, 6, others, Some(&stop)));
    assert_eq!(folder.value("SELECT group_concat(id) FROM target"), "2,4,6,8,10,12");
    folder
}

#[test]
fn f130_a_half_done_step_goes_back_though_others_changed_what_it_moved() {
    let folder = half_done();
    let source = "SELECT group_concat(id || v) FROM source";
    let before = folder.value(source);
    folder.does(&["down", "--target", "one", "--yes"]);
    assert_eq!(folder.value(source), before);
    assert_eq!(folder.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve_meanwhile%'"), "0");
}

#[test]
fn f130_a_row_that_was_written_to_is_in_the_way_though_its_source_is_gone() {
    for (flag, kept) in [("--preserve-data", "6mine"), ("--discard-changed", "")] {
        let folder = half_done();
        folder.sql("UPDATE target SET v = 'mine' WHERE id = 6");
        let gave = folder.run(&["down", "--target", "one", "--yes"]);
        assert_eq!(gave.code, 7, "{gave:?}");
        assert!(gave.err.contains("rows of target are not as the step wrote them: 6"), "{gave:?}");
        assert_eq!(folder.value("SELECT group_concat(id) FROM target"), "2,4,6,8,10,12");
        folder.does(&["down", "--target", "one", flag, "--yes"]);
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'evolve_meanwhile*' OR name = 'target'";
        assert_eq!(folder.value(tables), "0");
        let preserved =
            "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table' AND name GLOB 'evolve_preserved*target'";
        let preserved = folder.value(preserved);
        if kept.is_empty() {
            assert_eq!(preserved, "NULL");
        } else {
            assert_eq!(folder.value(&format!("SELECT group_concat(id || v) FROM {preserved}")), kept);
        }
    }
}
