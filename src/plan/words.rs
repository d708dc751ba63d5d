//! The words of a stage file for what a transformation does with odd rows, as the plan shows them.

use crate::catalog::defaults::{conflict_word, invalid_word, limit_word};
use crate::catalog::{Defaults, OnConflict, Transformation};
use crate::movement::{Movement, Write};
use crate::report::{PlannedMovement, Said};

/// What a step does with odd rows, and where that was said.
pub(super) fn movement(declared: &Transformation, movements: &[Movement]) -> PlannedMovement {
    let by_itself = Defaults::default();
    let from = |said: bool, plain: bool| match (said, plain) {
        (true, _) => Said::Step,
        (false, true) => Said::Default,
        (false, false) => Said::Policy,
    };
    // Where only rows that are there are written, no key can be there already.
    let inserts = movements.iter().any(|movement| matches!(movement.write, Write::Insert(_)));
    let conflict = if inserts { declared.conflict() } else { &OnConflict::Fail };
    PlannedMovement {
        on_conflict: conflict_word(conflict).to_owned(),
        on_conflict_from: from(declared.on_conflict.is_some(), *conflict == by_itself.on_conflict),
        on_invalid: invalid_word(declared.invalid()).to_owned(),
        on_invalid_from: from(declared.on_invalid.is_some(), declared.invalid() == by_itself.on_invalid),
        max_rejects: declared.limit().map(limit_word),
        undo: movements.first().map_or("none", |movement| movement.undo.word()).to_owned(),
    }
}
