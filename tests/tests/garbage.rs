//! Garbage on every request subject of the catalogue: each is answered with a fitting refusal, the workers live on as the same
//! processes, and nothing is changed.
//!
//! The same seed gives the same garbage: `CALLBOARD_GARBAGE_SEED` (1 if absent). `CALLBOARD_GARBAGE_PER_ENDPOINT` (400 if absent)
//! is how many pieces of each endpoint's own garbage are tried; a fortieth as many of random bytes come on top.

#[path = "garbage/absurd.rs"]
mod absurd;
#[path = "garbage/state.rs"]
mod state;

use std::sync::Arc;

use callboard_client::Credential;
use callboard_contract::limits::{MAX_BODY_BYTES, MAX_CLIENT_PAYLOAD_BYTES};
use callboard_contract::{CATALOGUE, EndpointSpec, Plane, subject};
use callboard_domain::{CallKind, Role};
use callboard_tests::garbage::{self, Expect, Piece};
use callboard_tests::{Form, House, Options, Probe, Rows};
use serde_json::{Value, json};

/// Users who send garbage, in turn: each may ask only so often.
const SENDERS: usize = 24;

struct Senders {
    users: Vec<(String, Probe)>,
    admin: (String, Probe),
}

impl Senders {
    async fn new(house: &House) -> Self {
        let mut users = Vec::new();
        for n in 0..SENDERS {
            let name = format!("garbage-{n}");
            let probe = Probe::connect(house.ws_url(), &house.token(&name), &name).await.expect("signed in");
            users.push((name, probe));
        }
        let (staff, path) = house.hire(Role::Admin).await;
        let name = staff.name().to_string();
        let token = Credential::read(&path).expect("there").login_token();
        let probe = Probe::connect(house.nats_url(), &token, &name).await.expect("signed in");
        Self { users, admin: (name, probe) }
    }

    fn of(&self, plane: Plane, turn: usize) -> &(String, Probe) {
        if plane == Plane::Api { &self.users[turn % self.users.len()] } else { &self.admin }
    }

    /// Sends a piece and checks the answer; one who asks too often waits as long as he is told.
    async fn send(&self, spec: &EndpointSpec, turn: usize, piece: &Piece) -> Result<(), String> {
        let (name, probe) = self.of(spec.plane, turn);
        let subject = subject::request(spec, name);
        loop {
            let answer = probe.ask(&subject, piece.body.clone()).await;
            let answer = answer.map_err(|e| format!("{spec:?}, {}: no answer: {e}", piece.what))?;
            if answer["error"]["code"] == "rate_limited" {
                let ms = answer["error"]["retry_after_ms"].as_u64().unwrap_or(100);
                tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
                continue;
            }
            return if piece.expect.fits(&answer) {
                Ok(())
            } else {
                let body = String::from_utf8_lossy(&piece.body);
                let body: String = body.chars().take(300).collect();
                Err(format!("{spec:?}, {}: {body}\n    answered {answer}", piece.what))
            };
        }
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

async fn garbage_for(senders: Arc<Senders>, spec: &'static EndpointSpec, turn: usize) {
    let most = usize::try_from(number("CALLBOARD_GARBAGE_PER_ENDPOINT", 400)).expect("a number of pieces");
    let seed = number("CALLBOARD_GARBAGE_SEED", 1);
    let limit = if spec.plane == Plane::Api { MAX_CLIENT_PAYLOAD_BYTES } else { MAX_BODY_BYTES };
    let mut all = garbage::for_all(limit, most / 40, seed);
    all.extend(garbage::for_form(&Form::of(spec), spec, most, seed));
    all.extend(absurd::pieces(spec));
    let mut wrong = Vec::new();
    for (n, piece) in all.iter().enumerate() {
        wrong.extend(senders.send(spec, turn + n, piece).await.err());
    }
    assert!(wrong.is_empty(), "{} of {}:\n  {}", wrong.len(), all.len(), wrong.join("\n  "));
}

/// More than a client may send cuts the connection at most, and reaches no worker.
async fn too_large_for_clients(house: Arc<House>) {
    let name = "garbage-large";
    let probe = Probe::connect(house.ws_url(), &house.token(name), name).await.expect("signed in");
    for size in [MAX_CLIENT_PAYLOAD_BYTES + 1, 64 * 1024, 900 * 1024] {
        let spec = CATALOGUE[0][0];
        let answer = probe.ask(&subject::request(spec, name), vec![b' '; size]).await;
        assert!(answer.is_err(), "{size} bytes of a client were taken: {answer:?}");
    }
    let probe = Probe::connect(house.ws_url(), &house.token(name), name).await.expect("signs in again");
    let answer = probe.ask(&subject::request(CATALOGUE[0][0], name), "{}").await.expect("answered");
    assert!(answer.get("ok").is_some(), "{answer}");
}

/// A house with something in it that could be changed.
async fn inhabited() -> House {
    let house = House::start(Options::default()).await;
    let spec: Value = json!({ "rate": "60", "reserve": { "mode": "rolling", "ahead_s": 20 },
        "split": [["creator", "0.8"], ["platform", "0.2"]] });
    house.tariff("garbage", spec).await;
    let (fan, creator) = (house.fan("kept-fan", "500").await, house.person("kept-creator").await);
    creator.offers("garbage", CallKind::Audio, "60").await;
    let talk = fan.talk(&creator, CallKind::Audio).await;
    house.connected(talk.call_id, 1_500).await;
    fan.end(talk.call_id).await;
    house
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subject_takes_garbage_and_nothing_changes() {
    let house = Arc::new(inhabited().await);
    let senders = Arc::new(Senders::new(&house).await);
    let (before, pids) = (state::of(&house).await, house.pids());
    let mut rows = Rows::default();
    // What workers ask each other reaches nobody else's connection, and a house can do without the optional ones.
    let runs = |spec: &EndpointSpec| !spec.worker.is_optional() || house.pid(spec.worker.name()).is_some();
    let asked = CATALOGUE.iter().copied().flatten().copied().filter(|spec| spec.plane != Plane::Svc && runs(spec));
    for (turn, spec) in asked.enumerate() {
        rows.add(spec.verb, garbage_for(Arc::clone(&senders), spec, turn));
    }
    rows.add("too large for clients", too_large_for_clients(Arc::clone(&house)));
    rows.all_hold().await;
    house.is_well().await;
    assert_eq!(house.pids(), pids, "the workers are the same processes");
    for name in ["signaling", "billing"] {
        let log = house.log(name);
        let panics: Vec<&str> =
            log.lines().filter(|l| l.contains("panicked") || l.contains("handler took too long")).collect();
        assert!(panics.is_empty(), "{name}: {panics:#?}");
    }
    state::same(&before, &state::of(&house).await);
    house.balanced().await;
    Arc::into_inner(house).expect("all rows are done").down();
}

#[test]
fn expectations_are_told_apart() {
    assert!(Expect::Refusal.fits(&json!({ "error": { "code": "conflict" } })));
    assert!(
        !Expect::Refusal.fits(&json!({ "ok": {} }))
            && !Expect::Unread.fits(&json!({ "error": { "code": "internal" } }))
    );
    assert!(
        Expect::Anything.fits(&json!({ "ok": {} }))
            && !Expect::Anything.fits(&json!({ "error": { "code": "internal" } }))
    );
}
