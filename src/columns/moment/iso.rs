//! ISO 8601 as evolve takes it: `YYYY-MM-DD`, or with `T` or a space `HH:MM[:SS[.fraction]]` and `Z`, `±HH:MM`, `±HHMM`
//! or `±HH`. A 60th second is read as one. Nothing else: no week dates, no basic format, no hour 24.

use super::{Reading, Why};
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// Reads a whole text.
pub(in crate::columns) fn read(text: &str) -> Result<Reading, Why> {
    let mut rest = Rest(text);
    let date = rest.date()?;
    if rest.0.is_empty() {
        return Ok(Reading { date, time: None, offset: None, leap: false });
    }
    if !rest.eat(&['T', 't', ' ']) {
        return Err(NONE);
    }
    let (time, digits, leap) = rest.time()?;
    let offset = rest.offset()?;
    if rest.0.is_empty() { Ok(Reading { date, time: Some((time, digits)), offset, leap }) } else { Err(NONE) }
}

const NONE: Why = "is no date and time of ISO 8601";

/// What is still to be read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn eat(&mut self, letters: &[char]) -> bool {
        match self.0.strip_prefix(letters) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Result<i16, Why> {
        let number =
            self.0.get(..digits).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())).ok_or(NONE)?;
        self.0 = &self.0[digits..];
        number.parse().map_err(|_| NONE)
    }

    fn two(&mut self) -> Result<i8, Why> {
        self.number(2)?.try_into().map_err(|_| NONE)
    }

    fn then(&mut self, letter: char) -> Result<i8, Why> {
        if self.eat(&[letter]) { self.two() } else { Err(NONE) }
    }

    fn date(&mut self) -> Result<Date, Why> {
        let (year, month, day) = (self.number(4)?, self.then('-')?, self.then('-')?);
        Date::new(year, month, day).map_err(|_| "is a day that the calendar does not have").and_then(super::in_range)
    }

    /// Time of day, digits of its second, and whether that was the 60th.
    fn time(&mut self) -> Result<(Time, usize, bool), Why> {
        let (hour, minute) = (self.two()?, self.then(':')?);
        let second = if self.0.starts_with(':') { self.then(':')? } else { 0 };
        let (second, leap) = if second == 60 { (59, true) } else { (second, false) };
        let (nanosecond, digits) = if self.eat(&['.', ',']) { self.fraction()? } else { (0, 0) };
        let time = Time::new(hour, minute, second, nanosecond).map_err(|_| "is a time that no day has")?;
        Ok((time, digits, leap))
    }

    fn fraction(&mut self) -> Result<(i32, usize), Why> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return Err(NONE);
        }
        let fraction = &self.0[..digits];
        self.0 = &self.0[digits..];
        match format!("{fraction:0<9}").parse() {
            Ok(nanosecond) if digits <= 9 => Ok((nanosecond, digits)),
            _ => Err("is finer than a nanosecond"),
        }
    }

    fn offset(&mut self) -> Result<Option<Offset>, Why> {
        if self.eat(&['Z', 'z']) {
            return Ok(Some(Offset::UTC));
        }
        let sign = match (self.eat(&['+']), self.eat(&['-'])) {
            (true, _) => 1,
            (_, true) => -1,
            _ => return Ok(None),
        };
        let hour = self.two()?;
        let minute = if self.0.is_empty() { 0 } else { self.minutes()? };
        if hour > 23 || minute > 59 {
            return Err("has an offset that no clock has");
        }
        let seconds = sign * (i32::from(hour) * 3600 + i32::from(minute) * 60);
        Offset::from_seconds(seconds).map(Some).map_err(|_| NONE)
    }

    fn minutes(&mut self) -> Result<i8, Why> {
        self.eat(&[':']);
        self.two()
    }
}
