//! Somebody who goes on giving commands through everything, writes down each answer, and asks for all of them again at the end.

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::CancellationToken;
use callboard_contract::adm::wallet::{Topup, TopupReply, TopupRequest};
use callboard_contract::api::calls::{CreatorSettings, SettingsSet, SettingsSetRequest};
use callboard_domain::{Coins, RequestId};
use callboard_tests::{House, Person, coins, eventually, uid, why};
use tokio::task::JoinHandle;

const PAUSE: Duration = Duration::from_millis(100);
const TILL: &str = "till";

type Given = Vec<(TopupRequest, Option<TopupReply>)>;
type Changed = Vec<(SettingsSetRequest, Option<CreatorSettings>)>;

pub(crate) struct Clerk {
    stop: CancellationToken,
    coins: JoinHandle<Given>,
    settings: JoinHandle<Changed>,
}

impl Clerk {
    pub(crate) async fn begin(house: &Arc<House>) -> Self {
        let stop = CancellationToken::new();
        // Signed in while there is somebody to check it.
        let person = house.person("changing").await;
        Self {
            coins: tokio::spawn(give(Arc::clone(house), stop.clone())),
            settings: tokio::spawn(change(person, stop.clone())),
            stop,
        }
    }

    /// Asks again for everything: what was acknowledged is answered as before, what was not is done once. Gives how many commands.
    pub(crate) async fn finish(self, house: &Arc<House>) -> usize {
        self.stop.cancel();
        let (given, changed) = (self.coins.await.expect("gave"), self.settings.await.expect("changed"));
        for (request, before) in &given {
            let again = eventually("an answer", Duration::from_mins(1), || async {
                house.admin().call::<Topup>(request).await.ok()
            });
            let again = again.await;
            assert!(before.as_ref().is_none_or(|before| *before == again), "{before:?}, then {again:?}");
        }
        let till = house.wallet(&uid(TILL)).await.posted;
        assert_eq!(till, Coins::whole(i64::try_from(given.len()).expect("few")), "each top-up counts once");
        let person = house.person("changing").await;
        for (request, before) in &changed {
            // He is told to wait where he asks too fast.
            let again = eventually("an answer", Duration::from_mins(1), || async {
                person.app().call::<SettingsSet>(request).await.ok()
            });
            let again = again.await;
            assert_eq!(again, request.settings);
            assert!(before.as_ref().is_none_or(|before| *before == again), "{before:?}, then {again:?}");
        }
        given.len() + changed.len()
    }
}

async fn give(house: Arc<House>, stop: CancellationToken) -> Given {
    let mut given = Given::new();
    while !stop.is_cancelled() {
        let request = TopupRequest {
            request_id: RequestId::generate(),
            uid: uid(TILL),
            amount: coins("1"),
            reason: why(),
            dry_run: false,
        };
        let answer = house.admin().call::<Topup>(&request).await.ok();
        given.push((request, answer));
        stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
    }
    given
}

async fn change(person: Person, stop: CancellationToken) -> Changed {
    let mut changed = Changed::new();
    for minutes in 1.. {
        if stop.is_cancelled() {
            break;
        }
        let settings = CreatorSettings { minimum_minutes: minutes % 1000, ..CreatorSettings::default() };
        let request = SettingsSetRequest { request_id: RequestId::generate(), settings };
        let answer = person.app().call::<SettingsSet>(&request).await.ok();
        changed.push((request, answer));
        stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
    }
    changed
}
