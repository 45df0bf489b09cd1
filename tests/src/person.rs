//! A user with one device: asks, remembers every push, beats while in a call.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use callboard_bus::CallError;
use callboard_client::App;
use callboard_contract::api::calls::{
    Accept, Beat, BeatRequest, CreatorSettings, End, Initiate, InitiateRequest, Invitee, Join, Line, OnCallRequest,
    OnDeviceRequest, SettingsSet, SettingsSetRequest,
};
use callboard_contract::view::CallView;
use callboard_contract::{Endpoint, ErrorCode, Push};
use callboard_domain::{CallId, CallKind, DeviceId, RequestId, Uid};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::coins;
use crate::wait::{PATIENCE, eventually, within};

const BEAT_EVERY: Duration = Duration::from_millis(700);

/// A signed-in user. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Person {
    app: App,
    heard: Arc<Mutex<Vec<Push>>>,
    count: watch::Receiver<usize>,
}

/// Signs of life in a call, until dropped.
#[derive(Debug)]
pub struct Beats(JoinHandle<()>);

impl Drop for Beats {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A call that is under way.
#[derive(Debug)]
pub struct Talk {
    /// The call.
    pub call_id: CallId,
    /// The payer's signs of life.
    pub fan_beats: Option<Beats>,
    /// The payee's signs of life.
    pub creator_beats: Option<Beats>,
}

impl Person {
    /// Signs in; a refusal fails the test.
    pub async fn connect(ws_url: &str, uid: Uid, token: impl Fn() -> String + Send + Sync + 'static) -> Self {
        let device = DeviceId::new(format!("{uid}-phone")).expect("a device's name");
        let (app, mut pushes) = App::connect(ws_url, uid, device, Arc::new(token)).await.expect("signed in");
        let heard: Arc<Mutex<Vec<Push>>> = Arc::default();
        let (grown, count) = watch::channel(0);
        let log = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Some(push) = pushes.next().await {
                let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                log.push(push);
                grown.send_replace(log.len());
            }
        });
        Self { app, heard, count }
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Who.
    pub fn uid(&self) -> &Uid {
        self.app.uid()
    }

    /// Everything that was pushed so far.
    pub fn heard(&self) -> Vec<Push> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was pushed after the first so many.
    pub fn heard_after(&self, count: usize) -> Vec<Push> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).iter().skip(count).cloned().collect()
    }

    /// Waits for a push that fits.
    pub async fn hears(&self, what: &str, fits: impl Fn(&Push) -> bool) -> Push {
        let mut count = self.count.clone();
        let search = async {
            loop {
                count.borrow_and_update();
                if let Some(push) = self.heard().into_iter().find(&fits) {
                    return push;
                }
                count.changed().await.expect("the app is open");
            }
        };
        within(&format!("{} to hear {what}", self.uid()), Duration::from_mins(1), search).await
    }

    /// Waits for a push about a call.
    pub async fn hears_of(&self, call: CallId, event: &str) -> Push {
        let id = call.to_string();
        self.hears(event, |push| push.event == event && push.data["call_id"] == id.as_str()).await
    }

    /// Asks; a refusal fails the test.
    pub async fn ask<E: Endpoint>(&self, request: &E::Request) -> E::Reply {
        match self.app.call::<E>(request).await {
            Ok(reply) => reply,
            Err(error) => panic!("{}: {:?}: {error}", self.uid(), E::SPEC),
        }
    }

    /// Asks for what must be refused; gives the code.
    pub async fn refused<E: Endpoint>(&self, request: &E::Request) -> ErrorCode {
        match self.app.call::<E>(request).await {
            Err(CallError::Api(error)) => error.code,
            Err(error) => panic!("{}: {:?}: {error}", self.uid(), E::SPEC),
            Ok(_) => panic!("{}: {:?} was not refused", self.uid(), E::SPEC),
        }
    }

    /// Offers one kind of call.
    pub async fn offers(&self, tariff: &str, kind: CallKind, rate: &str) {
        let settings = CreatorSettings {
            available: true,
            tariff: Some(tariff.to_owned()),
            rates: [(kind, coins(rate))].into(),
            ..CreatorSettings::default()
        };
        self.ask::<SettingsSet>(&SettingsSetRequest { request_id: RequestId::generate(), settings }).await;
    }

    /// The request that calls somebody.
    pub fn calling(&self, callee: &Uid, kind: CallKind) -> InitiateRequest {
        InitiateRequest {
            request_id: RequestId::generate(),
            kind,
            callee: Some(callee.clone()),
            device: self.app.device().clone(),
            minutes: None,
            invite: Vec::new(),
        }
    }

    /// Calls somebody.
    pub async fn initiate(&self, callee: &Uid, kind: CallKind) -> CallView {
        self.ask::<Initiate>(&self.calling(callee, kind)).await
    }

    /// Opens a group.
    pub async fn open_group(&self, guests: &[(&Uid, bool)]) -> CallView {
        let invite = guests.iter().map(|(uid, pays)| Invitee { uid: (*uid).clone(), pays: *pays }).collect();
        let request = InitiateRequest { callee: None, invite, ..self.calling(self.uid(), CallKind::Group) };
        self.ask::<Initiate>(&request).await
    }

    /// Opens a group to which all come; who is marked pays.
    pub async fn gathers(&self, guests: &[(&Self, bool)]) -> CallId {
        let invited: Vec<(&Uid, bool)> = guests.iter().map(|(guest, pays)| (guest.uid(), *pays)).collect();
        let call_id = self.open_group(&invited).await.call_id;
        for (guest, _) in guests {
            guest.accept(call_id).await;
            guest.join(call_id).await;
        }
        self.join(call_id).await;
        call_id
    }

    /// A request about a call.
    pub fn on(&self, call_id: CallId) -> OnCallRequest {
        OnCallRequest { request_id: RequestId::generate(), call_id }
    }

    /// A request about a call from this device.
    pub fn on_device(&self, call_id: CallId) -> OnDeviceRequest {
        OnDeviceRequest { request_id: RequestId::generate(), call_id, device: self.app.device().clone() }
    }

    /// Takes a call.
    pub async fn accept(&self, call_id: CallId) -> CallView {
        self.ask::<Accept>(&self.on_device(call_id)).await
    }

    /// Joins a call.
    pub async fn join(&self, call_id: CallId) {
        self.ask::<Join>(&self.on_device(call_id)).await;
    }

    /// Ends a call.
    pub async fn end(&self, call_id: CallId) -> CallView {
        self.ask::<End>(&self.on(call_id)).await
    }

    /// Gives signs of life, as somebody who hears the others.
    pub fn beat(&self, call_id: CallId) -> Beats {
        let app = self.app.clone();
        Beats(tokio::spawn(async move {
            let mut every = tokio::time::interval(BEAT_EVERY);
            let mut packets_received = 0;
            loop {
                every.tick().await;
                packets_received += 35;
                let request = BeatRequest {
                    call_id,
                    device: app.device().clone(),
                    line: Line::Connected,
                    packets_received,
                    rtt_ms: Some(40),
                    loss_permille: Some(1),
                    jitter_ms: Some(4),
                    bitrate_kbps: Some(48),
                };
                // Refused once the call is over, lost while the house is away: the next one tells.
                let _ = app.call::<Beat>(&request).await;
            }
        }))
    }

    /// Talks with somebody: calls, is answered, both join and beat, and time counts.
    pub async fn talk(&self, creator: &Self, kind: CallKind) -> Talk {
        let call = self.initiate(creator.uid(), kind).await;
        self.begin(call.call_id, creator).await
    }

    /// The same from a call that rings.
    pub async fn begin(&self, call_id: CallId, creator: &Self) -> Talk {
        creator.hears_of(call_id, "calls.requested").await;
        creator.accept(call_id).await;
        self.hears_of(call_id, "calls.accepted").await;
        self.join(call_id).await;
        creator.join(call_id).await;
        let (fan_beats, creator_beats) = (Some(self.beat(call_id)), Some(creator.beat(call_id)));
        self.hears_of(call_id, "calls.active").await;
        creator.hears_of(call_id, "calls.active").await;
        Talk { call_id, fan_beats, creator_beats }
    }

    /// Signs out, as if the app were closed.
    pub async fn leave_house(self) {
        self.app.close().await;
    }

    /// Waits until the connection is up.
    pub async fn is_connected(&self) {
        let state = self.app.connection();
        eventually("a connection", PATIENCE, || async { state.borrow().is_connected().then_some(()) }).await;
    }
}
