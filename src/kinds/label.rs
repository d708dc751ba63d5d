//! Labels of values that are made (`new`): one source row has one value for each label of a step.
//!
//! Takes formulas; gives them with their labels under the part they belong to, so that two parts of one step, which walk
//! rows of the same keys, do not make the same values.

use crate::movement::{Formula, Movement};

/// What the parts of a step are called in labels: the table's name, with a number from its second part on.
pub fn of_parts<'a>(tables: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    let mut labels = Vec::new();
    for table in tables {
        seen.push(table.to_lowercase());
        let times = seen.iter().filter(|other| **other == table.to_lowercase()).count();
        labels.push(if times > 1 { format!("{table}#{times}") } else { table.to_owned() });
    }
    labels
}

/// A formula whose made values are those of this part.
pub fn under(part: &str, formula: Formula) -> Formula {
    match formula {
        Formula::New(new, label) => Formula::New(new, format!("{part}.{label}")),
        Formula::Call(function, inner) => Formula::Call(function, Box::new(under(part, *inner))),
        other => other,
    }
}

/// A Movement whose made values are those of this part.
pub fn movement_under(part: &str, mut movement: Movement) -> Movement {
    for assign in &mut movement.columns {
        let value = std::mem::replace(&mut assign.value, Formula::Constant(crate::value::Value::Null));
        assign.value = under(part, value);
    }
    movement
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_table_are_told_apart() {
        assert_eq!(of_parts(["a", "b", "A", "a"]), ["a", "b", "A#2", "a#3"]);
    }
}
