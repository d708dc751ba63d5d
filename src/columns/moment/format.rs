//! The formats of dates, and how `parse` and `render` declare one.

use super::pattern::Pattern;
use super::zone::{CHOICES, Choice, Zone, named, shown};
use super::{Moment, Why, civil_text, iso, unix};
use crate::catalog::Node;
use crate::columns::function::text_of;
use crate::columns::scalar::{bad, unknown};
use crate::error::Result;
use crate::value::Value;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A format of dates.
#[derive(Debug, Clone)]
pub(in crate::columns) enum Format {
    /// ISO 8601.
    Iso,
    /// An integer, so many of which are a second: the digits of the second.
    Unix(u32),
    /// A pattern.
    Pattern(Pattern),
}

/// A format, the zone of texts that name none, and what leap seconds become.
#[derive(Debug, Clone)]
pub(in crate::columns) struct Declared {
    /// The format.
    pub(in crate::columns) format: Format,
    /// The zone.
    pub(in crate::columns) zone: Option<Zone>,
    /// What a leap second becomes.
    pub(in crate::columns) leap: Choice,
}

/// Whether a format is declared to read or to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::columns) enum Way {
    /// `parse`.
    Read,
    /// `render`.
    Write,
}

const NAMES: [&str; 4] = ["iso8601", "unix_s", "unix_ms", "unix_us"];

impl Declared {
    /// Reads `"iso8601"` or `{ as = "…", zone = "…", gap = "…", fold = "…", leap = "…" }`.
    pub(in crate::columns) fn read(node: &Node<'_>, way: Way) -> Result<Self> {
        if node.kind() != "table" {
            let declared = Self { format: Format::read(node, way)?, zone: None, leap: Choice::Fail };
            return declared.check(node, way);
        }
        let mut fields = node.fields()?;
        let format = Format::read(&fields.required("as")?, way)?;
        let zone = fields.take("zone").map(|zone| named(&zone)).transpose()?;
        let mut choice = |key| if way == Way::Read { fields.choice(key, &CHOICES) } else { Ok(None) };
        let (gap, fold, leap) = (choice("gap")?, choice("fold")?, choice("leap")?);
        fields.finish()?;
        if zone.is_none() && (gap.is_some() || fold.is_some()) {
            return Err(bad(node, "says what to do where a zone's clock changes, without a `zone`"));
        }
        if matches!(format, Format::Unix(_)) && leap.is_some() {
            return Err(bad(node, "says what leap seconds become of seconds since 1970, which have none"));
        }
        let zone = zone.map(|zone| Zone { zone, gap: gap.unwrap_or_default(), fold: fold.unwrap_or_default() });
        Self { format, zone, leap: leap.unwrap_or_default() }.check(node, way)
    }

    fn check(self, node: &Node<'_>, way: Way) -> Result<Self> {
        match (&self.format, &self.zone) {
            (Format::Unix(_), Some(_)) => Err(bad(node, "gives a `zone` to seconds since 1970, which have none")),
            (Format::Pattern(pattern), None) if way == Way::Read && pattern.needs_zone() => {
                Err(bad(node, "reads a time without an offset and needs a `zone`").hint(
                    "write { as = \"…\", zone = \"Europe/Berlin\" }, or add %z to the pattern if the values have one",
                ))
            }
            _ => Ok(self),
        }
    }

    /// The moment that a value is.
    pub(in crate::columns) fn parse(&self, value: Value) -> std::result::Result<Moment, String> {
        if let Format::Unix(digits) = self.format {
            return unix::parse(&value, digits).map_err(str::to_owned);
        }
        let text = text_of("parse", &value).map_err(|invalid| invalid.reason)?;
        let reading = match &self.format {
            Format::Pattern(pattern) => pattern.read(&text)?,
            _ => iso::read(&text)?,
        };
        Ok(reading.resolve(self.zone.as_ref(), self.leap)?)
    }

    /// The value that a moment is written as.
    pub(in crate::columns) fn render(&self, moment: &Moment) -> std::result::Result<Value, Why> {
        let zone = self.zone.as_ref().map_or(TimeZone::UTC, |zone| zone.zone.clone());
        match (&self.format, moment) {
            (Format::Pattern(pattern), _) => pattern.write(moment, &zone).map(Value::Text),
            (Format::Unix(_), Moment::Day(_)) => Err("is a day without a time"),
            (Format::Unix(digits), Moment::At(at, _)) => unix::render(*at, *digits).map(Value::Integer),
            (Format::Iso, Moment::At(at, digits)) if self.zone.is_some() => {
                in_zone(*at, *digits, &zone).map(Value::Text)
            }
            (Format::Iso, _) => Ok(Value::Text(moment.text())),
        }
    }
}

impl Format {
    fn read(node: &Node<'_>, way: Way) -> Result<Self> {
        let name = node.text()?;
        let pattern = match way {
            Way::Read => Pattern::to_read,
            Way::Write => Pattern::to_write,
        };
        match name.as_str() {
            "iso8601" => Ok(Self::Iso),
            "unix_s" => Ok(Self::Unix(0)),
            "unix_ms" => Ok(Self::Unix(3)),
            "unix_us" => Ok(Self::Unix(6)),
            text if text.contains('%') => pattern(text).map(Self::Pattern).map_err(|why| bad(node, why)),
            _ => Err(unknown(node, "format", &name, NAMES)),
        }
    }
}

/// ISO 8601 with the zone's offset at that moment.
fn in_zone(at: DateTime, digits: usize, zone: &TimeZone) -> std::result::Result<String, Why> {
    let (local, offset) = shown(at, zone)?;
    let (sign, seconds) = (if offset.seconds() < 0 { '-' } else { '+' }, offset.seconds().abs());
    let civil = civil_text(local, digits);
    match seconds {
        0 => Ok(format!("{civil}Z")),
        _ if seconds % 60 > 0 => {
            Err("is of a time when the zone's clock was not whole minutes from UTC, which ISO 8601 needs")
        }
        _ => Ok(format!("{civil}{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)),
    }
}
