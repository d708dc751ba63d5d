//! SQLite, the embedded engine: its dialect read, its databases surveyed, plans run on them.
//!
//! Everything that knows SQLite is in this folder.

pub mod account;
mod affinity;
mod batch;
mod broken;
mod bulk;
mod check;
mod checkpoint;
mod collide;
mod complaint;
pub mod connect;
mod content;
mod converge;
mod copies;
mod dialect;
mod failing;
mod forward;
pub mod functions;
mod going;
mod gone;
mod halfway;
mod invert;
mod keep;
pub mod landing;
mod late;
mod lent;
pub mod lines;
pub mod location;
mod mended;
mod mover;
pub mod parse;
mod patience;
mod preserve;
mod quoting;
mod read;
mod rebuild;
mod references;
mod refill;
mod reject;
mod rekey;
mod render;
pub mod replay;
mod resume;
mod retreat;
mod rewind;
pub mod rotate;
pub mod sample;
mod scratch;
mod sealing;
mod session;
mod shape;
mod size;
pub mod statement;
pub mod survey;
mod typed;
mod undo;
mod unseal;
mod unwind;
mod watched;
mod witness;

pub use copies::SqliteCopies;
pub use dialect::Sqlite;
pub use location::Location;
pub use mover::SqliteMover;
/// A connection that an application may lend.
pub use rusqlite::Connection;
pub use sealing::journal_label;
pub use session::{Handle, Manners, SqliteSession};

/// Whether an error says that the application's own functions, collations or modules are missing.
pub fn is_missing(error: &rusqlite::Error) -> bool {
    complaint::is_missing_function(&dialect::message(error))
}
