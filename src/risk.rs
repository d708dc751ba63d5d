//! How dangerous a change is, in five words with an order.
//!
//! Takes and gives words; must not know what makes a change dangerous: the rules say that.

use std::fmt;
use std::str::FromStr;

/// The risk of a change, of a step, of a plan: the highest of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Adds only.
    #[default]
    None,
    /// Moves data; the inverse is known.
    Low,
    /// May fail on the data, or its way back is a hand-written file only.
    Medium,
    /// Breaks the application of the stage before, or needs downtime.
    High,
    /// Destroys, or has no way back without a restore point.
    Critical,
}

impl Risk {
    /// Every risk, lowest first.
    pub const ALL: [Self; 5] = [Self::None, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRisk;

impl fmt::Display for UnknownRisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not one of none, low, medium, high, critical")
    }
}

impl std::error::Error for UnknownRisk {}

impl FromStr for Risk {
    type Err = UnknownRisk;

    fn from_str(word: &str) -> Result<Self, UnknownRisk> {
        Self::ALL.into_iter().find(|risk| risk.as_str() == word).ok_or(UnknownRisk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risks_have_an_order_and_words_that_come_back() {
        assert!(Risk::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(Risk::ALL.into_iter().all(|risk| risk.to_string().parse() == Ok(risk)));
        assert_eq!("High".parse::<Risk>(), Err(UnknownRisk));
    }
}
