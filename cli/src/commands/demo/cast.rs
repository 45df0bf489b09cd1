//! The people of the demo, their tariffs and their coins.
//!
//! Every metered preset is played as it is; beside each stands a faster one, so that a minute is enough to see coins run out.

use callboard_contract::adm::tariff::{Set, SetRequest};
use callboard_contract::adm::wallet::{Topup, TopupRequest};
use callboard_contract::{Reason, ReasonCode};
use callboard_domain::{Coins, Increment, Preset, RequestId, Reserve, TariffSpec, Uid};

use crate::connect::House;
use crate::fail::Result;

/// The presets that charge by time.
pub(super) const METERED: &[Preset] = &[Preset::CreatorHold, Preset::CoinBurn, Preset::Astro, Preset::Reader];

/// Why all of this is done.
pub(super) fn reason(note: &str) -> Reason {
    Reason { code: ReasonCode::Test, note: Some(format!("demo: {note}")) }
}

/// A tariff beside a preset in which things happen within seconds.
pub(super) struct Fast {
    /// Its name.
    pub(super) name: String,
    /// What it says.
    pub(super) spec: TariffSpec,
}

/// The faster tariffs, one for each metered preset.
pub(super) fn fast() -> Vec<Fast> {
    METERED
        .iter()
        .map(|preset| {
            let mut spec = preset.spec(Some(Coins::whole(60)), None);
            spec.warn_s = 15;
            spec.reconnect_s = Some(15);
            spec.reserve = match spec.reserve {
                Some(Reserve::Upfront { .. }) => Some(Reserve::Upfront { minutes: 1 }),
                _ => Some(Reserve::Rolling { ahead_s: 20 }),
            };
            if spec.increment.first > 1 {
                spec.increment = Increment { first: 6, further: 6 };
            }
            Fast { name: format!("{preset}-fast"), spec }
        })
        .collect()
}

/// Sets the faster tariffs.
pub(super) async fn set_tariffs(house: &House) -> Result<()> {
    for tariff in fast() {
        let request = SetRequest {
            request_id: RequestId::generate(),
            name: tariff.name,
            tariff: tariff.spec,
            reason: reason("a faster tariff"),
            expect_version: None,
            dry_run: false,
        };
        house.call::<Set>(&request).await?;
    }
    Ok(())
}

/// Puts coins into a wallet.
pub(super) async fn fund(house: &House, uid: &Uid, amount: Coins) -> Result<()> {
    let request = TopupRequest {
        request_id: RequestId::generate(),
        uid: uid.clone(),
        amount,
        reason: reason("coins to play with"),
        dry_run: false,
    };
    house.call::<Topup>(&request).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use callboard_domain::Tariff;

    use super::*;

    #[test]
    fn the_faster_tariffs_are_tariffs() {
        for tariff in fast() {
            Tariff::try_from(tariff.spec).unwrap_or_else(|e| panic!("{}: {e}", tariff.name));
        }
    }
}
