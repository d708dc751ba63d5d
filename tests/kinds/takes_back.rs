//! A step that fails takes back what it wrote, and nothing else.

use crate::rig::assert_same;
use crate::{project, refused, rows};

const TABLES: &str = "
CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT, extra TEXT);
INSERT INTO a VALUES (1, 'n1'), (2, 'n2'), (3, 'n3'), (4, 'n4'), (5, 'n5'), (6, 'n6');
";

const STEP: &str = r#"[[convert]]
id = "moved"
from = "a"
into = "b"
[convert.columns]
id = "id"
name = "name"
"#;

#[test]
fn a_user_s_row_that_a_step_ran_into_is_still_there_afterwards() {
    for undo in ["", "undo = \"journal\""] {
        let project = project(TABLES, &STEP.replace("into = \"b\"", &format!("into = \"b\"\n{undo}")));
        project.sql("INSERT INTO b VALUES (5, 'n5', 'precious')");
        for size in [1, 2, 4, 100] {
            refused(&project, size, 1, "E0707");
            assert_eq!(rows(&project, "SELECT * FROM b"), ["5 | n5 | precious"], "{undo}, batches of {size}");
        }
    }
}

#[test]
fn two_rows_of_the_source_that_would_be_one_are_the_failure_that_is_said() {
    for undo in ["", "undo = \"journal\""] {
        let step =
            STEP.replace("id = \"id\"", "id = \"id % 5\"").replace("into = \"b\"", &format!("into = \"b\"\n{undo}"));
        let project = project(TABLES, &step);
        let before = project.state();
        for size in [1, 2, 4, 100] {
            refused(&project, size, 1, "E0707");
            assert_same(&format!("{undo}, batches of {size}"), &before, &project.state());
        }
    }
}
