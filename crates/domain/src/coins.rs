//! Amounts of coins. A coin has four decimals and is kept as whole units (1 coin = 10 000 units) with checked arithmetic.
//!
//! On the wire an amount is a decimal string such as `"12.5000"`. A JSON number is refused, so that no float ever touches money.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount of coins in whole units of 1/10 000 coin. May be negative (a debit); most fields demand otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coins(i64);

/// Why a text or a sum is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoinsError {
    /// The text is not a decimal number.
    #[error("is not a decimal amount such as \"12.5000\"")]
    NotANumber,
    /// More than four decimals were given.
    #[error("has more than 4 decimals")]
    TooPrecise,
    /// The amount, or the result of a sum, is beyond 10^12 coins.
    #[error("is beyond the limit of 10^12 coins")]
    OutOfRange,
}

impl Coins {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Units in one coin.
    pub const UNITS_PER_COIN: i64 = 10_000;
    /// The cap of a wallet and of any single amount: 10^12 coins.
    pub const MAX: Self = Self(1_000_000_000_000 * Self::UNITS_PER_COIN);

    /// An amount from whole units of 1/10 000 coin.
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// An amount of whole coins. For constants and tests: saturates at the cap.
    pub const fn whole(coins: i64) -> Self {
        Self(coins.saturating_mul(Self::UNITS_PER_COIN))
    }

    /// Whole units of 1/10 000 coin.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// The sum, unless it is beyond the cap.
    pub fn checked_add(self, other: Self) -> Result<Self, CoinsError> {
        self.0.checked_add(other.0).map(Self).filter(|c| c.in_range()).ok_or(CoinsError::OutOfRange)
    }

    /// The difference, unless it is beyond the cap. May be negative.
    pub fn checked_sub(self, other: Self) -> Result<Self, CoinsError> {
        self.0.checked_sub(other.0).map(Self).filter(|c| c.in_range()).ok_or(CoinsError::OutOfRange)
    }

    /// The difference, or nothing where it would be negative.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// The amount as a debit.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// Whether this is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether this is a debit.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The amount as a decimal number of coins with four decimals.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, 4)
    }

    /// An amount from a decimal number of coins, which may have at most four decimals.
    pub fn from_decimal(value: Decimal) -> Result<Self, CoinsError> {
        let normal = value.normalize();
        if normal.scale() > 4 {
            return Err(CoinsError::TooPrecise);
        }
        let units = normal.checked_mul(Decimal::from(Self::UNITS_PER_COIN)).ok_or(CoinsError::OutOfRange)?;
        let units = i64::try_from(units).map_err(|_| CoinsError::OutOfRange)?;
        Some(Self(units)).filter(|c| c.in_range()).ok_or(CoinsError::OutOfRange)
    }

    const fn in_range(self) -> bool {
        self.0 <= Self::MAX.0 && self.0 >= -Self::MAX.0
    }
}

impl fmt::Display for Coins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:04}", units / 10_000, units % 10_000))
    }
}

impl FromStr for Coins {
    type Err = CoinsError;

    fn from_str(text: &str) -> Result<Self, CoinsError> {
        let plain = text.strip_prefix('-').unwrap_or(text);
        let shape = !plain.is_empty()
            && plain.len() <= 40
            && plain.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && plain.bytes().next().is_some_and(|b| b.is_ascii_digit());
        if !shape {
            return Err(CoinsError::NotANumber);
        }
        if plain.split_once('.').is_some_and(|(_, fraction)| fraction.trim_end_matches('0').len() > 4) {
            return Err(CoinsError::TooPrecise);
        }
        let whole = plain.split('.').next().unwrap_or_default();
        if whole.trim_start_matches('0').len() > 13 {
            return Err(CoinsError::OutOfRange);
        }
        let value = Decimal::from_str_exact(text).map_err(|_| CoinsError::NotANumber)?;
        Self::from_decimal(value)
    }
}

impl Serialize for Coins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Coins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Coins;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount as a decimal string, such as \"12.5000\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Coins, E> {
                text.parse().map_err(|e| E::custom(format_args!("amount {e}")))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for Coins {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Coins".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^-?[0-9]{1,13}(\\.[0-9]{1,4})?$",
            "description": "An amount of coins as a decimal string with at most four decimals.",
            "examples": ["12.5000"]
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_refuses() {
        assert_eq!("12.5".parse(), Ok(Coins::from_units(125_000)));
        assert_eq!("-0.0001".parse(), Ok(Coins::from_units(-1)));
        assert_eq!("1.23456".parse::<Coins>(), Err(CoinsError::TooPrecise));
        assert_eq!("1000000000001".parse::<Coins>(), Err(CoinsError::OutOfRange));
        for bad in ["", "-", ".5", "1e9", "+1", " 1", "NaN", "1,5", "1.2.3", "٣"] {
            assert_eq!(bad.parse::<Coins>(), Err(CoinsError::NotANumber), "{bad}");
        }
        assert!(serde_json::from_str::<Coins>("1.5").is_err());
        assert!(serde_json::from_str::<Coins>("\"1.5\"").is_ok());
    }

    proptest! {
        #[test]
        fn text_round_trips(units in -Coins::MAX.units()..=Coins::MAX.units()) {
            let coins = Coins::from_units(units);
            prop_assert_eq!(coins.to_string().parse::<Coins>(), Ok(coins));
            prop_assert_eq!(Coins::from_decimal(coins.to_decimal()), Ok(coins));
        }
    }
}
