//! An example of a function: documentation, and the test that every row has.

/// One example: what is declared, what comes in, what comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The part of a column's table, in TOML.
    pub toml: &'static str,
    /// The value that comes in, as an SQL literal.
    pub input: &'static str,
    /// The value that comes out, as an SQL literal; [`Sample::REFUSED`] where the value is not taken.
    pub output: &'static str,
}

impl Sample {
    /// What stands for a refusal among outputs.
    pub const REFUSED: &'static str = "refused";

    /// An example of a value that is taken.
    pub(super) const fn gives(toml: &'static str, input: &'static str, output: &'static str) -> Self {
        Self { toml, input, output }
    }

    /// An example of a value that is refused.
    pub(super) const fn refuses(toml: &'static str, input: &'static str) -> Self {
        Self { toml, input, output: Self::REFUSED }
    }
}
