//! `evolve` takes a database, its data included, from one product stage to another and back.
//!
//! Files become a [`catalog`]; the catalog a [`graph`] of steps; graph and survey a plan, which is a value; running takes
//! it, and a report says what was done. Left of the run everything is a pure function of values; the run is the only
//! writer. Between files and engines stand three closed vocabularies: [`change`], [`movement`] and [`check`].

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod catalog;
pub mod error;

#[cfg(feature = "build")]
pub mod build;

#[cfg(feature = "sqlite")]
pub mod change;
#[cfg(feature = "sqlite")]
pub mod check;
#[cfg(feature = "sqlite")]
pub mod columns;
#[cfg(feature = "sqlite")]
pub mod conflict;
#[cfg(feature = "sqlite")]
pub mod engine;
#[cfg(feature = "sqlite")]
pub mod graph;
#[cfg(feature = "sqlite")]
pub mod inverse;
#[cfg(feature = "sqlite")]
pub mod kinds;
#[cfg(feature = "sqlite")]
pub mod ledger;
#[cfg(feature = "sqlite")]
pub mod movement;
#[cfg(feature = "sqlite")]
pub mod naming;
#[cfg(feature = "sqlite")]
pub mod observe;
#[cfg(feature = "sqlite")]
pub mod plan;
#[cfg(feature = "sqlite")]
pub mod points;
#[cfg(feature = "sqlite")]
pub mod project;
#[cfg(feature = "sqlite")]
pub mod reading;
#[cfg(feature = "sqlite")]
pub mod report;
#[cfg(feature = "sqlite")]
pub mod risk;
#[cfg(feature = "sqlite")]
pub mod run;
#[cfg(feature = "sqlite")]
pub mod scaffold;
#[cfg(feature = "sqlite")]
pub mod schema;
#[cfg(feature = "sqlite")]
pub mod seal;
#[cfg(feature = "sqlite")]
pub mod sources;
#[cfg(feature = "sqlite")]
pub mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "sqlite")]
pub mod survey;
#[cfg(feature = "sqlite")]
pub mod touch;
#[cfg(feature = "sqlite")]
pub mod value;

#[cfg(feature = "sqlite")]
pub use conflict::{Ask, Conflicting, Decided, Decision, Field};
#[cfg(feature = "sqlite")]
pub use inverse::Changed;
#[cfg(feature = "sqlite")]
pub use observe::{Event, Observer, Silent, Stop, StopReason};
#[cfg(feature = "sqlite")]
pub use plan::{Checkpoint, Choice, DownTo};
#[cfg(feature = "sqlite")]
pub use project::{
    Answer, Closing, Consent, ControlRequest, DownRequest, Flags, GraphFormat, OldPoints, PlanRequest,
    PreservedRequest, Project, Question, RestoreRequest, RotateRequest, Unattended, UpRequest,
};
#[cfg(feature = "sqlite")]
pub use scaffold::{NewFile, init};

#[cfg(feature = "sqlite")]
pub use value::Value;

pub use error::{Error, Exit, Result};
