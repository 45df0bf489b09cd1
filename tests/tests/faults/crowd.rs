//! Pairs of synthetic apps, each in one call that lasts until the fan is told to hang up.

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::CancellationToken;
use callboard_client::synthetic::{Answer, CreatorApp, Fan, FanScript, Plan, Summary, Tally, Tokens};
use callboard_contract::api::calls::CreatorSettings;
use callboard_domain::{CallKind, Uid};
use callboard_tests::{House, coins, hs256, now_s, uid, within};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::task::JoinSet;

pub(crate) struct Crowd {
    apps: JoinSet<()>,
    stop: CancellationToken,
    tally: Tally,
}

impl Crowd {
    /// Lets so many fans call so many creators.
    pub(crate) async fn begin(house: &House, pairs: usize, tariff: &str) -> Self {
        let secret = house.secret().to_vec();
        let tokens: Tokens = Arc::new(move |uid: &Uid| {
            hs256(&secret, &json!({ "sub": uid.as_str(), "aud": "callboard", "exp": now_s() + 24 * 3600 }))
        });
        let mut crowd = Self { apps: JoinSet::new(), stop: CancellationToken::new(), tally: Tally::default() };
        for n in 0..pairs {
            let kind = [CallKind::Chat, CallKind::Audio, CallKind::Video][n % 3];
            let settings = CreatorSettings {
                available: true,
                tariff: Some(tariff.to_owned()),
                rates: [(kind, coins("6"))].into(),
                ..CreatorSettings::default()
            };
            let (fan, creator) = (format!("fan-{n}"), format!("creator-{n}"));
            house.topup(&fan, "10000").await;
            let rng = |more: u64| StdRng::seed_from_u64(n as u64 * 2 + more);
            let ws = house.ws_url();
            let tally = || crowd.tally.clone();
            let mut creator =
                CreatorApp::connect(ws, uid(&creator), settings, &tokens, rng(0), tally()).await.expect("in");
            let mut fan = Fan::connect(ws, uid(&fan), &tokens, rng(1), tally()).await.expect("in");
            let callee = creator.app().uid().clone();
            let (for_fan, for_creator) = (crowd.stop.clone(), CancellationToken::new());
            crowd.apps.spawn(async move {
                let call = creator.ringing(&for_creator).await.expect("it rings");
                let answer = Answer::Accept { after: Duration::ZERO, plan: Plan::default() };
                creator.answer(&call, answer, &for_creator).await;
            });
            crowd.apps.spawn(async move {
                let call = fan.call(&callee, kind, None, FanScript::RunDry, &for_fan).await;
                assert!(call.expect("it came about").state.is_over());
            });
        }
        crowd
    }

    /// Lets all fans hang up, and gives what everybody saw.
    pub(crate) async fn finish(mut self) -> Summary {
        self.stop.cancel();
        let left = async {
            while let Some(done) = self.apps.join_next().await {
                done.expect("an app played to its end");
            }
        };
        within("everybody to hang up", Duration::from_mins(2), left).await;
        self.tally.summary()
    }
}
