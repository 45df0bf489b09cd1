//! A worker hosts, client apps and staff ask, through a real server with the permissions of the house.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::{CallErrorKind, CancellationToken, Host, Shut, Shutdown};
use callboard_contract::adm::staff::{Ls as StaffLs, StaffList};
use callboard_contract::api::Nothing;
use callboard_contract::api::calls::{CallRef, Pending, Show};
use callboard_contract::api::session::{Devices, DevicesReply, Hello, HelloRequest, Sync, SyncReply, SyncRequest};
use callboard_contract::{ApiError, ErrorCode, Worker};
use callboard_domain::CallId;
use futures::StreamExt as _;
use support::{House, PATIENCE};
use tokio::sync::Notify;

/// Runs a host until the token is cancelled, and waits until it answers.
async fn run(house: &House, host: Host) -> (CancellationToken, tokio::task::JoinHandle<Shutdown>) {
    let stop = CancellationToken::new();
    let task = tokio::spawn({
        let stop = stop.clone();
        async move { host.run(stop).await.unwrap() }
    });
    let probe = house.staff("probe", "admin").await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while probe.discover_info(Duration::from_millis(50)).await.unwrap().is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "the host does not come up");
    }
    (stop, task)
}

#[tokio::test]
async fn apps_ask_as_themselves_and_garbage_is_answered() {
    let house = House::start().await;
    let worker = house.worker(Worker::Signaling).await;
    let host = Host::new(worker, Worker::Signaling, "0.1.0")
        .endpoint::<Sync, _, _>(async |caller, request: SyncRequest| {
            assert_ne!(request.after, 13, "unlucky");
            let info = caller.request_info.clone().expect("requests of apps carry what the server wrote");
            assert_eq!(info.account, "EDGE");
            let seq = u64::try_from(caller.user()?.as_str().len()).expect("short");
            Ok(SyncReply { pushes: vec![], seq, complete: true })
        })
        .endpoint::<Show, _, _>(async |_, _| Err(ApiError::new(ErrorCode::NotFound, "no such call")))
        .guard(async |caller, spec| {
            if spec.verb == "show" && caller.user()?.as_str() == "mallory" {
                return Err(ApiError::new(ErrorCode::RateLimited, "slower").retry_after(100));
            }
            Ok(())
        });
    let (stop, task) = run(&house, host).await;
    let maya = house.app("maya").await.with_deadline(PATIENCE);

    assert_eq!(maya.call::<Sync>("maya", &SyncRequest { after: 0 }).await.unwrap().seq, 4);
    let missing = maya.call::<Show>("maya", &CallRef { call_id: CallId::generate() }).await.unwrap_err();
    assert_eq!(missing.kind(), CallErrorKind::Api(ErrorCode::NotFound));
    let mallory = house.app("mallory").await;
    let limited = mallory.call::<Show>("mallory", &CallRef { call_id: CallId::generate() }).await.unwrap_err();
    assert_eq!(limited.kind(), CallErrorKind::Api(ErrorCode::RateLimited));

    // A verb of a hosted service without a handler, a panic, and garbage.
    let unknown = maya.call::<Devices>("maya", &Nothing {}).await.unwrap_err();
    assert_eq!(unknown.kind(), CallErrorKind::Api(ErrorCode::NotFound));
    let panicked = maya.call::<Sync>("maya", &SyncRequest { after: 13 }).await.unwrap_err();
    assert_eq!(panicked.kind(), CallErrorKind::Api(ErrorCode::Internal));
    for garbage in ["{", "[]", "{\"after\":1,\"extra\":2}", "\u{0}\u{1}", ""] {
        let answer = maya.client().request("api.v1.maya.session.sync", garbage.into()).await.unwrap();
        assert!(answer.payload.starts_with(b"{\"error\":"), "{garbage:?}: {:?}", answer.payload);
        assert!(answer.headers.is_none(), "replies carry no headers: {:?}", answer.headers);
    }
    // Nobody may speak as somebody else; the server says so.
    let as_other = maya.call::<Sync>("bob", &SyncRequest { after: 0 }).await.unwrap_err();
    assert_eq!(as_other.kind(), CallErrorKind::Api(ErrorCode::Forbidden));
    assert_eq!(maya.call::<Sync>("maya", &SyncRequest { after: 0 }).await.unwrap().seq, 4, "the worker lives on");
    // A service that nobody hosts.
    let nobody = maya.call::<Pending>("maya", &Nothing {}).await.map(|_| ()).unwrap_err();
    assert_eq!(nobody.kind(), CallErrorKind::Api(ErrorCode::NotFound), "calls is hosted, pending is not");

    stop.cancel();
    assert_eq!(task.await.unwrap(), Shutdown::Clean);
    let gone = maya.call::<Sync>("maya", &SyncRequest { after: 0 }).await.unwrap_err();
    assert_eq!(gone.kind(), CallErrorKind::NoResponders);
}

#[tokio::test]
async fn a_reply_cannot_be_aimed_at_somebody_elses_request() {
    let house = House::start().await;
    let worker = house.worker(Worker::Signaling).await;
    let (asked, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let host = Host::new(worker, Worker::Signaling, "0.1.0")
        .endpoint::<Devices, _, _>({
            let asked = asked.clone();
            move |caller, _| {
                asked.send(caller.principal.name().to_owned()).ok();
                async { Ok(DevicesReply { devices: vec![] }) }
            }
        })
        .endpoint::<StaffLs, _, _>(move |caller, _| {
            asked.send(caller.principal.name().to_owned()).ok();
            async { Ok(StaffList { items: vec![] }) }
        });
    let (stop, task) = run(&house, host).await;

    // The app gives as reply subject another user's request; the staff member another's.
    let maya = house.app("maya").await;
    let ines = house.staff("ines", "viewer").await;
    maya.client()
        .publish_with_reply("api.v1.maya.session.devices", "api.v1.bob.session.devices", "".into())
        .await
        .unwrap();
    maya.flush().await.unwrap();
    ines.client().publish_with_reply("adm.v1.ines.staff.ls", "adm.v1.root.staff.ls", "".into()).await.unwrap();
    ines.flush().await.unwrap();
    // What comes after has been answered when all before it was taken.
    for _ in 0..3 {
        maya.call::<Devices>("maya", &Nothing {}).await.unwrap();
        ines.call::<StaffLs>("ines", &Nothing {}).await.unwrap();
    }
    stop.cancel();
    assert_eq!(task.await.unwrap(), Shutdown::Clean);
    seen.close();
    let mut names = Vec::new();
    while let Some(name) = seen.recv().await {
        names.push(name);
    }
    assert!(names.iter().all(|n| n == "maya" || n == "ines"), "{names:?}");
    assert_eq!(names.len(), 8, "{names:?}");
}

#[tokio::test]
async fn staff_are_held_to_their_role_and_see_the_workers() {
    let house = House::start().await;
    let host = Host::new(house.worker(Worker::Signaling).await, Worker::Signaling, "0.1.0").endpoint::<StaffLs, _, _>(
        async |caller, _| {
            assert_eq!(caller.staff()?.as_str(), "ines");
            Ok(StaffList { items: vec![] })
        },
    );
    let (stop, task) = run(&house, host).await;
    let ines = house.staff("ines", "viewer").await;
    ines.call::<StaffLs>("ines", &Nothing {}).await.unwrap();
    // Another's name, and a request above the role: the server refuses, and the caller is told at once.
    let started = std::time::Instant::now();
    let other = ines.call::<StaffLs>("fay", &Nothing {}).await.unwrap_err();
    assert_eq!(other.kind(), CallErrorKind::Api(ErrorCode::Forbidden));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());

    let stats = ines.discover_stats(Duration::from_millis(300)).await.unwrap();
    let [worker] = &stats[..] else { panic!("{stats:?}") };
    assert_eq!((worker.name.as_str(), worker.version.as_str()), ("callboard-signaling", "0.1.0"));
    let ls = worker.endpoints.iter().find(|e| e.name == "adm_staff_ls").unwrap();
    assert_eq!((ls.num_requests, ls.num_errors), (1, 0));
    assert!(ls.processing_time > 0);
    stop.cancel();
    assert_eq!(task.await.unwrap(), Shutdown::Clean);
}

#[tokio::test]
async fn too_many_at_once_are_refused_and_what_was_taken_is_finished() {
    let house = House::start().await;
    let release = Arc::new(Notify::new());
    let (taken, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let host = Host::new(house.worker(Worker::Signaling).await, Worker::Signaling, "0.1.0")
        .in_flight(2)
        .gate(|caller| match caller.principal.name() {
            "mallory" => Err(Shut::Refused(ApiError::new(ErrorCode::RateLimited, "slower").retry_after(100))),
            "trudy" => Err(Shut::Silent),
            _ => Ok(()),
        })
        .endpoint::<Hello, _, _>({
            let release = Arc::clone(&release);
            move |_, _| {
                let (release, taken) = (Arc::clone(&release), taken.clone());
                async move {
                    let wait = release.notified();
                    taken.send(()).ok();
                    wait.await;
                    Err(ApiError::new(ErrorCode::Conflict, "done"))
                }
            }
        });
    let (stop, task) = run(&house, host).await;
    let maya = house.app("maya").await;
    let ask = || {
        let maya = maya.clone();
        tokio::spawn(async move { maya.call::<Hello>("maya", &HelloRequest::default()).await.unwrap_err().kind() })
    };
    let taken = [ask(), ask()];
    for _ in &taken {
        tokio::time::timeout(PATIENCE, waiting.recv()).await.unwrap().unwrap();
    }
    assert_eq!(ask().await.unwrap(), CallErrorKind::Api(ErrorCode::Unavailable));
    // Who is refused at the gate needs no place, whatever he asks for.
    let mallory = house.app("mallory").await;
    let limited = mallory.call::<Hello>("mallory", &HelloRequest::default()).await.unwrap_err();
    assert_eq!(limited.kind(), CallErrorKind::Api(ErrorCode::RateLimited));
    let unknown = mallory.call::<Devices>("mallory", &Nothing {}).await.unwrap_err();
    assert_eq!(unknown.kind(), CallErrorKind::Api(ErrorCode::RateLimited));
    let trudy = house.app("trudy").await.with_deadline(Duration::from_millis(200));
    let unheard = trudy.call::<Hello>("trudy", &HelloRequest::default()).await.unwrap_err();
    assert_eq!(unheard.kind(), CallErrorKind::Timeout);
    stop.cancel();
    let maya_gone = maya.clone();
    loop {
        let kind = maya_gone.call::<Hello>("maya", &HelloRequest::default()).await.unwrap_err().kind();
        if kind == CallErrorKind::NoResponders {
            break;
        }
        assert_eq!(kind, CallErrorKind::Api(ErrorCode::Unavailable));
    }
    release.notify_waiters();
    for call in taken {
        assert_eq!(call.await.unwrap(), CallErrorKind::Api(ErrorCode::Conflict));
    }
    assert_eq!(task.await.unwrap(), Shutdown::Clean);
    let mut nothing_more = maya.client().subscribe("u.maya.>").await.unwrap();
    assert!(futures::poll!(nothing_more.next()).is_pending());
}
