//! Rounding, digit by digit.

use super::Decimal;
use std::cmp::Ordering;

/// How a number is rounded that lies between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::columns) enum Rounding {
    /// To the nearest; a half to the even neighbour.
    HalfEven,
    /// To the nearest; a half away from zero.
    HalfUp,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

impl Decimal {
    /// The number with this many digits after the point; fewer than none are zeros before it.
    pub(in crate::columns) fn round(mut self, places: i32, rounding: Rounding) -> Self {
        let dropped = usize::try_from(self.scale - places).unwrap_or(0);
        let added = usize::try_from(places - self.scale).unwrap_or(0);
        let missing = (dropped + 1).saturating_sub(self.digits.len());
        self.digits.splice(0..0, std::iter::repeat_n(0, missing));
        let tail = self.digits.split_off(self.digits.len() - dropped);
        if away_from_zero(&self.digits, &tail, rounding) {
            increment(&mut self.digits);
        }
        self.digits.extend(std::iter::repeat_n(0, added));
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        Self { scale: places, ..self }
    }
}

/// Whether what stays must grow by one in its last place.
fn away_from_zero(kept: &[u8], tail: &[u8], rounding: Rounding) -> bool {
    let odd = kept.last().is_some_and(|digit| digit % 2 == 1);
    let rest_is_zero = tail.iter().skip(1).all(|digit| *digit == 0);
    let half = match tail.first().copied().unwrap_or(0).cmp(&5) {
        Ordering::Equal if !rest_is_zero => Ordering::Greater,
        order => order,
    };
    match rounding {
        Rounding::Down => false,
        Rounding::Up => tail.iter().any(|digit| *digit > 0),
        Rounding::HalfUp => half != Ordering::Less,
        Rounding::HalfEven => half == Ordering::Greater || (half == Ordering::Equal && odd),
    }
}

fn increment(digits: &mut Vec<u8>) {
    match digits.iter().rposition(|digit| *digit < 9) {
        Some(at) => {
            digits[at] += 1;
            digits[at + 1..].fill(0);
        }
        None => {
            digits.fill(0);
            digits.insert(0, 1);
        }
    }
}
