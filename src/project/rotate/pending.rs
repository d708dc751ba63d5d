//! Rotations that are pending, as `status` says them: from the ledger's own facts and the settings, without a look at a row.

use crate::ledger::rotations::{State, Turn};
use crate::project::Project;
use crate::survey::Survey;

impl Project {
    /// What is to be said of keys that take, or took, the place of others.
    pub(in crate::project) fn rotations(&self, survey: &Survey) -> Vec<String> {
        // Without a transformation nothing is encrypted.
        if survey.standing.applied.iter().all(|step| step.kind == "migration") {
            return Vec::new();
        }
        let keys = &self.settings.keys;
        let states = &survey.standing.rotations;
        let declared = keys.turning().map(|name| said(name, states.get(name), keys.ids(name)));
        let begun = states.iter().filter(|(name, state)| {
            matches!(state, State::Begun(_)) && !keys.turning().any(|declared| declared == name.as_str())
        });
        let lost = begun.map(|(name, state)| {
            let (State::Begun(turn) | State::Over(turn)) = state;
            format!(
                "the rotation of the key `{name}` is not over, and its declaration does not name the one before it (its id is \
                 {}): without that what it encrypted cannot be read",
                turn.before
            )
        });
        declared.chain(lost).collect()
    }
}

/// What is to be said of a key whose declaration names the one before it.
fn said(name: &str, state: Option<&State>, ids: Option<(String, String)>) -> String {
    // Where the keys are behind a command, they are taken for those of the last time.
    let same = |turn: &Turn| ids.as_ref().is_none_or(|(before, now)| (before, now) == (&turn.before, &turn.now));
    match state {
        Some(State::Over(turn)) if same(turn) => format!(
            "nothing in this database is of the key before `{name}` any more: take `previous` out of its declaration"
        ),
        Some(State::Begun(turn)) if same(turn) => {
            format!("the rotation of the key `{name}` is not over: `evolve rotate {name}` goes on")
        }
        _ => format!(
            "the key `{name}` has taken another one's place: `evolve rotate {name}` brings what that one encrypted to it"
        ),
    }
}
