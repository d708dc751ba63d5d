//! The stage files in which steps were declared, as the ledger keeps them.
//!
//! Takes what the ledger has of a step; gives its stage and its declaration. A text that several steps have in common is
//! read once.

use crate::catalog::{Stage, Transformation};
use crate::error::{Error, Result, Text, codes};
use crate::ledger::Applied;
use crate::ledger::steps::WayBack;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The stage files that a run has read from the ledger, by path and text.
#[derive(Debug, Default)]
pub struct Declarations(RefCell<BTreeMap<(String, String), Rc<Stage>>>);

impl Declarations {
    /// The stage file a step was declared in, as it was then.
    pub fn stage(&self, step: &Applied, way: &WayBack) -> Result<Rc<Stage>> {
        let lost = || Error::new(codes::BAD_LEDGER, format!("the ledger does not have the declaration of {}", step.id));
        let text = way.declared.as_ref().ok_or_else(lost)?;
        if let Some(known) = self.0.borrow().get(text) {
            return Ok(Rc::clone(known));
        }
        let (path, body) = text;
        let stage = Rc::new(Stage::parse(&Text::new(path.as_str(), body.as_str()))?);
        self.0.borrow_mut().insert(text.clone(), Rc::clone(&stage));
        Ok(stage)
    }
}

/// The declaration of a step in its stage.
pub fn find<'a>(stage: &'a Stage, id: &str) -> Result<&'a Transformation> {
    let found = stage.transformations.iter().find(|transformation| transformation.id == id);
    found.ok_or_else(|| Error::new(codes::BAD_LEDGER, format!("the ledger's stage file does not declare {id}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::StepState;

    fn step(id: &str) -> Applied {
        Applied {
            seq: 1,
            id: id.to_owned(),
            kind: "copy".to_owned(),
            stage: "two".to_owned(),
            stage_version: "2.0.0".to_owned(),
            title: String::new(),
            digest: String::new(),
            state: StepState::Done,
            reversible: String::new(),
            undo: String::new(),
            applied_at: String::new(),
        }
    }

    fn way(body: &str) -> WayBack {
        WayBack {
            inverse: Vec::new(),
            down: None,
            declared: Some(("plans/two.toml".to_owned(), body.to_owned())),
            account: crate::report::Rows::default(),
        }
    }

    #[test]
    fn a_text_is_read_once_and_another_text_is_another_stage() {
        let body = "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n[[copy]]\nid = \"a\"\nfrom = \"x\"\ninto = \"y\"\n\
                    [[copy]]\nid = \"b\"\nfrom = \"y\"\ninto = \"z\"\n";
        let read = Declarations::default();
        let (a, b) = (read.stage(&step("a"), &way(body)).unwrap(), read.stage(&step("b"), &way(body)).unwrap());
        assert!(Rc::ptr_eq(&a, &b));
        assert_eq!((find(&a, "a").unwrap().id.as_str(), find(&b, "b").unwrap().id.as_str()), ("a", "b"));
        let other = read.stage(&step("a"), &way(&body.replace("\"b\"", "\"c\""))).unwrap();
        assert!(!Rc::ptr_eq(&a, &other) && find(&other, "b").is_err());
    }

    #[test]
    fn a_declaration_that_the_ledger_lost_is_an_error() {
        let lost = WayBack { declared: None, ..way("") };
        assert_eq!(Declarations::default().stage(&step("a"), &lost).unwrap_err().code().id, codes::BAD_LEDGER.id);
    }
}
