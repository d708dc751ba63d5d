//! What a column keeps as it comes is written where only its class differs: 5 is not 5.0 there.

use crate::{down, numbers, project, rows, up_down_up};

fn table(closes: &str) -> String {
    format!(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER, v ANY){closes};
         INSERT INTO a VALUES (1, 5, 5.0), (2, 5, 5), (3, 5, '5'), (4, NULL, NULL), (5, 0, -0.0), (6, 7, 7.5);\n"
    )
}

#[test]
fn f151_any_keeps_classes_in_a_strict_table_and_makes_numbers_elsewhere() {
    let step = "[[enrich]]\nid = \"move\"\ntable = \"a\"\n[enrich.columns]\nv = \"n\"\n";
    for (closes, account) in [(" STRICT", [6, 0, 4, 2, 0, 0]), ("", [6, 0, 1, 5, 0, 0])] {
        let project = project(&table(closes), step);
        for size in [1, 4, 100] {
            assert_eq!(numbers(&up_down_up(&project, size)), account, "{closes}, batches of {size}");
            let found = rows(&project, "SELECT group_concat(typeof(v), ' ') FROM (SELECT v FROM a ORDER BY id)");
            assert_eq!(found, ["integer integer integer null integer integer"], "{closes}");
            down(&project);
        }
    }
}
