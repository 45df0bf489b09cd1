//! Events, pushes and presence through a real server with the permissions of the house.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod support;

use std::time::Duration;

use callboard_bus::ConnectionState;
use callboard_contract::{Event, Push, Worker, subject};
use callboard_domain::{At, EventId, Uid};
use futures::StreamExt as _;
use serde_json::json;
use support::{House, PATIENCE};

fn event(entity: &str, version: i64) -> Event {
    Event {
        id: EventId::generate(),
        event: "call.active".to_owned(),
        entity: entity.to_owned(),
        version,
        at: At::from_ms(1_800_000_000_000),
        actor: "house".to_owned(),
        data: json!({"n": version}),
        pushes: vec![],
    }
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

#[tokio::test]
async fn events_are_stored_once_heard_by_staff_and_counted_for_the_books() {
    let house = House::start().await;
    let (signaling, billing) = (house.worker(Worker::Signaling).await, house.worker(Worker::Billing).await);
    let (one, two) = tokio::join!(signaling.apply_streams(), billing.apply_streams());
    one.unwrap();
    two.unwrap();
    signaling.apply_streams().await.unwrap();

    let ines = house.staff("ines", "viewer").await;
    let mut heard = ines.subscribe_events("evt.call.>").await.unwrap();
    ines.flush().await.unwrap();
    let events: Vec<Event> = (1..=2500).map(|n| event("c1", n)).collect();
    let acks: Vec<_> = billing.publish_events(&events).await.into_iter().map(Result::unwrap).collect();
    assert!(acks.windows(2).all(|w| w[0].sequence < w[1].sequence));
    let again = billing.publish_event(&events[7]).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(within("an event", heard.next()).await.as_ref(), Some(&events[0]));

    let stored = billing.fetch_event_ids(None).await.unwrap();
    assert_eq!(stored.len(), events.len());
    assert!(stored.iter().zip(&events).all(|(s, e)| s.id == e.id && s.subject == "evt.call.active.c1"));
    let later = At::from_ms(4_000_000_000_000);
    assert_eq!(billing.fetch_event_ids(Some(later)).await.unwrap(), vec![]);
    let info = billing.client().request("$JS.API.STREAM.INFO.EVT", "".into()).await.unwrap();
    let info: serde_json::Value = serde_json::from_slice(&info.payload).unwrap();
    assert_eq!(info["state"]["consumer_count"].as_u64().unwrap_or(0), 0, "the reconciliation cleans up");
    assert_eq!(info["config"]["deny_delete"], true);
}

#[tokio::test]
async fn pushes_carry_their_header_and_reach_one_user() {
    let house = House::start().await;
    let worker = house.worker(Worker::Signaling).await;
    let (maya, bob) = (house.app("maya").await, house.app("bob").await);
    let mut mine = maya.client().subscribe(subject::pushes_of("maya")).await.unwrap();
    let mut his = bob.client().subscribe(subject::pushes_of("bob")).await.unwrap();
    maya.flush().await.unwrap();
    bob.flush().await.unwrap();
    let push = Push {
        ev: EventId::generate(),
        seq: Some(1),
        at: At::from_ms(0),
        event: "calls.active".to_owned(),
        data: json!({}),
    };
    worker.push(&Uid::new("maya").unwrap(), &push).await.unwrap();
    let other = Push { event: "calls.ended".to_owned(), ..push.clone() };
    worker.push(&Uid::new("bob").unwrap(), &other).await.unwrap();
    let got = within("maya's push", mine.next()).await.unwrap();
    assert_eq!(got.subject.as_str(), "u.maya.calls.active");
    assert_eq!(got.headers.unwrap().get(subject::PUSH_HEADER).unwrap().as_str(), push.ev.to_string());
    assert_eq!(serde_json::from_slice::<Push>(&got.payload).unwrap(), push);
    let got = within("bob's push", his.next()).await.unwrap();
    assert_eq!(got.subject.as_str(), "u.bob.calls.ended");
}

#[tokio::test]
async fn presence_runs_out_by_itself_and_watchers_learn_of_it() {
    let house = House::start().await;
    let worker = house.worker(Worker::Signaling).await;
    worker.apply_streams().await.unwrap();
    let uid = |name: &str| Uid::new(name).unwrap();
    worker.presence_put(&uid("maya"), "online".into(), Duration::from_secs(1)).await.unwrap();
    worker.presence_put(&uid("bob"), "away".into(), Duration::from_mins(1)).await.unwrap();
    let found = worker.presence_get_many(&[uid("maya"), uid("bob"), uid("nobody")]).await.unwrap();
    assert_eq!(found.get(&uid("bob")).map(AsRef::as_ref), Some(&b"away"[..]));
    assert!(!found.contains_key(&uid("nobody")));

    let mut watch = worker.presence_watch().await.unwrap();
    let mut gone = false;
    while !gone {
        let change = within("maya's presence runs out", watch.next()).await.unwrap();
        gone = change.uid == uid("maya") && change.value.is_none();
    }
    worker.presence_delete(&uid("bob")).await.unwrap();
    let change = within("bob's presence goes", watch.next()).await.unwrap();
    assert_eq!((change.uid, change.value), (uid("bob"), None));
    assert!(worker.presence_get_many(&[uid("maya"), uid("bob")]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_connection_comes_back_and_says_how_it_stands() {
    let mut house = House::start().await;
    let billing = house.worker(Worker::Billing).await;
    billing.apply_streams().await.unwrap();
    let mut pinger = billing.house_pinger().await.unwrap();
    let mut wakes = billing.outbox_wakes().await.unwrap();
    pinger.ping(PATIENCE).await.unwrap();
    let first = event("c1", 1);
    billing.publish_event(&first).await.unwrap();

    house.kill();
    let mut state = billing.state();
    within("the loss is seen", state.wait_for(|s| matches!(s, ConnectionState::Disconnected { .. }))).await.unwrap();
    assert!(pinger.ping(Duration::from_secs(1)).await.is_err());
    assert!(billing.publish_event(&event("c1", 2)).await.is_err());
    house.launch().await;
    within("the return is seen", state.wait_for(ConnectionState::is_connected)).await.unwrap();
    pinger.ping(PATIENCE).await.unwrap();
    billing.wake_outbox().await.unwrap();
    within("the outbox wakes", wakes.next()).await.unwrap();
    let ids: Vec<_> = within("the stream is back", billing.fetch_event_ids(None)).await.unwrap();
    assert_eq!(ids.first().map(|s| s.id), Some(first.id));
    // The bucket was in memory; the first who needs it makes it anew.
    let worker = house.worker(Worker::Signaling).await;
    worker.presence_put(&Uid::new("maya").unwrap(), "online".into(), PATIENCE).await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_told() {
    let house = House::start().await;
    let config = callboard_bus::ConnectConfig {
        url: house.url(),
        name: "stranger".to_owned(),
        auth: callboard_bus::Auth::Token("nobody".to_owned()),
        inbox: subject::inbox("stranger"),
    };
    let bus = callboard_bus::Bus::connect(config).await.unwrap();
    let refused = bus.wait_connected(PATIENCE).await.unwrap_err();
    assert!(matches!(refused, callboard_bus::BusError::Refused(_)), "{refused}");
}

/// Pieces of a file as they come in, the last of which may fail.
fn pieces(count: usize, fails: bool) -> impl futures::Stream<Item = Result<bytes::Bytes, String>> + Send + Unpin {
    let good = (0..count).map(|n| Ok(bytes::Bytes::from(vec![u8::try_from(n % 251).unwrap(); 10_000])));
    futures::stream::iter(good.chain(fails.then(|| Err("broken off".to_owned()))))
}

#[tokio::test]
async fn files_are_there_as_a_whole_or_not_at_all() {
    use tokio::io::AsyncReadExt as _;
    let house = House::start().await;
    let rooms = house.worker(Worker::Rooms).await;
    assert!(rooms.file_get("one").await.unwrap().is_none(), "the bucket is made when it is first asked for");
    assert_eq!(rooms.file_put("one", pieces(100, false), u64::MAX).await.unwrap(), 1_000_000);
    let mut file = rooms.file_get("one").await.unwrap().unwrap();
    assert_eq!(file.bytes(), 1_000_000);
    file.skip(345_678).await.unwrap();
    let mut rest = Vec::new();
    within("the rest of a file", file.read_to_end(&mut rest)).await.unwrap();
    assert_eq!((rest.len(), rest[0], rest[rest.len() - 1]), (1_000_000 - 345_678, 34, 99));

    // What fails or is too long takes nothing with it, not even what was there of it.
    let used = || async { rooms.files_used().await.unwrap() };
    let before = used().await;
    assert!(before >= 1_000_000);
    assert!(rooms.file_put("two", pieces(50, true), u64::MAX).await.is_err());
    assert!(rooms.file_put("two", pieces(50, false), 499_999).await.is_err());
    assert!(rooms.file_get("two").await.unwrap().is_none());
    assert!(used().await < before + 2000, "only the note that it is gone");

    rooms.file_delete("one").await.unwrap();
    rooms.file_delete("one").await.unwrap();
    rooms.file_delete("never there").await.unwrap();
    assert!(rooms.file_get("one").await.unwrap().is_none());
    assert!(used().await < 5000);
    assert!(house.worker(Worker::Billing).await.file_get("one").await.is_err(), "others have no right to files");
}
