//! Spans and instants in whole milliseconds. Nothing here reads a clock: instants come from the database's clock.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A span of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Millis(i64);

/// Why a text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not seconds with at most three decimals.
    #[error("is not a number of seconds with at most 3 decimals")]
    NotSeconds,
    /// Not an RFC 3339 instant.
    #[error("is not an RFC 3339 time such as \"2026-01-31T12:00:00.000Z\"")]
    NotAnInstant,
}

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of milliseconds.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// A span of whole seconds; saturates.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// The sum; saturates.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or nothing where it would be negative.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// Whole seconds, rounded up: a started second counts.
    pub const fn ceil_secs(self) -> i64 {
        self.0.div_euclid(1000) + if self.0.rem_euclid(1000) > 0 { 1 } else { 0 }
    }
}

/// Seconds without trailing zeros: `1080.2`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let ms = self.0.unsigned_abs();
        let text = format!("{sign}{}.{:03}", ms / 1000, ms % 1000);
        f.pad(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl FromStr for Millis {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str, most: usize| !s.is_empty() && s.len() <= most && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole, 12) || !digits(fraction, 3) {
            return Err(TimeError::NotSeconds);
        }
        let whole: i64 = whole.parse().map_err(|_| TimeError::NotSeconds)?;
        let ms: i64 = format!("{fraction:0<3}").parse().map_err(|_| TimeError::NotSeconds)?;
        Ok(Self(whole * 1000 + ms))
    }
}

/// An instant on the database's clock, in milliseconds since the Unix epoch. On the wire: RFC 3339, UTC, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(i64);

impl At {
    /// An instant from milliseconds since the Unix epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// The span since an earlier instant; nothing if that one is later.
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0).max(0))
    }

    /// The instant so much later; saturates.
    #[must_use]
    pub const fn plus(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(stamp) => write!(f, "{stamp:.3}"),
            Err(_) => write!(f, "{} ms since 1970", self.0),
        }
    }
}

impl FromStr for At {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let stamp: jiff::Timestamp = text.parse().map_err(|_| TimeError::NotAnInstant)?;
        Ok(Self(stamp.as_millisecond()))
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(|e| de::Error::custom(format_args!("time {e}")))
    }
}

impl JsonSchema for At {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "At".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "An instant: RFC 3339, UTC, milliseconds.",
            "examples": ["2026-01-31T12:00:00.000Z"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_instants_round_trip() {
        assert_eq!("1080.2".parse(), Ok(Millis::from_ms(1_080_200)));
        assert_eq!(Millis::from_ms(1_080_200).to_string(), "1080.2");
        assert_eq!(Millis::from_ms(1000).to_string(), "1");
        assert_eq!(Millis::from_ms(60_001).ceil_secs(), 61);
        for bad in ["", "-1", "1.2345", "x", ".5", "1."] {
            assert!(bad.parse::<Millis>().is_err(), "{bad}");
        }
        let at = At::from_ms(1_800_000_000_123);
        assert_eq!(at.to_string(), "2027-01-15T08:00:00.123Z");
        assert_eq!(at.to_string().parse(), Ok(at));
        assert_eq!(At::from_ms(0).to_string(), "1970-01-01T00:00:00.000Z");
    }
}
