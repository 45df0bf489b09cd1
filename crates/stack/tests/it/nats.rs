//! A private nats-server: the accounts let in whom they should, the limits hold, and it comes back on the same ports.

use std::time::Duration;

use crate::support::{Folder, eventually, kill_9, runs};
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, RequestErrorKind};
use callboard_stack::{AllowResponses, Identity, Nats, NatsOptions, Permissions, Secrets, WorkerPermissions};
use futures::StreamExt as _;

fn options() -> NatsOptions {
    let texts = |subjects: &[&str]| subjects.iter().map(|subject| (*subject).to_owned()).collect();
    let worker = |name: &str| Permissions {
        publish: texts(&["svc.>", "u.>"]),
        subscribe: texts(&[&format!("_INBOX.{name}.>"), &format!("svc.{name}.>"), "api.v1.*.calls.>"]),
        allow_responses: Some(AllowResponses::default()),
    };
    NatsOptions {
        permissions: WorkerPermissions {
            signaling: worker("signaling"),
            billing: worker("billing"),
            rooms: worker("rooms"),
            moderation: worker("moderation"),
            restream: worker("restream"),
        },
        allowed_origins: vec!["http://127.0.0.1:5173".into()],
    }
}

async fn sign_in(nats: &Nats, user: &Identity, inbox: &str) -> Result<Client, async_nats::ConnectError> {
    let seed = std::fs::read_to_string(&user.seed_file).unwrap();
    ConnectOptions::with_nkey(seed).custom_inbox_prefix(inbox).connect(nats.url()).await
}

/// Whether the server takes something from whoever connects so. The client takes whatever the server says first for a welcome, and that may be a
/// ping while the sign-in still waits: a connection alone shows nothing.
async fn gets_in(options: ConnectOptions, url: &str) -> bool {
    let Ok(stranger) = options.max_reconnects(1).connect(url).await else { return false };
    let asked = tokio::time::timeout(Duration::from_secs(5), stranger.request("svc.billing.ping", "ping".into())).await;
    asked.is_ok_and(|reply| reply.map_or_else(|error| error.kind() == RequestErrorKind::NoResponders, |_| true))
}

#[tokio::test]
async fn static_users_get_in_without_the_callout_and_nobody_else_does() {
    let folder = Folder::new();
    let secrets = Secrets::load_or_make(&folder.data).unwrap();
    let nats = Nats::start(&folder.data, &secrets, &options()).await.unwrap();

    let billing = sign_in(&nats, &secrets.billing, "_INBOX.billing").await.unwrap();
    let signaling = sign_in(&nats, &secrets.signaling, "_INBOX.signaling").await.unwrap();
    for user in [&secrets.callout, &secrets.control, &secrets.bootstrap] {
        sign_in(&nats, user, "_INBOX.x").await.unwrap();
    }
    let mut requests = billing.subscribe("svc.billing.ping").await.unwrap();
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            billing.publish(request.reply.unwrap(), "pong".into()).await.unwrap();
        }
    });
    // Until the server has seen the subscription, nobody answers.
    eventually("billing answers signaling", async || {
        let reply = signaling.request("svc.billing.ping", "ping".into()).await;
        reply.is_ok_and(|reply| reply.payload == "pong")
    })
    .await;

    // No callout service runs: a stranger waits for it and is refused, by client port and by WebSocket.
    assert!(!gets_in(ConnectOptions::new(), &nats.url()).await);
    assert!(!gets_in(ConnectOptions::with_token("nonsense".into()), &nats.websocket_url()).await);
    nats.stop().await;
}

#[tokio::test]
async fn bootstrap_makes_streams_and_they_outlive_kill_9_on_the_same_ports() {
    let folder = Folder::new();
    let secrets = Secrets::load_or_make(&folder.data).unwrap();
    let nats = Nats::start(&folder.data, &secrets, &options()).await.unwrap();
    let addresses = (nats.url(), nats.websocket_url(), nats.monitor_url());
    let bootstrap = sign_in(&nats, &secrets.bootstrap, "_INBOX.bootstrap").await.unwrap();
    let streams = async_nats::jetstream::new(bootstrap.clone());
    let config = async_nats::jetstream::stream::Config {
        name: "EVT".into(),
        subjects: vec!["evt.>".into()],
        ..Default::default()
    };
    streams.create_stream(config).await.unwrap();

    kill_9(nats.status().pid.unwrap());
    eventually("the server is started again", async || nats.status().restarts == 1).await;
    nats.ready().await.unwrap();
    assert_eq!(addresses, (nats.url(), nats.websocket_url(), nats.monitor_url()));
    eventually("the client is back", async || bootstrap.connection_state() == State::Connected).await;
    eventually("the stream is back", async || streams.get_stream("EVT").await.is_ok()).await;

    let pid = nats.status().pid.unwrap();
    nats.stop().await;
    assert!(!runs(pid));
    let nats = Nats::start(&folder.data, &secrets, &options()).await.unwrap();
    assert_eq!(addresses.0, nats.url());
    nats.stop().await;
}

#[tokio::test]
async fn a_worker_gets_what_it_was_given_and_no_more() {
    let folder = Folder::new();
    let secrets = Secrets::load_or_make(&folder.data).unwrap();
    let nats = Nats::start(&folder.data, &secrets, &options()).await.unwrap();
    let (told, mut violations) = tokio::sync::mpsc::unbounded_channel();
    let seed = std::fs::read_to_string(&secrets.billing.seed_file).unwrap();
    let billing = ConnectOptions::with_nkey(seed)
        .event_callback(move |event| {
            let told = told.clone();
            async move { drop(told.send(event.to_string())) }
        })
        .connect(nats.url())
        .await
        .unwrap();
    billing.publish("adm.v1.admin.staff.add", "x".into()).await.unwrap();
    billing.flush().await.unwrap();
    let _subscription = billing.subscribe("svc.signaling.>").await.unwrap();
    let mut refused = Vec::new();
    while refused.len() < 2 {
        let event = tokio::time::timeout(Duration::from_secs(20), violations.recv()).await.unwrap().unwrap();
        if event.to_lowercase().contains("violation") {
            refused.push(event);
        }
    }
    assert!(refused[0].contains("adm.v1.admin.staff.add"), "{refused:?}");
    assert!(refused[1].contains("svc.signaling.>"), "{refused:?}");
    nats.stop().await;
}
