//! The population of the demo: who calls whom under which tariff, with which coins.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use callboard_client::synthetic::{self, CreatorPart, FanPart, Summary};
use callboard_contract::adm::users::{Token, TokenRequest};
use callboard_contract::api::calls::CreatorSettings;
use callboard_domain::{CallKind, Coins, Preset, Uid};
use tokio_util::sync::CancellationToken;

use super::cast::{self, METERED};
use crate::connect::House;
use crate::fail::Result;

/// One creator for each metered preset, one for each faster tariff, in the order of both; then the host of groups.
const CREATORS: &[&str] = &["hana", "diego", "surya", "iris", "felix", "bruna", "tara", "rune"];
const HOST: &str = "gala";
/// Fan number n calls creator number n first.
const FANS: &[&str] = &["maya", "jonas", "li", "priya", "tom", "aiko", "omar", "zoe", "ben", "nina", "raj", "eva"];
/// Fans who call under the faster `coin-burn` and `astro` first, and stay until they have nothing left.
const RUN_DRY: &[&str] = &["aiko", "omar"];
const COINS: Coins = Coins::whole(10_000);
/// Half a minute at the faster rate.
const FEW_COINS: Coins = Coins::whole(30);
const RATE: Coins = Coins::whole(10);
const FAST_RATE: Coins = Coins::whole(60);
const TOKEN_SECONDS: u32 = 24 * 60 * 60;

/// The population, funded and with tokens.
pub(super) struct Crowd {
    crowd: synthetic::Crowd,
    stop: CancellationToken,
}

impl Crowd {
    /// Makes tokens, fills wallets, and says who plays what.
    pub(super) async fn gather(house: &House, websocket: &str, seed: u64) -> Result<Self> {
        let (fans, creators) = population();
        let mut tokens = HashMap::new();
        for uid in fans.iter().map(|fan| &fan.uid).chain(creators.iter().map(|creator| &creator.uid)) {
            let request = TokenRequest { uid: uid.clone(), ttl_s: Some(TOKEN_SECONDS) };
            tokens.insert(uid.clone(), house.call::<Token>(&request).await?.token);
        }
        for fan in &fans {
            cast::fund(house, &fan.uid, if fan.runs_dry { FEW_COINS } else { COINS }).await?;
        }
        let tokens = Arc::new(move |uid: &Uid| tokens.get(uid).cloned().unwrap_or_default());
        let mut crowd = synthetic::Crowd::new(websocket, tokens, seed);
        (crowd.fans, crowd.creators) = (fans, creators);
        Ok(Self { crowd, stop: CancellationToken::new() })
    }

    /// What ends the play before its time: everybody then hangs up.
    pub(super) fn stopper(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Plays for so long; then everybody hangs up and leaves.
    pub(super) async fn play(self, lasting: Duration) -> Summary {
        self.crowd.run(lasting, self.stop).await
    }
}

/// Whether calls of the crowd go to somebody.
pub(super) fn calls(uid: &Uid) -> bool {
    uid.as_str() == HOST || CREATORS.contains(&uid.as_str())
}

fn population() -> (Vec<FanPart>, Vec<CreatorPart>) {
    let uid = |name: &str| Uid::new(name).expect("the names above keep the rules");
    let presets = METERED.iter().map(|preset| (preset.to_string(), RATE));
    let fast = cast::fast().into_iter().map(|tariff| (tariff.name, FAST_RATE));
    let mut creators: Vec<CreatorPart> = CREATORS
        .iter()
        .zip(presets.chain(fast))
        .map(|(name, (tariff, rate))| {
            creator(uid(name), tariff, rate, &[CallKind::Chat, CallKind::Audio, CallKind::Video])
        })
        .collect();
    let host = creator(uid(HOST), Preset::CoinBurn.to_string(), RATE, &[CallKind::Group]);
    creators.push(CreatorPart { hosts: true, ..host });
    let fans = FANS.iter().map(|name| FanPart { uid: uid(name), runs_dry: RUN_DRY.contains(name) }).collect();
    (fans, creators)
}

fn creator(uid: Uid, tariff: String, rate: Coins, kinds: &[CallKind]) -> CreatorPart {
    let rates: BTreeMap<CallKind, Coins> = kinds.iter().map(|kind| (*kind, rate)).collect();
    let settings =
        CreatorSettings { available: true, auto_accept: false, tariff: Some(tariff), rates, minimum_minutes: 0 };
    CreatorPart { uid, settings, hosts: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metered_tariff_has_its_creator_and_those_who_run_dry_call_a_fast_one_first() {
        let (fans, creators) = population();
        let tariffs: Vec<&str> = creators.iter().map(|creator| creator.settings.tariff_name()).collect();
        for preset in METERED {
            assert!(tariffs.contains(&preset.as_str()), "{preset}");
        }
        let dry: Vec<usize> = (0..fans.len()).filter(|n| fans[*n].runs_dry).collect();
        assert_eq!(dry.iter().map(|n| tariffs[*n]).collect::<Vec<_>>(), ["coin-burn-fast", "astro-fast"]);
    }
}
