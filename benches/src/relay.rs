//! Offers from one app to the other, over WebSocket through nats-server and signaling, against a bare request-reply.
//!
//! The bare one takes the same path: from a signed-in app over WebSocket, out of its account into the workers', to signaling, which
//! does nothing but say that it knows no such verb, and back. As many hops as an offer takes, the same size, in turn with the offers,
//! so that both meet the same machine. Beside it stands a pair of connections without accounts, sign-in and workers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_nats::ConnectOptions;
use callboard_client::{App, LocalStack, Pushes, Staff};
use callboard_contract::adm::users::{Token, TokenRequest};
use callboard_contract::adm::wallet::{Topup, TopupRequest};
use callboard_contract::api::calls::{
    Accept, CreatorSettings, Initiate, InitiateRequest, Join, OnDeviceRequest, SettingsSet, SettingsSetRequest, Signal,
    SignalKind, SignalRequest,
};
use callboard_contract::limits::REQUESTS_PER_SECOND;
use callboard_contract::{Endpoint as _, EndpointSpec, Reason, ReasonCode, subject};
use callboard_domain::{CallId, CallKind, Coins, DeviceId, RequestId, Uid};
use callboard_stack::{DataDir, Secrets, Stack, StackOptions, WorkerPermissions};
use futures::StreamExt as _;

use crate::report::Figure;
use crate::tools;

const OFFERS: u32 = 1_000;
/// An offer with audio and video.
const OFFER_BYTES: usize = 3_000;
const BARE: &str = "bench.echo";
const INBOX: &str = "_INBOX.bench";
const PATIENCE: Duration = Duration::from_secs(10);

/// Brings a stack up and measures on it: the relay, and what the tools take to start.
pub(crate) async fn run(relay: bool, tools: bool) -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::Builder::new().prefix("callboard-bench-").tempdir()?;
    let mut allowed = WorkerPermissions::of_the_contract();
    // So that the bare pair may speak.
    for subjects in [&mut allowed.signaling.publish, &mut allowed.signaling.subscribe] {
        subjects.extend([BARE.to_owned(), format!("{INBOX}.>")]);
    }
    let mut options = StackOptions::from_env(dir.path().join("stack"), allowed)?;
    "warn".clone_into(&mut options.log);
    let data = options.data.clone();
    let stack = Stack::up(options).await?;
    let measured = measure(&data, relay, tools).await;
    stack.stop().await;
    measured
}

async fn measure(data: &Path, relay: bool, tools: bool) -> anyhow::Result<Vec<Figure>> {
    let local = LocalStack::at(data)?.context("the stack tells nothing of itself")?;
    let mut figures = Vec::new();
    if relay {
        figures.extend(offers(&local).await?);
    }
    if tools {
        figures.extend(tools::run(&local).await?);
    }
    Ok(figures)
}

async fn offers(local: &LocalStack) -> anyhow::Result<Vec<Figure>> {
    let websocket = local.websocket.as_deref().context("the stack has no WebSocket listener")?;
    let staff = Staff::connect(&local.context()).await?;
    let (mut fan, mut creator) = (app(&staff, websocket, "fan").await?, app(&staff, websocket, "creator").await?);
    let call = call(&staff, &fan.0, &creator.0).await?;
    let bare = Bare::connect(local, websocket).await?;

    let (mut relayed, mut refused, mut echoed) = (Vec::new(), Vec::new(), Vec::new());
    // Each app may ask so often; two take turns with two requests each, and everything is warm after the first tenth.
    let pace = Duration::from_secs(1) / (REQUESTS_PER_SECOND.max(2) - 1);
    let mut every = tokio::time::interval(pace);
    for n in 0..OFFERS + OFFERS / 10 {
        every.tick().await;
        let (from, to) = if n % 2 == 0 { (&fan.0, &mut creator) } else { (&creator.0, &mut fan) };
        // Whoever comes first after the pause finds everything asleep: each is first as often as the others.
        for what in 0..3 {
            let (took, times) = match (n / 2 + what) % 3 {
                0 => (offer(call, from, to).await?, &mut relayed),
                1 => (refusal(from).await?, &mut refused),
                _ => (bare.echo().await?, &mut echoed),
            };
            if n >= OFFERS / 10 {
                times.push(took);
            }
        }
    }
    fan.0.close().await;
    creator.0.close().await;
    bare.responder.abort();

    let mut figures = Vec::new();
    for (name, permille) in [("p50", 500), ("p99", 990)] {
        let bare = micros(&mut refused, permille);
        figures.push(
            Figure::new("relay", format!("offer, app to app, {name}"), micros(&mut relayed, permille), "us")
                .against("bare request-reply", bare)
                .ratio_at_most(2.0),
        );
        figures.push(
            Figure::new(
                "relay",
                format!("two connections, no account, no worker, {name}"),
                micros(&mut echoed, permille),
                "us",
            )
            .against("bare request-reply", bare),
        );
    }
    Ok(figures)
}

fn micros(times: &mut [Duration], permille: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * permille / 1000).map_or(0.0, |t| t.as_secs_f64() * 1e6)
}

async fn app(staff: &Staff, websocket: &str, name: &str) -> anyhow::Result<(App, Pushes)> {
    let uid = Uid::new(name)?;
    let token = staff.call::<Token>(&TokenRequest { uid: uid.clone(), ttl_s: None }).await?.token;
    Ok(App::connect(websocket, uid, DeviceId::new("phone")?, Arc::new(move || token.clone())).await?)
}

// A call that both have joined.
async fn call(staff: &Staff, fan: &App, creator: &App) -> anyhow::Result<CallId> {
    let reason = Reason { code: ReasonCode::Test, note: None };
    let topup = TopupRequest {
        request_id: RequestId::generate(),
        uid: fan.uid().clone(),
        amount: Coins::whole(1000),
        reason,
        dry_run: false,
    };
    staff.call::<Topup>(&topup).await?;
    let rates: BTreeMap<CallKind, Coins> = CallKind::ALL.iter().map(|k| (*k, Coins::whole(10))).collect();
    let settings = CreatorSettings {
        available: true,
        auto_accept: false,
        tariff: Some("coin-burn".to_owned()),
        rates,
        minimum_minutes: 0,
    };
    creator.call::<SettingsSet>(&SettingsSetRequest { request_id: RequestId::generate(), settings }).await?;
    let request = InitiateRequest {
        request_id: RequestId::generate(),
        kind: CallKind::Video,
        callee: Some(creator.uid().clone()),
        device: fan.device().clone(),
        minutes: None,
        invite: Vec::new(),
    };
    let call_id = fan.call::<Initiate>(&request).await?.call_id;
    let on = |app: &App| OnDeviceRequest { request_id: RequestId::generate(), call_id, device: app.device().clone() };
    creator.call::<Accept>(&on(creator)).await?;
    fan.call::<Join>(&on(fan)).await?;
    creator.call::<Join>(&on(creator)).await?;
    Ok(call_id)
}

// From the moment at which it is sent to the moment at which the other app has it.
async fn offer(call_id: CallId, from: &App, (to, pushes): &mut (App, Pushes)) -> anyhow::Result<Duration> {
    let request = SignalRequest {
        call_id,
        device: from.device().clone(),
        to: to.uid().clone(),
        to_device: to.device().clone(),
        kind: SignalKind::Offer,
        payload: "v".repeat(OFFER_BYTES),
    };
    let begun = Instant::now();
    let arrived = async {
        loop {
            let push = pushes.next().await.context("the app was closed")?;
            if push.event == "calls.signal" {
                return anyhow::Ok(begun.elapsed());
            }
        }
    };
    let both = async { tokio::join!(from.call::<Signal>(&request), arrived) };
    let (sent, took) = tokio::time::timeout(PATIENCE, both).await.context("an offer did not arrive")?;
    sent?;
    took
}

// The verb is none of the contract's; everything before and after the handler is as for one that is.
async fn refusal(app: &App) -> anyhow::Result<Duration> {
    let unknown = EndpointSpec { verb: "bench", ..*Signal::SPEC };
    let subject = subject::request(&unknown, app.uid().as_str());
    let begun = Instant::now();
    let answer = app.bus().client().request(subject, "v".repeat(OFFER_BYTES).into()).await?;
    let took = begun.elapsed();
    anyhow::ensure!(answer.payload.starts_with(b"{\"error\""), "signaling knows a verb that is only the bench's");
    Ok(took)
}

struct Bare {
    asker: async_nats::Client,
    responder: tokio::task::JoinHandle<()>,
}

impl Bare {
    async fn connect(local: &LocalStack, websocket: &str) -> anyhow::Result<Self> {
        let secrets = Secrets::load_or_make(&DataDir::create(&local.data)?)?;
        let seed = std::fs::read_to_string(&secrets.signaling.seed_file)?.trim().to_owned();
        let options = || ConnectOptions::with_nkey(seed.clone()).custom_inbox_prefix(INBOX);
        let answerer = options().connect(local.server.as_str()).await?;
        let mut asked = answerer.subscribe(BARE).await?;
        answerer.flush().await?;
        let responder = tokio::spawn(async move {
            while let Some(message) = asked.next().await {
                if let Some(reply) = message.reply
                    && answerer.publish(reply, message.payload).await.is_err()
                {
                    return;
                }
            }
        });
        Ok(Self { asker: options().connect(websocket).await?, responder })
    }

    async fn echo(&self) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.asker.request(BARE, "v".repeat(OFFER_BYTES).into()).await?;
        Ok(begun.elapsed())
    }
}
