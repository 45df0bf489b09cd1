//! Subjects on which somebody may not speak or listen, and answers that are not what they look like.

use std::sync::Arc;

use async_nats::HeaderMap;
use callboard_client::Credential;
use callboard_contract::{CATALOGUE, EndpointSpec, Plane, subject};
use callboard_domain::{Power, Role};
use callboard_tests::{House, PATIENCE, Probe, within};
use futures::StreamExt as _;
use serde_json::{Value, json};

const PUBLISH: &[&str] = &[
    // of other users
    "api.v1.bob.calls.initiate",
    "api.v1.bob.session.hello",
    "api.v1.*.wallet.balance",
    "api.v1.>",
    "api.v1.alice.nothing.here",
    "api.v1.alice.*.hello",
    "api.v1.alice.calls.initiate.more",
    "api.v2.alice.calls.initiate",
    // of staff and workers
    "adm.v1.admin.wallet.topup",
    "adm.v1.alice.wallet.topup",
    "svc.billing.settle",
    "svc.programme.signal",
    "job.restream.start",
    // pushes, events, live figures
    "u.bob.calls.ended",
    "u.alice.calls.ended",
    "evt.call.ended.x",
    "live.house.ping",
    "live.outbox.wake",
    "live.restream.signal.x",
    "live.restream.still.x",
    // inboxes and replies
    "_INBOX.bob.x",
    "_INBOX.alice.x",
    "_R_.x",
    // JetStream and its keys
    "$JS.API.INFO",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.CREATE.MINE",
    "$JS.API.STREAM.MSG.GET.EVT",
    "$JS.API.DIRECT.GET.EVT",
    "$JS.API.CONSUMER.CREATE.EVT",
    "$JS.API.STREAM.PURGE.EVT",
    "$JS.ACK.EVT.x",
    "$KV.presence.alice",
    // services and the server itself
    "$SRV.PING",
    "$SRV.STATS.callboard-billing",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.USER.AUTH",
    "$SYS.REQ.SERVER.PING.CONNZ",
    "anything",
];

const SUBSCRIBE: &[&str] = &[
    ">",
    "*",
    "*.*",
    "u.>",
    "u.*.calls.ended",
    "u.bob.>",
    "u.bob.calls.ended",
    "_INBOX.>",
    "_INBOX.*.x",
    "_INBOX.bob.>",
    "_INBOX.worker_billing.>",
    "_R_.>",
    "api.>",
    "api.v1.*.calls.*",
    "api.v1.alice.calls.initiate",
    "adm.>",
    "svc.>",
    "evt.>",
    "evt.call.>",
    "live.>",
    "job.>",
    "room.x.>",
    "$JS.>",
    "$JS.EVENT.>",
    "$KV.>",
    "$KV.presence.alice",
    "$SRV.>",
    "$SRV.PING",
    "$SYS.>",
    "$SYS.REQ.USER.AUTH",
];

const NOT_OF_STAFF: &[&str] = &[
    "u.alice.calls.ended",
    "evt.call.ended.x",
    "live.house.ping",
    "live.restream.signal.x",
    "live.restream.still.x",
    "job.restream.programme.x",
    "_INBOX.admin.x",
    "$JS.API.STREAM.INFO.EVT",
    "$JS.API.STREAM.PURGE.EVT",
    "$KV.presence.alice",
];

async fn probe(house: &House, name: &str) -> Probe {
    Probe::connect(house.ws_url(), &house.token(name), name).await.expect("signed in")
}

fn own(name: &str, service: &str, verb: &str) -> String {
    let specs = CATALOGUE.iter().copied().flatten();
    let spec = specs.filter(|s| s.plane == Plane::Api).find(|s| (s.service, s.verb) == (service, verb));
    subject::request(spec.expect("in the catalogue"), name)
}

pub(crate) async fn of_clients(house: Arc<House>) {
    let alice = probe(&house, "alice").await;
    alice.may_not_publish(PUBLISH.iter().copied()).await;
    alice.may_not_subscribe(SUBSCRIBE.iter().copied()).await;
    // What he may do still works on the same connection, and unknown verbs of his own are told to be unknown.
    let hello = alice.ask(&own("alice", "session", "hello"), "{}").await.expect("answered");
    assert_eq!(hello["ok"]["uid"], "alice", "{hello}");
    for verb in ["*", ">", "nonsense", "Hello"] {
        let answer = alice.ask(&format!("api.v1.alice.session.{verb}"), "{}").await;
        assert!(answer.as_ref().map_or(true, |a| a["error"]["code"] == "not_found"), "{verb}: {answer:?}");
    }
}

pub(crate) async fn of_staff(house: Arc<House>) {
    let specs: Vec<&EndpointSpec> = CATALOGUE.iter().copied().flatten().copied().collect();
    for &role in Role::ALL {
        let (staff, path) = house.hire(role).await;
        let token = Credential::read(&path).expect("there").login_token();
        let name = staff.name().as_str();
        let probe = Probe::connect(house.nats_url(), &token, name).await.expect("signed in");
        let lacks = |spec: &EndpointSpec| spec.power.is_none_or(|power| !role.may(power)) || spec.plane != Plane::Adm;
        let mut publish: Vec<String> =
            specs.iter().filter(|spec| lacks(spec)).map(|spec| subject::request(spec, name)).collect();
        // Nobody speaks in another's name, whatever the role.
        publish.extend(specs.iter().map(|spec| subject::request(spec, "somebody")));
        publish.extend(NOT_OF_STAFF.iter().map(|s| (*s).to_owned()));
        probe.may_not_publish(publish).await;
        let mut subscribe =
            vec![">", "u.>", "adm.>", "api.>", "_INBOX.>", "_INBOX.admin.>", "$KV.>", "$JS.>", "$SRV.PING"];
        subscribe.extend(["live.>", "live.restream.>", "live.restream.still.x", "live.restream.signal.x"]);
        if !role.may(Power::Events) {
            subscribe.extend(["evt.>", "evt.ledger.>"]);
        }
        probe.may_not_subscribe(subscribe).await;
    }
}

/// Alice asks as herself and has the answer sent to Bob, to a worker, to a stream. Bob's app hears nothing; nothing is done.
pub(crate) async fn aimed_replies(house: Arc<House>) {
    let (alice, bob) = (probe(&house, "aim-alice").await, house.person("aim-bob").await);
    let mut raw = bob.app().bus().client().subscribe("u.aim-bob.>").await.expect("subscribed");
    bob.app().bus().flush().await.expect("flushed");
    let hello = own("aim-alice", "session", "hello");
    let targets = [
        "u.aim-bob.calls.ended".to_owned(),
        own("aim-bob", "calls", "end"),
        own("aim-alice", "calls", "settings_get"),
        "adm.v1.admin.wallet.topup".to_owned(),
        "svc.billing.settle".to_owned(),
        "evt.call.ended.x".to_owned(),
        "$JS.API.STREAM.PURGE.EVT".to_owned(),
        "$KV.presence.aim-bob".to_owned(),
        "_INBOX.aim-bob.x".to_owned(),
        "_INBOX.admin.x".to_owned(),
    ];
    for target in &targets {
        for (subject, body) in [(&hello, "{}"), (&hello, "garbage")] {
            alice.client().publish_with_reply(subject.clone(), target.clone(), body.into()).await.expect("sent");
        }
    }
    // The attack reaches Bob's connection: the answer lands there, without the header that pushes have.
    let landed = within("the aimed answer", PATIENCE, raw.next()).await.expect("open");
    assert!(landed.headers.as_ref().and_then(|h| h.get(subject::PUSH_HEADER)).is_none(), "{landed:?}");
    let answer: Value = serde_json::from_slice(&landed.payload).expect("an answer");
    assert!(answer.get("ok").is_some() || answer.get("error").is_some(), "{answer}");
    // What the house really pushes then is the first thing that his app hears.
    house.topup("aim-bob", "1").await;
    let heard = bob.hears("anything at all", |_| true).await;
    assert_eq!((heard.event.as_str(), &heard.data["kind"]), ("wallet.changed", &json!("topup")));
    assert_eq!(bob.heard().len(), 1);
    assert!(alice.ask(&hello, "{}").await.expect("answered").get("ok").is_some());
}

pub(crate) async fn forged_request_info(house: Arc<House>) {
    let alice = probe(&house, "forge-alice").await;
    for forged in [
        json!({ "acc": "EDGE", "user": "bob", "id": 1 }).to_string(),
        json!({ "acc": "APP", "user": "admin" }).to_string(),
        "garbage".to_owned(),
        String::new(),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Request-Info", forged.as_str());
        let request = async_nats::Request::new().payload("{}".into()).headers(headers);
        let answer = alice.client().send_request(own("forge-alice", "session", "hello"), request).await;
        let answer: Value = serde_json::from_slice(&answer.expect("answered").payload).expect("json");
        // The server writes the header itself, or the worker refuses: never is it somebody else.
        let who = answer["ok"]["uid"].as_str();
        assert!(who == Some("forge-alice") || answer["error"]["code"] == "forbidden", "{forged}: {answer}");
    }
}
