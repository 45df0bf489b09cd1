//! The fields of a tariff that have a spelling of their own: increments as `"60/60"`, minutes with a fraction.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::TariffError;
use crate::Millis;

/// The first and the further billing increments in seconds, `"60/60"` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Increment {
    /// What the first started second costs at once.
    pub first: u32,
    /// What each started step after it costs.
    pub further: u32,
}

impl Default for Increment {
    fn default() -> Self {
        Self { first: 1, further: 1 }
    }
}

impl fmt::Display for Increment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.first, self.further))
    }
}

impl FromStr for Increment {
    type Err = TariffError;

    fn from_str(text: &str) -> Result<Self, TariffError> {
        let step = |part: &str| -> Option<u32> {
            let plain = !part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit());
            part.parse().ok().filter(|secs| plain && (1..=86_400).contains(secs))
        };
        let parts = text.split_once('/').and_then(|(first, further)| Some((step(first)?, step(further)?)));
        let (first, further) = parts.ok_or_else(|| {
            TariffError::new("increment", "must be two steps of 1 to 86400 whole seconds, such as \"60/60\"")
        })?;
        Ok(Self { first, further })
    }
}

impl Serialize for Increment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Increment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Increment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Increment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]{1,6}/[0-9]{1,6}$",
            "description": "First and further billing increments in seconds.",
            "examples": ["60/60"]
        })
    }
}

/// A number of minutes of which a fraction is allowed: whole milliseconds inside; a JSON number or a decimal string on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minutes(Millis);

impl Minutes {
    /// So many whole minutes.
    pub const fn whole(minutes: u32) -> Self {
        Self(Millis::from_ms(minutes as i64 * 60_000))
    }

    /// The span.
    pub const fn span(self) -> Millis {
        self.0
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&(Decimal::from(self.0.as_ms()) / Decimal::from(60_000)).normalize(), f)
    }
}

impl FromStr for Minutes {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = text.len() <= 16
            && text.bytes().next().is_some_and(|b| b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        Some(text)
            .filter(|_| shape)
            .and_then(|text| Decimal::from_str_exact(text).ok())
            .and_then(|minutes| minutes.checked_mul(Decimal::from(60_000)))
            .filter(Decimal::is_integer)
            .and_then(|ms| i64::try_from(ms).ok())
            .map(|ms| Self(Millis::from_ms(ms)))
            .ok_or("must be a number of minutes that comes to whole milliseconds, such as 15 or \"0.5\"")
    }
}

impl Serialize for Minutes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ms = self.0.as_ms();
        if ms % 60_000 == 0 { serializer.serialize_i64(ms / 60_000) } else { serializer.collect_str(self) }
    }
}

impl<'de> Deserialize<'de> for Minutes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Number(serde_json::Number),
            Text(String),
        }
        let text = match Wire::deserialize(deserializer) {
            // The shortest text of the number is what stood in the file, so 0.1 stays 0.1.
            Ok(Wire::Number(number)) => number.to_string(),
            Ok(Wire::Text(text)) => text,
            Err(_) => String::new(),
        };
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Minutes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Minutes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "description": "Minutes; a fraction is allowed and written as a decimal string.",
            "examples": [15, "0.5"]
        })
    }
}
