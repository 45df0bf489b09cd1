//! What a call costs and how it is reserved (MONEY, Tariff). [`TariffSpec`] is what stands in files and messages; [`Tariff`] is one
//! that was checked. A leg keeps the tariff that it was reserved with, so a stored spec must stay readable for ever.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::{Coins, Millis, Share, Split};

mod wire;

pub use wire::{Increment, Minutes};

/// What is set aside before a call and while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reserve {
    /// An estimate before it rings; past it, slices of a minute while the balance allows.
    Upfront {
        /// The estimate in minutes.
        minutes: u32,
    },
    /// Always the next seconds.
    Rolling {
        /// How many seconds ahead; at least 20.
        ahead_s: u32,
    },
}

/// What happens when the minutes of a flat price are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overrun {
    /// The call ends.
    End,
    /// It goes on by rate and increment.
    Metered,
}

/// One price for a number of minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flat {
    /// The price, due once connected.
    pub price: Coins,
    /// What it buys.
    pub minutes: Minutes,
    /// What follows.
    pub overrun: Overrun,
    /// Share of the price that a payer who does not come owes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_show_share: Option<Share>,
    /// Share of the price that a late cancellation costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_share: Option<Share>,
    /// How many seconds before the appointment a cancellation is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_before_s: Option<u32>,
}

/// A tariff as people and messages write it. Not checked beyond the shape of its fields: see [`Tariff`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TariffSpec {
    /// Coins per minute.
    pub rate: Coins,
    /// First and further billing increments.
    #[serde(default)]
    pub increment: Increment,
    /// Seconds that cost nothing, once per payer and payee in 30 days.
    #[serde(default)]
    pub free_s: u32,
    /// The least that is charged for a call with billed time.
    #[serde(default)]
    pub minimum: Coins,
    /// Due at the first connected instant.
    #[serde(default)]
    pub connect_fee: Coins,
    /// What is set aside; a flat price is set aside whole and needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve: Option<Reserve>,
    /// Warn when the runway is shorter than this.
    #[serde(default = "default_warn_s")]
    pub warn_s: u32,
    /// Lost time that one leg may have in sum; no limit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconnect_s: Option<u32>,
    /// The leg is cut off where it would cost more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_spend: Option<Coins>,
    /// Who gets which part.
    pub split: Split,
    /// One price for a number of minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<Flat>,
}

const fn default_warn_s() -> u32 {
    60
}

/// Why a spec is not a tariff.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct TariffError {
    /// The field, as in the spec.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl TariffError {
    fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}

/// A tariff that was checked: every field is within bounds and the leg that it describes can exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TariffSpec", into = "TariffSpec")]
pub struct Tariff {
    spec: TariffSpec,
}

impl Tariff {
    /// The spec, as it is stored and sent.
    pub fn spec(&self) -> TariffSpec {
        self.spec.clone()
    }

    /// Coins per minute.
    pub fn rate(&self) -> Coins {
        self.spec.rate
    }

    /// First and further billing increments.
    pub fn increment(&self) -> Increment {
        self.spec.increment
    }

    /// Time that costs nothing.
    pub fn free(&self) -> Millis {
        Millis::from_secs(i64::from(self.spec.free_s))
    }

    /// The least that is charged for a call with billed time.
    pub fn minimum(&self) -> Coins {
        self.spec.minimum
    }

    /// Due at the first connected instant.
    pub fn connect_fee(&self) -> Coins {
        self.spec.connect_fee
    }

    /// What is set aside, unless the price is flat.
    pub fn reserve(&self) -> Option<Reserve> {
        self.spec.reserve
    }

    /// Warn when the runway is shorter than this.
    pub fn warn(&self) -> Millis {
        Millis::from_secs(i64::from(self.spec.warn_s))
    }

    /// The lost time that one leg may have in sum.
    pub fn reconnect(&self) -> Option<Millis> {
        self.spec.reconnect_s.map(|secs| Millis::from_secs(i64::from(secs)))
    }

    /// The most that one leg may cost.
    pub fn max_spend(&self) -> Option<Coins> {
        self.spec.max_spend
    }

    /// Who gets which part.
    pub fn split(&self) -> &Split {
        &self.spec.split
    }

    /// The flat price, if there is one.
    pub fn flat(&self) -> Option<&Flat> {
        self.spec.flat.as_ref()
    }

    /// The same tariff without free time: for a payer who had it already.
    #[must_use]
    pub fn without_free(mut self) -> Self {
        self.spec.free_s = 0;
        self
    }
}

impl TryFrom<TariffSpec> for Tariff {
    type Error = TariffError;

    fn try_from(spec: TariffSpec) -> Result<Self, TariffError> {
        amount("rate", spec.rate, Coins::whole(1_000_000))?;
        amount("minimum", spec.minimum, Coins::whole(1_000_000))?;
        amount("connect_fee", spec.connect_fee, Coins::whole(1_000_000))?;
        number("increment", spec.increment.first, 1..=86_400)?;
        number("increment", spec.increment.further, 1..=86_400)?;
        number("free_s", spec.free_s, 0..=10_000_000)?;
        number("warn_s", spec.warn_s, 0..=86_400)?;
        number("reconnect_s", spec.reconnect_s.unwrap_or(0), 0..=10_000_000)?;
        match spec.reserve {
            Some(Reserve::Upfront { minutes }) => number("reserve.minutes", minutes, 1..=100_000)?,
            Some(Reserve::Rolling { ahead_s }) => number("reserve.ahead_s", ahead_s, 20..=86_400)?,
            None if spec.flat.is_none() => {
                return Err(TariffError::new(
                    "reserve",
                    "is missing: give upfront minutes, rolling ahead_s, or a flat price",
                ));
            }
            None => (),
        }
        if let Some(flat) = &spec.flat {
            check_flat(&spec, flat)?;
        }
        let tariff = Self { spec };
        if let Some(most) = tariff.spec.max_spend {
            let least = tariff.least_hold();
            if most < least || !most.is_positive() {
                return Err(TariffError::new(
                    "max_spend",
                    format!("must be at least {least}, what the first increment costs"),
                ));
            }
        }
        Ok(tariff)
    }
}

impl From<Tariff> for TariffSpec {
    fn from(tariff: Tariff) -> Self {
        tariff.spec
    }
}

impl JsonSchema for Tariff {
    fn inline_schema() -> bool {
        TariffSpec::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        TariffSpec::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        TariffSpec::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        TariffSpec::json_schema(generator)
    }
}

fn check_flat(spec: &TariffSpec, flat: &Flat) -> Result<(), TariffError> {
    amount("flat.price", flat.price, Coins::whole(1_000_000_000))?;
    if flat.minutes.span() <= Millis::ZERO || flat.minutes > Minutes::whole(100_000) {
        return Err(TariffError::new("flat.minutes", "must be more than 0 and at most 100000"));
    }
    number("flat.cancel_before_s", flat.cancel_before_s.unwrap_or(0), 0..=10_000_000)?;
    if spec.free_s > 0 {
        return Err(TariffError::new("free_s", "cannot go with a flat price"));
    }
    if spec.minimum.is_positive() {
        return Err(TariffError::new("minimum", "cannot go with a flat price"));
    }
    Ok(())
}

fn amount(field: &'static str, value: Coins, most: Coins) -> Result<(), TariffError> {
    if value.is_negative() || value > most {
        return Err(TariffError::new(field, format!("must be from 0 to {most}, not {value}")));
    }
    Ok(())
}

fn number(field: &'static str, value: u32, range: std::ops::RangeInclusive<u32>) -> Result<(), TariffError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(TariffError::new(field, format!("must be from {} to {}, not {value}", range.start(), range.end())))
}
