//! The catalog: a project's files as values.
//!
//! Takes a folder, or what an application embeds; gives migrations, stages, transformations, settings, and whether all
//! is as it was sealed. Left of everything: pure, but for reading files. Must not know a database, an order of steps, or
//! who asks.
//!
//! `Files` → `Catalog` (`Config`, `Migration`s, `Stage`s with their `Transformation`s) → `Settings::resolve`

mod canonical;
mod digest;
mod directives;
mod disk;
mod fields;
mod files;
mod folders;
mod head;
mod migration;
pub mod name;
mod sum;
#[cfg(test)]
mod testing;

#[cfg(feature = "sqlite")]
mod application;
#[cfg(feature = "sqlite")]
mod checks;
#[cfg(feature = "sqlite")]
mod config;
#[cfg(feature = "sqlite")]
mod declaration;
#[cfg(feature = "sqlite")]
pub mod defaults;
#[cfg(feature = "sqlite")]
mod functions;
#[cfg(feature = "sqlite")]
mod project;
#[cfg(feature = "sqlite")]
pub mod settings;
#[cfg(feature = "sqlite")]
mod slid;
#[cfg(feature = "sqlite")]
mod sources;
#[cfg(feature = "sqlite")]
mod stage;
#[cfg(feature = "sqlite")]
mod transformation;

pub use canonical::canonical;
pub use directives::{Allow, Directives};
pub use fields::{Document, Fields, Node, SqlText, check_identifier, check_name, check_target};
pub use files::{CONFIG, File, Files, SUM, Warning};
pub use folders::Folders;
pub use migration::{Migration, Script, list as list_migrations};
pub use name::{DIALECTS, FileName, MigrationKind};
pub use sum::{Changed, Difference, Sum};

pub(crate) use sum::not_as_sealed;

#[cfg(feature = "sqlite")]
pub use config::{Config, Given, Layer};
#[cfg(feature = "sqlite")]
pub use defaults::Defaults;
#[cfg(feature = "sqlite")]
pub use functions::FunctionId;
#[cfg(feature = "sqlite")]
pub use project::{Catalog, SumState};
#[cfg(feature = "sqlite")]
pub use settings::{Env, Flags, Key, Keys, Origin, Secret, Settings};
#[cfg(feature = "sqlite")]
pub use sources::{Beside, Source};
#[cfg(feature = "sqlite")]
pub use stage::Stage;
#[cfg(feature = "sqlite")]
pub use transformation::{
    BatchDeclared, Limit, OnConflict, OnInvalid, RuleDeclared, Transformation, Triggers, UndoDeclared,
};
