//! The pipeline behind a publisher: source, encoders and an offering `webrtcbin`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gstreamer::prelude::*;
use gstreamer::{
    Bin, BusSyncReply, ClockTime, Element, MessageView, PadProbeData, PadProbeReturn, PadProbeType, Pipeline, Promise,
    State, SystemClock,
};
use gstreamer_sdp::SDPMessage;
use gstreamer_webrtc::{
    WebRTCBundlePolicy, WebRTCICEGatheringState, WebRTCPeerConnectionState, WebRTCRTPTransceiver,
    WebRTCRTPTransceiverDirection, WebRTCSDPType, WebRTCSessionDescription,
};

use super::spoil::{garble, lose};
use super::{PublisherEvent, Settings, picture, sound};
use crate::control::{IceSpec, SignalKind};
use crate::error::{MediaError, make, words};
use crate::guest::ice::{self, Ways};
use crate::guest::line::accepted;

/// The first byte of a DTLS alert.
const DTLS_ALERT: u8 = 21;
/// How long a good-bye may take.
const FAREWELL: Duration = Duration::from_millis(100);

/// When flashes and beeps are: at full seconds of the clock, and a phase.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beat {
    pub(super) base_time: ClockTime,
    pub(super) phase: Duration,
}

impl Beat {
    /// How far into its second a running time is.
    pub(super) fn into_second(self, running: ClockTime) -> Duration {
        let at = (self.base_time + running).nseconds() + 1_000_000_000 - u64::from(self.phase.subsec_nanos());
        Duration::from_nanos(at % 1_000_000_000)
    }
}

pub(super) struct PublisherLine {
    fps: i32,
    ice: IceSpec,
    pipeline: Pipeline,
    webrtc: Element,
    size: Option<Element>,
    muted: Arc<AtomicBool>,
    connected: AtomicBool,
    ended: AtomicBool,
    setting: Mutex<()>,
    talk: Mutex<Talk>,
    out: Sender<PublisherEvent>,
}

#[derive(Debug, Default)]
struct Talk {
    offered: bool,
    ours: Ways,
    theirs: Option<Ways>,
    early: Vec<String>,
}

impl std::fmt::Debug for PublisherLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublisherLine").field("ice", &self.ice).finish_non_exhaustive()
    }
}

/// The last time from which pictures at the settings' rate begin with flashes: else a flash would begin up to a picture later than its beep.
fn on_the_beat(now: ClockTime, settings: &Settings) -> ClockTime {
    let second = ClockTime::SECOND.nseconds();
    let phase = u64::from(settings.phase.subsec_nanos());
    let rate = u64::from(settings.fps.unsigned_abs().max(1));
    let since_flash = (now.nseconds() + second - phase) % second;
    let last_picture = (since_flash * rate / second) * second / rate;
    now.saturating_sub(ClockTime::from_nseconds(since_flash - last_picture))
}

/// Sender reports (RFC 3550, 6.4.1) give the time at which a sample was taken. The default, when it is sent, needs a latency that nobody tells the
/// connection (1.22): the reports then run at twice the speed, the other side drops them, and picture and sound are as far apart as their first packets were.
fn reports_say_when_it_was_taken(webrtc: &Element) {
    let inner = webrtc.downcast_ref::<Bin>().and_then(|bin| bin.by_name("rtpbin"));
    if let Some(sessions) = inner.filter(|inner| inner.has_property("rtcp-sync-send-time")) {
        sessions.set_property("rtcp-sync-send-time", false);
    }
}

impl PublisherLine {
    pub(super) fn open(settings: &Settings, out: Sender<PublisherEvent>) -> Result<Arc<Self>, MediaError> {
        let failed = |e: &dyn std::fmt::Display| MediaError::pipeline("a publisher", e);
        if !settings.video && !settings.audio {
            return Err(MediaError::Settings("a publisher needs a picture or sound".to_owned()));
        }
        let pipeline = Pipeline::new();
        let clock = SystemClock::obtain();
        let base_time = on_the_beat(clock.time(), settings);
        pipeline.use_clock(Some(&clock));
        pipeline.set_start_time(None);
        pipeline.set_base_time(base_time);
        let webrtc = make("webrtcbin")?;
        webrtc.set_property("bundle-policy", WebRTCBundlePolicy::MaxBundle);
        ice::confine(&webrtc, &settings.ice);
        reports_say_when_it_was_taken(&webrtc);
        pipeline.add(&webrtc).map_err(|e| failed(&e))?;
        let beat = Beat { base_time, phase: settings.phase };
        let muted = Arc::new(AtomicBool::new(false));
        let mut chains = Vec::new();
        let mut size = None;
        if settings.video {
            let chain = picture::chain(settings, beat)?;
            size = chain.get(1).cloned();
            chains.push(chain);
        }
        if settings.audio {
            chains.push(sound::chain(settings, beat, Arc::clone(&muted))?);
        }
        let mut ends = Vec::new();
        for chain in &chains {
            pipeline.add_many(chain).map_err(|e| failed(&e))?;
            Element::link_many(chain).map_err(|e| failed(&e))?;
            let sink =
                webrtc.request_pad_simple("sink_%u").ok_or_else(|| failed(&"the connection takes no more tracks"))?;
            let end =
                chain.last().and_then(|last| last.static_pad("src")).ok_or_else(|| failed(&"a track has no end"))?;
            end.link(&sink).map_err(|e| failed(&e))?;
            lose(&end, settings.lose_every);
            garble(&end, settings.garble_every);
            let transceiver = sink.property::<WebRTCRTPTransceiver>("transceiver");
            transceiver.set_direction(WebRTCRTPTransceiverDirection::Sendonly);
            transceiver.set_property("do-nack", true);
            ends.push(sink);
        }
        let line = Arc::new(Self {
            fps: settings.fps,
            ice: settings.ice.clone(),
            pipeline,
            webrtc,
            size,
            muted,
            connected: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            setting: Mutex::default(),
            talk: Mutex::default(),
            out,
        });
        line.listen(&ends);
        if line.pipeline.set_state(State::Playing).is_err() {
            line.close();
            return Err(failed(&"its pipeline does not start"));
        }
        Ok(line)
    }

    fn listen(self: &Arc<Self>, ends: &[gstreamer::Pad]) {
        // An offer made before every track has its caps says nothing of them.
        for end in ends {
            let (weak, all) = (
                Arc::downgrade(self),
                ends.iter().map(gstreamer::glib::object::ObjectExt::downgrade).collect::<Vec<_>>(),
            );
            end.connect_notify(Some("caps"), move |_, _| {
                let known = all.iter().all(|pad| pad.upgrade().is_some_and(|pad| pad.current_caps().is_some()));
                if let Some(line) = weak.upgrade().filter(|_| known) {
                    line.offer();
                }
            });
        }
        let weak = Arc::downgrade(self);
        self.webrtc.connect("on-ice-candidate", false, move |values| {
            let (line, candidate) = (values.get(1)?.get::<u32>().ok()?, values.get(2)?.get::<String>().ok()?);
            if let Some(me) = weak.upgrade() {
                let payload = me.talk().ours.write(line, &candidate);
                me.tell(PublisherEvent::Signal { kind: SignalKind::Candidate, payload });
            }
            None
        });
        let weak = Arc::downgrade(self);
        self.webrtc.connect_notify(Some("ice-gathering-state"), move |webrtc, _| {
            if webrtc.property::<WebRTCICEGatheringState>("ice-gathering-state") == WebRTCICEGatheringState::Complete
                && let Some(line) = weak.upgrade()
            {
                line.tell(PublisherEvent::Signal { kind: SignalKind::Candidate, payload: String::new() });
            }
        });
        let weak = Arc::downgrade(self);
        self.webrtc.connect_notify(Some("connection-state"), move |webrtc, _| {
            let Some(line) = weak.upgrade() else { return };
            match webrtc.property::<WebRTCPeerConnectionState>("connection-state") {
                WebRTCPeerConnectionState::Connected => {
                    line.connected.store(true, Ordering::SeqCst);
                    line.tell(PublisherEvent::Connected);
                }
                WebRTCPeerConnectionState::Failed => {
                    line.fail("the connection was lost, or the peers do not reach each other");
                }
                WebRTCPeerConnectionState::Closed => line.fail("the programme closed the connection"),
                _ => {}
            }
        });
        let weak = Arc::downgrade(self);
        if let Some(bus) = self.pipeline.bus() {
            bus.set_sync_handler(move |_, message| {
                if let (MessageView::Error(error), Some(line)) = (message.view(), weak.upgrade()) {
                    line.fail(&words(error));
                }
                BusSyncReply::Drop
            });
        }
    }

    fn offer(self: &Arc<Self>) {
        if std::mem::replace(&mut self.talk().offered, true) {
            return;
        }
        let weak = Arc::downgrade(self);
        let promise = Promise::with_change_func(move |reply| {
            let Some(line) = weak.upgrade() else { return };
            let offer = match reply {
                Ok(Some(reply)) => reply.get::<WebRTCSessionDescription>("offer").map_err(|e| e.to_string()),
                _ => Err("no offer came".to_owned()),
            };
            match offer.and_then(|offer| Ok((offer.sdp().as_text().map_err(|e| e.to_string())?, offer))) {
                Ok((payload, offer)) => {
                    // An answer that comes at once has to wait until the offer is set.
                    let setting = line.setting.lock().unwrap_or_else(PoisonError::into_inner);
                    line.talk().ours = Ways::of(offer.sdp());
                    line.tell(PublisherEvent::Signal { kind: SignalKind::Offer, payload });
                    line.webrtc.emit_by_name::<()>("set-local-description", &[&offer, &None::<Promise>]);
                    drop(setting);
                }
                Err(why) => line.fail(&format!("there is no offer: {why}")),
            }
        });
        self.webrtc.emit_by_name::<()>("create-offer", &[&None::<gstreamer::Structure>, &promise]);
    }

    pub(super) fn on_answer(self: &Arc<Self>, text: &str) {
        let setting = self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(sdp) = SDPMessage::parse_buffer(ice::sift(&self.ice, text).as_bytes()) else {
            return self.fail("the answer is no SDP");
        };
        let early = {
            let mut talk = self.talk();
            if !talk.offered || talk.theirs.is_some() {
                return;
            }
            talk.theirs = Some(Ways::of(&sdp));
            std::mem::take(&mut talk.early)
        };
        let answer = WebRTCSessionDescription::new(WebRTCSDPType::Answer, sdp);
        let weak = Arc::downgrade(self);
        let promise = Promise::with_change_func(move |reply| {
            if let (Some(line), Err(why)) = (weak.upgrade(), accepted(reply)) {
                line.fail(&format!("the answer cannot be taken: {why}"));
            }
        });
        self.webrtc.emit_by_name::<()>("set-remote-description", &[&answer, &promise]);
        drop(setting);
        for payload in early {
            self.on_candidate(&payload);
        }
    }

    pub(super) fn on_candidate(&self, payload: &str) {
        if payload.is_empty() || self.ended.load(Ordering::SeqCst) {
            return;
        }
        let mut talk = self.talk();
        let Some(theirs) = &talk.theirs else {
            talk.early.push(payload.to_owned());
            return;
        };
        let read = theirs.read(&self.ice, payload);
        drop(talk);
        if let Some((line, candidate)) = read {
            self.webrtc.emit_by_name::<()>("add-ice-candidate", &[&line, &candidate]);
        }
    }

    pub(super) fn mute(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }

    pub(super) fn resize(&self, width: i32, height: i32) {
        if let Some(size) = &self.size {
            size.set_property("caps", picture::form(width, height, self.fps));
        }
    }

    /// Nothing more leaves this machine, neither media nor good-byes, and nothing is answered.
    pub(super) fn vanish(&self) {
        for pad in self.inner_pads("nicesink") {
            pad.add_probe(PadProbeType::BUFFER | PadProbeType::BUFFER_LIST, |_, _| PadProbeReturn::Drop);
        }
        self.close();
    }

    /// Says good-bye as a browser does that closes its connection, then ends.
    pub(super) fn leave(&self) {
        if self.connected.load(Ordering::SeqCst) && !self.ended.load(Ordering::SeqCst) {
            self.say_good_bye();
        }
        self.close();
    }

    fn say_good_bye(&self) {
        let (said, heard) = sync_channel(1);
        for pad in self.inner_pads("nicesink") {
            let said = said.clone();
            pad.add_probe(PadProbeType::BUFFER | PadProbeType::BUFFER_LIST, move |_, info| {
                let first = match &info.data {
                    Some(PadProbeData::Buffer(buffer)) => {
                        buffer.map_readable().ok().and_then(|map| map.first().copied())
                    }
                    Some(PadProbeData::BufferList(list)) => {
                        list.get(0).and_then(|one| one.map_readable().ok()?.first().copied())
                    }
                    _ => None,
                };
                if first == Some(DTLS_ALERT) {
                    _ = said.try_send(());
                }
                PadProbeReturn::Ok
            });
        }
        let mut begun = false;
        for pad in self.inner_pads("dtlsenc") {
            begun |= pad.send_event(gstreamer::event::Eos::new());
        }
        if begun && heard.recv_timeout(FAREWELL).is_err() {
            tracing::debug!("a publisher left without a word");
        }
        // It has been heard on its way in; once the pad is free it is out.
        for pad in self.inner_pads("nicesink") {
            drop(pad.stream_lock());
        }
    }

    fn inner_pads(&self, factory: &str) -> Vec<gstreamer::Pad> {
        let Some(bin) = self.webrtc.downcast_ref::<Bin>() else { return Vec::new() };
        bin.iterate_all_by_element_factory_name(factory)
            .into_iter()
            .flatten()
            .filter_map(|element| element.static_pad("sink"))
            .collect()
    }

    pub(super) fn close(&self) {
        if self.ended.swap(true, Ordering::SeqCst) {
            return;
        }
        if self.pipeline.set_state(State::Null).is_err() {
            tracing::warn!("a publisher's pipeline did not stop cleanly");
        }
    }

    fn fail(&self, why: &str) {
        self.tell(PublisherEvent::Failed(why.to_owned()));
    }

    fn tell(&self, event: PublisherEvent) {
        if !self.ended.load(Ordering::SeqCst) {
            // Whoever no longer listens wants no publisher.
            drop(self.out.send(event));
        }
    }

    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
