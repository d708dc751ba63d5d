//! Targets: a step, a stage by name or version, `latest`, `start`. A target includes what it names.

use crate::catalog::Catalog;
use crate::error::{Error, Result, codes, nearest};

/// A target, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// All steps.
    Latest,
    /// None.
    Start,
    /// A stage, complete: its index.
    Stage(usize),
    /// Everything up to a step: its stage's index and its id.
    Step(usize, String),
}

impl Target {
    /// Understands a word.
    pub fn parse(word: &str, catalog: &Catalog) -> Result<Self> {
        match word {
            "latest" => return Ok(Self::Latest),
            "start" => return Ok(Self::Start),
            _ => {}
        }
        let stage = |found: &crate::catalog::Stage| catalog.stages.iter().position(|stage| stage.name == found.name);
        if let Some(index) = catalog.stage(word).and_then(stage) {
            return Ok(Self::Stage(index));
        }
        if let Some(index) = catalog.owner(word).and_then(stage) {
            return Ok(Self::Step(index, word.to_owned()));
        }
        let names: Vec<&str> = catalog.names().chain(["latest", "start"]).collect();
        let error = Error::new(codes::UNKNOWN_STEP, format!("there is no step or stage {word}"));
        Err(match nearest(word, names.iter().copied()) {
            Some(near) => error.hint(format!("was {near} meant?")),
            None => error.hint("a stage (mvp1, 1.0.0), a step (V4, an id), latest or start"),
        })
    }
}
