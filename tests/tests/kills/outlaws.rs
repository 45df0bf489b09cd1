//! One who is muted in a room, one who is banned from another, and one who is suspended from the house: all three try on and on.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use callboard_bus::{CallError, CancellationToken};
use callboard_contract::adm::moderation::{Impose, ImposeRequest};
use callboard_contract::api::chat::{
    Edit, EditRequest, History, HistoryRequest, Send as SendMessage, Sync as SyncRoom, SyncRequest,
};
use callboard_contract::api::gifts::Send as Give;
use callboard_contract::api::rooms::{Join, RoomRef, Sanction, SanctionRequest, Ticket};
use callboard_contract::room::MessageView;
use callboard_contract::{Endpoint, ErrorCode};
use callboard_domain::{Millis, RequestId, RoomId, SanctionKind, Scope, Uid};
use callboard_tests::{House, Person, Probe, entering, hs256, now_s, saying, why};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::talkers::giving;
use crate::town::Town;

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(200);
/// Longer than the test.
const LENGTH: Millis = Millis::from_secs(3600);

/// Whether an attempt was refused; otherwise nobody was there who could have let it through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Refused,
    Unanswered,
}

#[derive(Default)]
pub(crate) struct Attempts(BTreeMap<(&'static str, Outcome), usize>);

impl Attempts {
    fn note(&mut self, who: &'static str, outcome: Outcome) {
        *self.0.entry((who, outcome)).or_default() += 1;
    }

    fn count(&self, who: &'static str, outcome: Outcome) -> usize {
        self.0.get(&(who, outcome)).copied().unwrap_or_default()
    }
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for who in WHO {
            let (refused, unanswered) = (self.count(who, Outcome::Refused), self.count(who, Outcome::Unanswered));
            write!(f, "{who}: {refused} attempts refused, {unanswered} not answered; ")?;
        }
        Ok(())
    }
}

pub(crate) const MUTED: &str = "muted";
/// What he said before he was muted.
const BEFORE: &str = "before";
const WHO: [&str; 3] = [MUTED, "banned", "suspended"];

pub(crate) struct Outlaws {
    stop: CancellationToken,
    trying: [JoinHandle<Attempts>; 3],
}

impl Outlaws {
    pub(crate) async fn begin(house: &House, town: &Town) -> Self {
        let stop = CancellationToken::new();
        let (muted, banned) = (house.fan(MUTED, "100").await, house.fan("banned", "100").await);
        let suspended = house.person("suspended").await;
        for (person, table) in [(&muted, 0), (&banned, 1), (&suspended, 2)] {
            person.ask::<Join>(&entering(town.tables[table], None)).await;
        }
        let mine = muted.ask::<SendMessage>(&saying(town.tables[0], BEFORE)).await;
        punish(&town.people[0], town.tables[0], muted.uid(), SanctionKind::Mute).await;
        punish(&town.people[1], town.tables[1], banned.uid(), SanctionKind::Ban).await;
        let impose = ImposeRequest {
            request_id: RequestId::generate(),
            uid: suspended.uid().clone(),
            kind: SanctionKind::Suspend,
            scope: Scope::Platform,
            length: Some(LENGTH),
            device: None,
            case_id: None,
            reason: why(),
            dry_run: false,
        };
        assert_eq!(house.ask::<Impose>(&impose).await.effect.left, Vec::<String>::new());
        let host = town.people[0].uid().clone();
        let edit = EditRequest {
            request_id: RequestId::generate(),
            room_id: town.tables[0],
            message_id: mine.message_id,
            body: "after".to_owned(),
        };
        let trying = [
            tokio::spawn(speak(muted, host, edit, stop.clone())),
            tokio::spawn(enter(banned, town.tables[1], stop.clone())),
            tokio::spawn(sign_in(
                suspended,
                town.tables[2],
                house.ws_url().to_owned(),
                house.secret().to_vec(),
                stop.clone(),
            )),
        ];
        Self { stop, trying }
    }

    /// Ends it; fails unless each was refused many times, and in the end too.
    pub(crate) async fn finish(self) -> Attempts {
        self.stop.cancel();
        let mut all = Attempts::default();
        for trying in self.trying {
            all.0.extend(trying.await.expect("none of his attempts was let through").0);
        }
        for who in WHO {
            assert!(all.count(who, Outcome::Refused) > 30, "{all}");
        }
        all
    }
}

/// Fails unless what he said before is all that he said, and as he said it.
pub(crate) fn said_nothing(log: &[MessageView]) {
    let his = log.iter().filter(|m| m.author.as_str() == MUTED);
    assert_eq!(his.map(|m| m.body.as_str()).collect::<Vec<_>>(), [BEFORE]);
}

async fn punish(host: &Person, room_id: RoomId, uid: &Uid, kind: SanctionKind) {
    let request = SanctionRequest {
        request_id: RequestId::generate(),
        room_id,
        uid: uid.clone(),
        kind,
        length: Some(LENGTH),
        reason: why(),
    };
    host.ask::<Sanction>(&request).await;
}

/// Tries something once; panics if it is let through.
async fn attempt<E: Endpoint>(person: &Person, request: E::Request) -> Outcome {
    match person.app().call::<E>(&request).await {
        Ok(_) => panic!("{}: {:?} was let through", person.uid(), E::SPEC),
        Err(CallError::Api(error)) => match error.code {
            ErrorCode::Unavailable | ErrorCode::RateLimited => Outcome::Unanswered,
            ErrorCode::Forbidden | ErrorCode::NotFound => Outcome::Refused,
            _ => panic!("{}: {:?}: {error}", person.uid(), E::SPEC),
        },
        Err(_) => Outcome::Unanswered,
    }
}

async fn goes_on(stop: &CancellationToken) -> bool {
    stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_some()
}

async fn speak(person: Person, host: Uid, edit: EditRequest, stop: CancellationToken) -> Attempts {
    let mut attempts = Attempts::default();
    while goes_on(&stop).await {
        let edit = EditRequest { request_id: RequestId::generate(), ..edit.clone() };
        for outcome in [
            attempt::<SendMessage>(&person, saying(edit.room_id, "let me speak")).await,
            attempt::<Give>(&person, giving(edit.room_id, &host)).await,
            attempt::<Edit>(&person, edit).await,
        ] {
            attempts.note(MUTED, outcome);
        }
    }
    assert!(attempt::<SendMessage>(&person, saying(edit.room_id, "and now?")).await == Outcome::Refused);
    attempts
}

async fn enter(person: Person, room_id: RoomId, stop: CancellationToken) -> Attempts {
    let mut attempts = Attempts::default();
    while goes_on(&stop).await {
        let history = HistoryRequest { room_id, before: None, after: None, limit: None };
        for outcome in [
            attempt::<Join>(&person, entering(room_id, None)).await,
            attempt::<SendMessage>(&person, saying(room_id, "let me in")).await,
            attempt::<History>(&person, history).await,
            attempt::<SyncRoom>(&person, SyncRequest { room_id, after: 0, limit: None }).await,
            attempt::<Ticket>(&person, RoomRef { room_id }).await,
        ] {
            attempts.note("banned", outcome);
        }
    }
    assert!(attempt::<Join>(&person, entering(room_id, None)).await == Outcome::Refused);
    attempts
}

async fn sign_in(
    person: Person,
    room_id: RoomId,
    ws_url: String,
    secret: Vec<u8>,
    stop: CancellationToken,
) -> Attempts {
    let mut attempts = Attempts::default();
    let signs_in = || async {
        let token = hs256(&secret, &json!({ "sub": "suspended", "aud": "callboard", "exp": now_s() + 3600 }));
        match Probe::connect(&ws_url, &token, "suspended").await {
            Ok(_) => panic!("he signed in"),
            Err(words) if words.contains("authorization violation") => Outcome::Refused,
            Err(_) => Outcome::Unanswered,
        }
    };
    // The app that he had open tries to come back by itself all the while.
    let mut open = person.app().connection();
    while goes_on(&stop).await {
        attempts.note("suspended", signs_in().await);
        assert!(!open.borrow_and_update().is_connected(), "his app came back");
    }
    assert!(signs_in().await == Outcome::Refused);
    assert!(attempt::<SendMessage>(&person, saying(room_id, "let me back")).await == Outcome::Unanswered);
    attempts
}
