//! The app of one guest: in the call from the invitation to the end, in the programme as soon as the call is on air.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callboard_client::synthetic::guests::{Cast, Guest, Told};
use callboard_client::{App, ClientError, Pushes};
use callboard_contract::api::calls::{
    Accept, Beat, BeatRequest, CreatorSettings, End, Initiate, InitiateRequest, Invitee, Join, Leave, Line,
    OnCallRequest, OnDeviceRequest, SettingsSet, SettingsSetRequest, Signal as SignalEndpoint, SignalRequest,
};
use callboard_contract::api::stage::{ConsentRequest, GiveConsent, OnAir};
use callboard_contract::view::{CallView, MemberState};
use callboard_contract::{Endpoint, Push, Signal};
use callboard_domain::{CallId, CallKind, Consent, DeviceId, RequestId};
use callboard_media::control::IceSpec;
use callboard_media::synthetic::{PublisherEvent, Settings};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::uplink::{Uplink, uplink};

/// What each beat tells of the lines among the guests, which are scripted.
const PACKETS_A_BEAT: u64 = 750;
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(500);
/// Until everybody is in the call; machines that demonstrate are busy ones.
const GATHER_WITHIN: Duration = Duration::from_mins(1);

/// All of them.
#[derive(Clone)]
pub(crate) struct Troupe {
    cast: Arc<Cast>,
    ice: IceSpec,
    tell: mpsc::Sender<Told>,
    ready: Arc<AtomicUsize>,
}

impl Troupe {
    pub(crate) fn new(cast: Cast, ice: IceSpec, tell: mpsc::Sender<Told>) -> Self {
        Self { cast: Arc::new(cast), ice, tell, ready: Arc::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.cast.people.len()
    }
}

/// Plays one of them until the call is over or it is to stop.
pub(crate) async fn play(troupe: Troupe, number: usize, stop: CancellationToken) {
    let me = troupe.cast.people[number].clone();
    let uid = me.uid.clone();
    let played = Seat::take(&troupe, me).await;
    let played = match played {
        Ok(mut seat) => {
            let played = seat.play(&troupe, number == 0, &stop).await;
            seat.app.close().await;
            played
        }
        Err(error) => Err(error.to_string()),
    };
    if let Err(text) = played {
        // Nobody listens only when nobody is left to be told.
        let _ = troupe.tell.send(Told::Trouble { uid, text }).await;
    }
}

struct Seat {
    app: App,
    pushes: Pushes,
    uplink: Uplink,
    media: mpsc::UnboundedReceiver<(u64, PublisherEvent)>,
    packets: u64,
}

impl Seat {
    async fn take(troupe: &Troupe, me: Guest) -> Result<Self, ClientError> {
        let settings = Settings {
            name: me.uid.to_string(),
            colour: me.colour,
            tone_hz: me.tone_hz,
            ice: troupe.ice.clone(),
            ..Settings::default()
        };
        let device = DeviceId::new("studio").expect("a plain word is a name");
        let token = me.token;
        let (app, pushes) =
            App::connect(&troupe.cast.websocket, me.uid, device, Arc::new(move || token.clone())).await?;
        let (uplink, media) = uplink(settings);
        Ok(Self { app, pushes, uplink, media, packets: 0 })
    }

    async fn play(&mut self, troupe: &Troupe, hosts: bool, stop: &CancellationToken) -> Result<(), String> {
        let opening = async { if hosts { self.open(troupe).await } else { self.invited(troupe).await } };
        let gathered = tokio::time::timeout(GATHER_WITHIN, stop.run_until_cancelled(opening)).await;
        let call_id = match gathered.map_err(|_| "the group did not come together in time".to_owned())? {
            Some(call) => call?,
            None => return Ok(()),
        };
        let on_device = self.on_device(call_id);
        let joined = self.ask::<Join>(&on_device).await?;
        let everybody = |view: &CallView| view.members.iter().all(|m| m.state == MemberState::Joined);
        let mut told = !hosts;
        if !told && everybody(&joined.call) {
            told = true;
            let _ = troupe.tell.send(Told::Together(call_id)).await;
        }
        let mut beats = tokio::time::interval(Duration::from_millis(joined.beat_ms.max(100)));
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let due = self.uplink.due();
            let again = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return self.leave(call_id, hosts).await,
                _ = beats.tick() => self.beat(call_id).await,
                () = again => self.uplink.again()?,
                Some((number, event)) = self.media.recv() => self.send(call_id, number, event).await,
                push = self.pushes.next() => {
                    let push = push.ok_or("the connection was closed")?;
                    if let Some(view) = call_view(&push).filter(|view| view.call_id == call_id) {
                        if view.state.is_over() {
                            return Ok(());
                        }
                        if !told && everybody(&view) {
                            told = true;
                            let _ = troupe.tell.send(Told::Together(call_id)).await;
                        }
                    }
                    self.hear(call_id, &push).await?;
                }
            }
        }
    }

    /// Opens the group once all who are invited are there, and waits for somebody to take it.
    async fn open(&mut self, troupe: &Troupe) -> Result<CallId, String> {
        let settings = CreatorSettings {
            available: true,
            tariff: Some(troupe.cast.tariff.clone()),
            rates: [(CallKind::Group, troupe.cast.rate)].into(),
            ..CreatorSettings::default()
        };
        self.ask::<SettingsSet>(&SettingsSetRequest { request_id: RequestId::generate(), settings }).await?;
        while troupe.ready.load(Ordering::Acquire) + 1 < troupe.len() {
            tokio::time::sleep(PAUSE / 10).await;
        }
        let invited = troupe.cast.people.iter().skip(1);
        let request = InitiateRequest {
            request_id: RequestId::generate(),
            kind: CallKind::Group,
            callee: None,
            device: self.app.device().clone(),
            minutes: None,
            invite: invited.map(|guest| Invitee { uid: guest.uid.clone(), pays: true }).collect(),
        };
        let call_id = self.ask::<Initiate>(&request).await?.call_id;
        loop {
            let push = self.pushes.next().await.ok_or("the connection was closed")?;
            if push.event == "calls.accepted" && call_view(&push).is_some_and(|view| view.call_id == call_id) {
                return Ok(call_id);
            }
        }
    }

    /// Waits for the invitation and takes it.
    async fn invited(&mut self, troupe: &Troupe) -> Result<CallId, String> {
        troupe.ready.fetch_add(1, Ordering::AcqRel);
        let host = &troupe.cast.people[0].uid;
        loop {
            let push = self.pushes.next().await.ok_or("the connection was closed")?;
            let view = call_view(&push).filter(|view| push.event == "calls.requested" && view.caller == *host);
            if let Some(view) = view {
                let request = self.on_device(view.call_id);
                self.ask::<Accept>(&request).await?;
                return Ok(view.call_id);
            }
        }
    }

    async fn hear(&mut self, call_id: CallId, push: &Push) -> Result<(), String> {
        match push.event.as_str() {
            "stage.on_air" | "stage.off_air" => {
                let Ok(view) = serde_json::from_value::<OnAir>(push.data.clone()) else { return Ok(()) };
                if view.call_id != call_id {
                    return Ok(());
                }
                let (programme_id, asked) = (view.programme_id, view.consent == Consent::Asked);
                self.uplink.told(view)?;
                if asked && push.event == "stage.on_air" {
                    let request_id = RequestId::generate();
                    let request = ConsentRequest { request_id, call_id, programme_id, agree: true };
                    self.ask::<GiveConsent>(&request).await?;
                }
            }
            "calls.signal" => {
                if let Ok(signal) = serde_json::from_value::<Signal>(push.data.clone())
                    && self.uplink.programme().is_some_and(|programme| programme.peer == signal.from)
                {
                    self.uplink.signal(&signal);
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn send(&mut self, call_id: CallId, number: u64, event: PublisherEvent) {
        if !self.uplink.takes(number, &event) {
            return;
        }
        let (PublisherEvent::Signal { kind, payload }, Some(programme)) = (event, self.uplink.programme()) else {
            return;
        };
        let request = SignalRequest {
            call_id,
            device: self.app.device().clone(),
            to: programme.peer.clone(),
            to_device: DeviceId::new(programme.programme_id.to_string()).expect("an id keeps the rules of names"),
            kind,
            payload,
        };
        if let Err(error) = self.ask::<SignalEndpoint>(&request).await {
            tracing::warn!(uid = %self.app.uid(), "a signal did not reach the programme: {error}");
        }
    }

    async fn beat(&mut self, call_id: CallId) {
        self.packets += PACKETS_A_BEAT;
        let request = BeatRequest {
            call_id,
            device: self.app.device().clone(),
            line: Line::Connected,
            packets_received: self.packets,
            rtt_ms: None,
            loss_permille: None,
            jitter_ms: None,
            bitrate_kbps: None,
        };
        if let Err(error) = self.app.call::<Beat>(&request).await {
            tracing::warn!(uid = %self.app.uid(), "a beat was lost: {error}");
        }
    }

    /// The host ends it for all; a guest leaves.
    async fn leave(&mut self, call_id: CallId, hosts: bool) -> Result<(), String> {
        let request = OnCallRequest { request_id: RequestId::generate(), call_id };
        let left = if hosts { self.ask::<End>(&request).await } else { self.ask::<Leave>(&request).await };
        // Somebody else was quicker: the call is over with his leaving.
        if let Err(error) = left {
            tracing::debug!(uid = %self.app.uid(), "{error}");
        }
        Ok(())
    }

    fn on_device(&self, call_id: CallId) -> OnDeviceRequest {
        OnDeviceRequest { request_id: RequestId::generate(), call_id, device: self.app.device().clone() }
    }

    /// Asks, and asks again with the same request id while the house is away for a moment.
    async fn ask<E: Endpoint>(&self, request: &E::Request) -> Result<E::Reply, String> {
        for attempt in 1.. {
            match self.app.call::<E>(request).await {
                Ok(reply) => return Ok(reply),
                Err(error) if error.is_transient() && attempt < ATTEMPTS => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(format!("{}.{}: {error}", E::SPEC.service, E::SPEC.verb)),
            }
        }
        unreachable!("the last attempt returns")
    }
}

fn call_view(push: &Push) -> Option<CallView> {
    let tells = push.event.starts_with("calls.") && push.data.get("members").is_some();
    tells.then(|| serde_json::from_value(push.data.clone()).ok()).flatten()
}
