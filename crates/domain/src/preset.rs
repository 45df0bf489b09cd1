//! The five ready-made tariffs, each the habit of a platform that Callboard replaces (MONEY, Tariff).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::words;
use crate::tariff::Minutes;
use crate::{Coins, Flat, Increment, Overrun, Party, Reserve, Share, Split, TariffSpec};

words! {
    /// A ready-made tariff.
    Preset {
        /// An estimate is held before the call; whole minutes.
        CreatorHold = "creator-hold",
        /// Coins go second by second.
        CoinBurn = "coin-burn",
        /// Second by second, at the astrologer's rate.
        Astro = "astro",
        /// Whole minutes, ends when less than one is left.
        Reader = "reader",
        /// One price for 15, 30, 45 or 60 minutes.
        ReaderFlat = "reader-flat",
    }
}

impl Preset {
    /// The tariff. `rate` is coins per minute (`reader-flat`: the price of 15 minutes). `minutes` is the estimate of `creator-hold`,
    /// at least 5, or the length of `reader-flat`, taken up to the next quarter of an hour and at most 60; the others have no use for it.
    pub fn spec(self, rate: Option<Coins>, minutes: Option<u32>) -> TariffSpec {
        let rolling = Some(Reserve::Rolling { ahead_s: 60 });
        let second = Increment::default();
        let minute = Increment { first: 60, further: 60 };
        let ten = rate.unwrap_or(Coins::whole(10));
        match self {
            Self::CreatorHold => {
                let estimate = Reserve::Upfront { minutes: minutes.unwrap_or(5).max(5) };
                metered(ten, minute, Some(estimate), ("creator", 80, "platform"))
            }
            Self::CoinBurn => metered(ten, second, rolling, ("creator", 80, "platform")),
            Self::Astro => metered(ten, second, rolling, ("astrologer", 90, "admin")),
            Self::Reader => {
                metered(rate.unwrap_or(Coins::from_units(39_900)), minute, rolling, ("reader", 70, "platform"))
            }
            Self::ReaderFlat => {
                let quarters = minutes.unwrap_or(15).clamp(1, 60).div_ceil(15);
                let quarter = rate.unwrap_or(Coins::whole(45));
                let price = Coins::from_units(quarter.units().saturating_mul(i64::from(quarters)));
                let flat = Flat {
                    price,
                    minutes: Minutes::whole(quarters * 15),
                    overrun: Overrun::End,
                    no_show_share: None,
                    cancel_share: None,
                    cancel_before_s: None,
                };
                TariffSpec { flat: Some(flat), ..metered(Coins::ZERO, second, None, ("reader", 70, "platform")) }
            }
        }
    }
}

fn metered(rate: Coins, increment: Increment, reserve: Option<Reserve>, split: (&str, u8, &str)) -> TariffSpec {
    let (payee, percent, house) = split;
    let named = |name: &str| Party::new(name).expect("the presets name parties by the rules");
    let parts = vec![(named(payee), Share::percent(percent)), (named(house), Share::percent(100 - percent))];
    TariffSpec {
        rate,
        increment,
        free_s: 0,
        minimum: Coins::ZERO,
        connect_fee: Coins::ZERO,
        reserve,
        warn_s: 60,
        reconnect_s: Some(30),
        max_spend: None,
        split: Split::new(parts).expect("two different parties whose shares make up 100"),
        flat: None,
    }
}
