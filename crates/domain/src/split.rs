//! Who gets which part of a charge. Parts always sum to the whole, are never negative, and are made with whole units only.
//!
//! A whole is divided by largest remainder at the smallest unit, ties to the party named first. Interim settlements bring each
//! party to the floor of its share of the sum so far, so that nothing settled is ever taken back.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Coins;

/// Why something is not a split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The name of a party breaks the rules.
    #[error("the name of a party must be 1 to 64 letters, digits, '_' or '-'")]
    PartyName,
    /// A share is not a decimal number from 0 to 1.
    #[error("a share must be a decimal string from \"0\" to \"1\" with at most 12 decimals")]
    Share,
    /// Nobody, or more than eight.
    #[error("a split needs 1 to 8 parties, not {0}")]
    Parties(usize),
    /// The same party twice.
    #[error("names {0} twice")]
    Twice(Party),
    /// The shares do not make up the whole.
    #[error("the shares must sum to exactly 1, not {0}")]
    Sum(Decimal),
}

/// Whom a part goes to, as the tariff names the role: `creator`, `astrologer`, `reader`, `agency`, `platform`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Party(String);

impl Party {
    /// A party, if the name keeps the rules: 1 to 64 of `[A-Za-z0-9_-]`.
    pub fn new(text: impl Into<String>) -> Result<Self, SplitError> {
        let text = text.into();
        let ok =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if ok { Ok(Self(text)) } else { Err(SplitError::PartyName) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this part is the house's own: `platform` or `admin`.
    pub fn is_house(&self) -> bool {
        matches!(self.0.as_str(), "platform" | "admin")
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Party {
    type Err = SplitError;

    fn from_str(text: &str) -> Result<Self, SplitError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Party {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A part of a whole from 0 to 1, exact to twelve decimals. A decimal string on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(i64);

impl Share {
    /// The parts that make up the whole: a share is kept in units of 10^-12.
    const WHOLE: i128 = 1_000_000_000_000;

    /// A share from a decimal number.
    pub fn from_decimal(value: Decimal) -> Result<Self, SplitError> {
        let value = value.normalize();
        if value.scale() > 12 || value > Decimal::ONE || value < Decimal::ZERO {
            return Err(SplitError::Share);
        }
        i64::try_from(value * Decimal::from(1_000_000_000_000_i64)).map(Self).map_err(|_| SplitError::Share)
    }

    /// A share of so many hundredths; more than 100 is the whole.
    pub const fn percent(hundredths: u8) -> Self {
        Self((if hundredths > 100 { 100 } else { hundredths }) as i64 * 10_000_000_000)
    }

    /// The share as a decimal number.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, 12).normalize()
    }

    /// What this share of a whole comes to, rounded down, and the remainder in 10^-12 units.
    pub(crate) fn parts(self, whole: i128) -> (i128, i128) {
        let exact = i128::from(self.0) * whole;
        (exact / Self::WHOLE, exact % Self::WHOLE)
    }

    /// This share of an amount, rounded down to the smallest unit. Nothing of a debit.
    pub fn floor_of(self, amount: Coins) -> Coins {
        coins(self.parts(i128::from(amount.units().max(0))).0)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_decimal(), f)
    }
}

impl FromStr for Share {
    type Err = SplitError;

    fn from_str(text: &str) -> Result<Self, SplitError> {
        let shape = text.len() <= 16
            && text.bytes().next().is_some_and(|b| b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if !shape {
            return Err(SplitError::Share);
        }
        Decimal::from_str_exact(text).map_err(|_| SplitError::Share).and_then(Self::from_decimal)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Share {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(0(\\.[0-9]{1,12})?|1(\\.0{1,12})?)$",
            "description": "A part of a whole from 0 to 1, as a decimal string.",
            "examples": ["0.8"]
        })
    }
}

/// The parties of a charge and their shares, in order. The shares sum to exactly 1. On the wire: `[["creator", "0.8"], …]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Split(Vec<(Party, Share)>);

impl Split {
    /// A split, if it has 1 to 8 different parties whose shares sum to exactly 1.
    pub fn new(parts: Vec<(Party, Share)>) -> Result<Self, SplitError> {
        if !(1..=8).contains(&parts.len()) {
            return Err(SplitError::Parties(parts.len()));
        }
        for (index, (party, _)) in parts.iter().enumerate() {
            if parts[..index].iter().any(|(earlier, _)| earlier == party) {
                return Err(SplitError::Twice(party.clone()));
            }
        }
        let sum: i128 = parts.iter().map(|(_, share)| i128::from(share.0)).sum();
        if sum != Share::WHOLE {
            return Err(SplitError::Sum(Decimal::from_i128_with_scale(sum, 12).normalize()));
        }
        Ok(Self(parts))
    }

    /// The parties and their shares, in order.
    pub fn parties(&self) -> &[(Party, Share)] {
        &self.0
    }

    /// The one who is paid: the first party that is not the house.
    pub fn payee(&self) -> Option<&Party> {
        self.0.iter().map(|(party, _)| party).find(|party| !party.is_house())
    }

    /// The whole divided: floors first, then one unit each by largest remainder, ties to the party named first. Sums to the whole.
    pub fn divide(&self, total: Coins) -> Vec<(Party, Coins)> {
        self.named(&self.divided(i128::from(total.units().max(0))))
    }

    /// The floor of each party's share of the sum so far. What is left of the sum stays held until the end.
    pub fn floors(&self, cumulative: Coins) -> Vec<(Party, Coins)> {
        self.0.iter().map(|(party, share)| (party.clone(), share.floor_of(cumulative))).collect()
    }

    /// What each party gives back when `amount` is refunded of a charge of which `refunded_before` went back already.
    ///
    /// Each party's part is the difference between two cumulative sums, so that refunds in any steps that make up the charge give
    /// back exactly what [`Split::divide`] gave. Anything beyond the charge is left out.
    pub fn refund_parts(&self, charged: Coins, refunded_before: Coins, amount: Coins) -> Vec<(Party, Coins)> {
        let charged = i128::from(charged.units().max(0));
        let before = i128::from(refunded_before.units().max(0)).min(charged);
        let after = (before + i128::from(amount.units().max(0))).min(charged);
        let (low, high) = (self.given_back(charged, before), self.given_back(charged, after));
        let parts: Vec<i128> = high.iter().zip(&low).map(|(high, low)| high - low).collect();
        self.named(&parts)
    }

    fn divided(&self, total: i128) -> Vec<i128> {
        let (mut parts, rests): (Vec<i128>, Vec<i128>) = self.0.iter().map(|(_, share)| share.parts(total)).unzip();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(rests[index])); // Stable: ties stay in the order of naming.
        let left = total - parts.iter().sum::<i128>();
        for (_, &index) in (0..left).zip(&order) {
            parts[index] += 1;
        }
        parts
    }

    /// Cumulative refunds per party when `refunded` of a charge went back.
    ///
    /// Largest remainders alone can shrink a part when the whole grows (three parties or more). So units go one by one to the party
    /// whose share is furthest ahead of what it has (Webster's rule; for two parties it is the largest remainder), never past what
    /// the party got. Webster's rule strays from the exact quota by less than the number of parties, so counting starts there.
    fn given_back(&self, charged: i128, refunded: i128) -> Vec<i128> {
        let got = self.divided(charged);
        let slack = i128::try_from(got.len()).expect("at most 8 parties");
        let mut parts: Vec<i128> = self
            .0
            .iter()
            .zip(&got)
            .map(|((_, share), &most)| (share.parts(refunded).0 - slack).clamp(0, most))
            .collect();
        let left = refunded - parts.iter().sum::<i128>();
        for _ in 0..left {
            let mut best: Option<usize> = None;
            for index in (0..parts.len()).filter(|&index| parts[index] < got[index]) {
                let ahead = best.is_none_or(|best| {
                    let (mine, other) = (i128::from(self.0[index].1.0), i128::from(self.0[best].1.0));
                    mine * (2 * parts[best] + 1) > other * (2 * parts[index] + 1)
                });
                if ahead {
                    best = Some(index);
                }
            }
            parts[best.expect("less was given back than was got")] += 1;
        }
        parts
    }

    fn named(&self, parts: &[i128]) -> Vec<(Party, Coins)> {
        self.0.iter().zip(parts).map(|((party, _), &part)| (party.clone(), coins(part))).collect()
    }
}

impl<'de> Deserialize<'de> for Split {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for Split {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Split".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let share = Share::json_schema(generator);
        json_schema!({
            "type": "array",
            "minItems": 1,
            "maxItems": 8,
            "items": {
                "type": "array",
                "prefixItems": [{"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}, share],
                "items": false,
                "minItems": 2
            },
            "description": "Parties and their shares, in order; the shares sum to exactly 1.",
            "examples": [[["creator", "0.8"], ["platform", "0.2"]]]
        })
    }
}

/// Units as coins; beyond any amount it is the cap.
pub(crate) fn coins(units: i128) -> Coins {
    i64::try_from(units).map_or(Coins::MAX, Coins::from_units).min(Coins::MAX)
}
