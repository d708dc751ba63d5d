//! The columns of a transformation: where a value comes from, and the functions that are put upon it.
//!
//! Takes the part of a stage file that declares a column; gives a [`Column`], and of it the
//! [`Formula`](crate::movement::Formula) that a Movement holds. Each function is defined once, here, strictly: a value
//! that it does not take is [`Invalid`], by name, never a silent NULL or 0, and the answer is the same on every engine.
//! Must not know an engine, a kind or a table's rows.
//!
//! A new function is a file and its row in [`FUNCTIONS`]; a new word of `apply`, `cast` or `is` is a file of that folder
//! and its row there.

mod bound;
mod column;
mod decimal;
pub mod foreign;
mod function;
mod guarded;
mod json;
mod literal;
mod moment;
mod origin;
mod sample;
mod scalar;
mod word;

pub use column::Column;
pub use foreign::Registered;
pub use function::{Function, FunctionRow, Functions, Invalid};
pub use guarded::{Numbers, guarded, kept};
pub use literal::literal;
pub use origin::{New, Origin};
pub use sample::Sample;
pub use word::{Make, WordRow};

mod apply;
mod cast;
mod default;
mod is;
mod length;
mod map;
mod max;
mod min;
mod one_of;
mod parse;
mod pattern;
mod protect;
mod render;
mod required;
mod rules;

pub use apply::APPLY;
pub use cast::CAST;
pub use is::IS;
pub use pattern::whole as whole_pattern;
pub use protect::json as in_json;
pub use protect::{Cipher, DEFAULT_KEY, Mark, Opener, Protection, Turner};
pub use rules::{ColumnRule, RULES, RuleRow};

/// Every function, in the order in which a column's functions are called, however they are written down.
pub const FUNCTIONS: &[FunctionRow] = &[
    apply::ROW,
    parse::ROW,
    map::ROW,
    cast::ROW,
    default::ROW,
    render::ROW,
    required::ROW,
    is::ROW,
    pattern::ROW,
    min::ROW,
    max::ROW,
    length::ROW,
    one_of::ROW,
    protect::ROW,
];

#[cfg(test)]
mod tests;
