//! The meter: what connected time costs under a tariff, and how long given funds last (MONEY, Meter).
//!
//! Always the cumulative charge of the whole leg, never a sum of rounded ticks. Everything is closed-form integer arithmetic, so
//! the sweep can ask for thousands of legs, and a re-run years later gives the same units.

use crate::split::coins;
use crate::{Coins, Millis, Overrun, Reserve, Tariff};

/// Cut-offs beyond this (some 30 000 years) count as never, so that instants stay within range.
const FOREVER_MS: i128 = 1_000_000_000_000_000;

/// Which rule an end is charged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum EndRule {
    /// Started increments, the minimum, and a flat price whole.
    Full,
    /// Only what was used: started seconds, no minimum, a flat price pro rata.
    UsedOnly,
}

impl Tariff {
    /// The hold before the call rings: the estimate or the first rolling slice, never less than connect fee plus first increment.
    pub fn first_hold(&self) -> Coins {
        let least = self.least_hold();
        let estimate = match (self.flat(), self.reserve()) {
            (Some(_), _) | (None, None) => least,
            (None, Some(Reserve::Upfront { minutes })) => {
                coins(units(self.connect_fee()) + units(self.rate()) * i128::from(minutes))
            }
            (None, Some(Reserve::Rolling { ahead_s })) => {
                self.charge(self.free().plus(Millis::from_secs(i64::from(ahead_s))), EndRule::Full)
            }
        };
        estimate.min(self.max_spend().unwrap_or(Coins::MAX)).max(least)
    }

    /// What must be there for a leg to begin at all.
    pub(crate) fn least_hold(&self) -> Coins {
        let base = match self.flat() {
            Some(flat) => units(flat.price),
            None => self.usage(i128::from(self.increment().first)).max(units(self.minimum())),
        };
        coins(units(self.connect_fee()) + base)
    }

    /// The amount of one extension, at usage rates and rounded up: `ahead_s` (upfront and flat: 60 s) or one further increment,
    /// whichever is more. So every full slice moves the cut-off on by an increment at least. Nothing where time costs nothing.
    pub fn slice(&self) -> Coins {
        let increment = self.increment();
        let (ahead, step) = match (self.flat(), self.reserve()) {
            (Some(flat), _) if flat.overrun == Overrun::End => return Coins::ZERO,
            // The first increment of the overrun is not part of the first hold.
            (Some(_), _) => (60, increment.first.max(increment.further)),
            (None, Some(Reserve::Rolling { ahead_s })) => (ahead_s, increment.further),
            (None, _) => (60, increment.further),
        };
        coins((units(self.rate()) * i128::from(ahead.max(step)) + 59) / 60)
    }

    /// The next extension of a leg that was granted so much, from what its payer has available: `min(slice, available)`, and no
    /// more than `max_spend` leaves room for. Nothing means that no extension is to be made.
    pub fn next_grant(&self, granted: Coins, available: Coins) -> Coins {
        let room = self.max_spend().map_or(Coins::MAX, |most| most.saturating_sub(granted));
        self.slice().min(room).min(available).max(Coins::ZERO)
    }

    /// The cumulative charge of a leg with so much connected time, by the rule of its end. Nothing without connected time.
    pub fn charge(&self, connected: Millis, rule: EndRule) -> Coins {
        let connected = i128::from(connected.as_ms());
        if connected <= 0 {
            return Coins::ZERO;
        }
        let usage = match self.flat() {
            None => self.metered(connected - i128::from(self.free().as_ms()), units(self.minimum()), rule),
            Some(flat) => {
                let bought = i128::from(flat.minutes.span().as_ms());
                let price = units(flat.price);
                let base = match rule {
                    EndRule::UsedOnly if connected < bought => (2 * price * connected + bought) / (2 * bought),
                    EndRule::UsedOnly | EndRule::Full => price,
                };
                match flat.overrun {
                    Overrun::End => base,
                    Overrun::Metered => base + self.metered(connected - bought, 0, rule),
                }
            }
        };
        coins(units(self.connect_fee()) + usage)
    }

    /// What a running leg costs so far if only what was used counts. Grows with time and is never above the full charge.
    pub fn exact(&self, connected: Millis) -> Coins {
        self.charge(connected, EndRule::UsedOnly)
    }

    /// The longest connected time whose full charge is within the funds (and within `max_spend`). `None`: they last for ever.
    /// Funds that do not even cover the connect fee or the flat price last for no time at all.
    pub fn cutoff(&self, funds: Coins) -> Option<Millis> {
        let funds = units(self.max_spend().map_or(funds, |most| most.min(funds))) - units(self.connect_fee());
        if funds < 0 {
            return Some(Millis::ZERO);
        }
        let (free_ms, left, minimum) = match self.flat() {
            None => (self.free().as_ms(), funds, units(self.minimum())),
            Some(flat) if funds < units(flat.price) => return Some(Millis::ZERO),
            Some(flat) if flat.overrun == Overrun::End => return None,
            Some(flat) => (flat.minutes.span().as_ms(), funds - units(flat.price), 0),
        };
        let (first, further) = (i128::from(self.increment().first), i128::from(self.increment().further));
        if left < minimum {
            return Some(Millis::from_ms(free_ms));
        }
        let rate = units(self.rate());
        if rate == 0 {
            return None;
        }
        // usage(b) = floor((2·rate·b + 60) / 120) ≤ left holds exactly for 2·rate·b ≤ 120·left + 59.
        let affordable = (120 * left + 59) / (2 * rate);
        let billed = if affordable < first { 0 } else { first + (affordable - first) / further * further };
        let ms = i128::from(free_ms) + billed * 1000;
        if ms > FOREVER_MS { None } else { i64::try_from(ms).ok().map(Millis::from_ms) }
    }

    /// When a flat session without overrun is over, in connected time.
    pub fn flat_end(&self) -> Option<Millis> {
        self.flat().filter(|flat| flat.overrun == Overrun::End).map(|flat| flat.minutes.span())
    }

    /// Coins per minute at this point of connected time: nothing in free time or inside a flat price.
    pub fn burn(&self, connected: Millis) -> Coins {
        let paid_from = match self.flat() {
            Some(flat) if flat.overrun == Overrun::End => return Coins::ZERO,
            Some(flat) => flat.minutes.span(),
            None => self.free(),
        };
        if connected < paid_from { Coins::ZERO } else { self.rate() }
    }

    /// What a payer who did not come to a flat session owes.
    pub fn no_show_charge(&self) -> Coins {
        self.flat().and_then(|flat| Some(flat.no_show_share?.floor_of(flat.price))).unwrap_or_default()
    }

    /// What it costs to cancel a flat session so long before it: nothing early enough.
    pub fn cancel_charge(&self, ahead: Millis) -> Coins {
        let late = |flat: &&crate::Flat| ahead < Millis::from_secs(i64::from(flat.cancel_before_s.unwrap_or(0)));
        self.flat().filter(late).and_then(|flat| Some(flat.cancel_share?.floor_of(flat.price))).unwrap_or_default()
    }

    fn metered(&self, paid_ms: i128, minimum: i128, rule: EndRule) -> i128 {
        if paid_ms <= 0 {
            return 0;
        }
        let secs = (paid_ms + 999) / 1000;
        let (first, further) = (i128::from(self.increment().first), i128::from(self.increment().further));
        match rule {
            EndRule::UsedOnly => self.usage(secs),
            EndRule::Full if secs <= first => self.usage(first).max(minimum),
            EndRule::Full => self.usage(first + (secs - first + further - 1) / further * further).max(minimum),
        }
    }

    /// Round half up of rate × seconds / 60, in units.
    fn usage(&self, secs: i128) -> i128 {
        (2 * units(self.rate()) * secs + 60) / 120
    }
}

fn units(amount: Coins) -> i128 {
    i128::from(amount.units())
}
