//! Whether what a transformation does comes back, as far as a sample tells.

use serde::Serialize;

/// What a trial on a sample gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// All came back, and nothing had to be written down for it.
    Lossless,
    /// All came back from what was written down.
    Recoverable,
    /// Something did not come back.
    Lossy,
}

impl Loss {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lossless => "lossless",
            Self::Recoverable => "recoverable",
            Self::Lossy => "lossy",
        }
    }
}

/// A step tried on a sample.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// What came of it; null where it was not tried, and for migrations.
    pub loss: Option<Loss>,
    /// Why it is so, or why it was not tried.
    pub loss_why: Option<String>,
}

impl Tried {
    /// It was not tried.
    pub fn not(why: &str) -> Self {
        Self { loss: None, loss_why: Some(why.to_owned()) }
    }

    /// Something did not come back.
    pub fn lossy(why: &str) -> Self {
        Self { loss: Some(Loss::Lossy), loss_why: Some(why.to_owned()) }
    }
}
