//! Apps and staff against a real server, with a worker that knows just enough.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

#[path = "../../bus/tests/support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callboard_bus::{Bus, CancellationToken, Host};
use callboard_client::{App, Context, ContextFile, Contexts, Credential, Origin, Staff};
use callboard_contract::adm::calls::{ActReply, ActRequest, End};
use callboard_contract::adm::staff::{Ls, StaffList};
use callboard_contract::api::Nothing;
use callboard_contract::api::session::{ClientLimits, Hello, HelloReply, Sync, SyncReply};
use callboard_contract::{ApiError, ErrorCode, Push, Reason, ReasonCode, Worker};
use callboard_domain::{At, CallId, DeviceId, EventId, RequestId, StaffName, Uid};
use support::{House, PATIENCE};

type Told = Arc<Mutex<Vec<Push>>>;

fn push(seq: u64) -> Push {
    let (ev, at) = (EventId::generate(), At::from_ms(0));
    Push { ev, seq: Some(seq), at, event: "wallet.changed".to_owned(), data: serde_json::json!({"seq": seq}) }
}

fn hello(uid: Uid, seq: u64) -> HelloReply {
    let limits = ClientLimits {
        max_payload_bytes: 16384,
        beat_ms: 5000,
        grace_ms: 10000,
        ring_ms: 45000,
        join_ms: 60000,
        max_members: 6,
        max_page: 500,
    };
    HelloReply {
        uid,
        server_time: At::from_ms(0),
        environment: "test".to_owned(),
        limits,
        features: vec![],
        seq,
        unread_notices: 0,
    }
}

/// A worker that remembers what it told, answers `sync` from that in pages of two, and refuses to end calls.
async fn worker(house: &House, told: &Told) -> (Bus, CancellationToken) {
    let bus = house.worker(Worker::Signaling).await;
    let (for_hello, for_sync) = (Arc::clone(told), Arc::clone(told));
    let last = |told: &Told| told.lock().unwrap().last().and_then(|p| p.seq).unwrap_or(0);
    let host = Host::new(bus.clone(), Worker::Signaling, "0.1.0")
        .endpoint::<Hello, _, _>(move |caller, _| {
            let seq = last(&for_hello);
            async move { Ok(hello(caller.user()?.clone(), seq)) }
        })
        .endpoint::<Sync, _, _>(move |_, request| {
            let missed: Vec<Push> =
                for_sync.lock().unwrap().iter().filter(|p| p.seq > Some(request.after)).cloned().collect();
            let (complete, seq) = (missed.len() <= 2, last(&for_sync));
            async move { Ok(SyncReply { pushes: missed.into_iter().take(2).collect(), seq, complete }) }
        })
        .endpoint::<Ls, _, _>(async |_, _| Ok(StaffList { items: vec![] }))
        .endpoint::<End, _, _>(async |_, _| -> Result<ActReply, ApiError> {
            Err(ApiError::new(ErrorCode::Stale, "it has changed"))
        });
    let stop = CancellationToken::new();
    tokio::spawn({
        let stop = stop.clone();
        async move { host.run(stop).await.unwrap() }
    });
    bus.flush().await.unwrap();
    (bus, stop)
}

async fn app(house: &House) -> (App, callboard_client::Pushes) {
    let url = format!("ws://127.0.0.1:{}", house.ws_port);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let uid = Uid::new("maya").unwrap();
        match App::connect(&url, uid, DeviceId::new("phone").unwrap(), Arc::new(|| "user:maya".to_owned())).await {
            Ok(app) => return app,
            Err(error) => assert!(tokio::time::Instant::now() < deadline, "{error}"),
        }
    }
}

#[tokio::test]
async fn an_app_gets_every_push_once_and_in_order_whatever_is_lost() {
    let mut house = House::start().await;
    let told: Told = Arc::default();
    let (bus, stop) = worker(&house, &told).await;
    let (app, mut pushes) = app(&house).await;
    let uid = app.uid().clone();
    let next = async |pushes: &mut callboard_client::Pushes| {
        tokio::time::timeout(PATIENCE, pushes.next()).await.expect("a push in time").expect("open").seq.unwrap()
    };
    let tell = |seq: u64| {
        let push = push(seq);
        told.lock().unwrap().push(push.clone());
        push
    };

    // 1 comes, comes again, and something without the header of pushes is dropped.
    let first = tell(1);
    bus.push(&uid, &first).await.unwrap();
    bus.push(&uid, &first).await.unwrap();
    bus.client().publish("u.maya.wallet.changed", serde_json::to_vec(&push(2)).unwrap().into()).await.unwrap();
    assert_eq!(next(&mut pushes).await, 1);
    // 2 to 6 are lost on the way; 7 shows it.
    for seq in 2..=6 {
        tell(seq);
    }
    bus.push(&uid, &tell(7)).await.unwrap();
    for seq in 2..=7 {
        assert_eq!(next(&mut pushes).await, seq);
    }
    // The server dies; what happens meanwhile is asked for on return.
    house.kill();
    for seq in 8..=12 {
        tell(seq);
    }
    house.launch().await;
    house.serve_sign_in_again().await;
    for seq in 8..=12 {
        assert_eq!(next(&mut pushes).await, seq);
    }
    app.close().await;
    assert!(tokio::time::timeout(PATIENCE, pushes.next()).await.unwrap().is_none());
    stop.cancel();
}

#[tokio::test]
async fn staff_sign_in_with_their_key_and_a_read_only_context_changes_nothing() {
    let house = House::start().await;
    let (_bus, stop) = worker(&house, &Told::default()).await;
    let dir = tempfile::tempdir().unwrap();
    let credential = dir.path().join("ines.cred");
    Credential::generate(StaffName::new("ines").unwrap()).write(&credential).unwrap();
    let contexts = Contexts::at(dir.path());
    let file = ContextFile {
        server: house.url(),
        credential: credential.clone(),
        environment: "production".to_owned(),
        allow_changes: None,
    };
    let production = contexts.add("production", &file, false).unwrap();
    let staff = Staff::connect(&production).await.unwrap();
    assert_eq!(staff.name().as_str(), "ines");
    assert!(staff.connection().borrow().is_connected());
    staff.call::<Ls>(&Nothing {}).await.unwrap();

    let mut end = ActRequest {
        request_id: RequestId::generate(),
        call_id: CallId::generate(),
        reason: Reason { code: ReasonCode::Test, note: None },
        expect_version: None,
        dry_run: false,
    };
    let refused = staff.call::<End>(&end).await.unwrap_err();
    assert_eq!((refused.exit_code(), refused.code().as_str()), (4, "read_only"));
    assert!(refused.hint().unwrap().contains("allow_changes"));
    end.dry_run = true;
    assert_eq!(staff.call::<End>(&end).await.unwrap_err().exit_code(), 5, "a dry run goes through");
    end.dry_run = false;
    let allowed = Context { allow_changes: Some(true), ..production.clone() };
    let staff = Staff::connect(&allowed).await.unwrap();
    assert_eq!(staff.call::<End>(&end).await.unwrap_err().code(), "stale");

    let workers = staff.workers().await.unwrap();
    let [worker] = &workers[..] else { panic!("{workers:?}") };
    assert_eq!((worker.name.as_str(), worker.endpoints), ("callboard-signaling", 4));
    assert!(worker.requests >= 3, "{worker:?}");
    stop.cancel();

    let nobody =
        Context { server: "nats://127.0.0.1:1".to_owned(), origin: Origin::Local(dir.path().into()), ..production };
    let started = std::time::Instant::now();
    assert_eq!(Staff::connect(&nobody).await.unwrap_err().exit_code(), 6);
    assert!(started.elapsed() < Duration::from_secs(8));
}
