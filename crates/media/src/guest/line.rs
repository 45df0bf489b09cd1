//! The pipeline behind a guest: `webrtcbin`, from the offer to decoded tracks.
//!
//! Everything `webrtcbin` calls back holds this weakly and only for the moment; stopping is done by the owner alone, never from a callback.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use gstreamer::glib::{EnumValue, WeakRef};
use gstreamer::prelude::*;
use gstreamer::{
    Buffer, BusSyncReply, Caps, Element, MessageView, Pad, PadDirection, PadProbeData, PadProbeReturn, PadProbeType,
    Pipeline, Promise, State, Structure,
};
use gstreamer_webrtc::{
    WebRTCBundlePolicy, WebRTCICEGatheringState, WebRTCPeerConnectionState, WebRTCRTPTransceiver,
    WebRTCRTPTransceiverDirection, WebRTCSDPType, WebRTCSessionDescription,
};

use super::health::{Counters, Health, LineState};
use super::ice::{self, Ways};
use super::offer::{self, Offer};
use super::{Happened, Settings, Sinks, Taken, Timeline, chain};
use crate::control::SignalKind;
use crate::error::{MediaError, make, words};
use crate::feed::Track;

/// Candidates that may come before the offer; a device has a handful.
const EARLY: usize = 64;
/// Candidates that are tried in all.
const MOST_CANDIDATES: u32 = 128;

type Say = Box<dyn Fn(Happened) + Send + Sync>;

pub(super) struct Line {
    settings: Settings,
    pipeline: Pipeline,
    webrtc: Element,
    gate: Arc<RwLock<Option<Sinks>>>,
    counters: Arc<Counters>,
    ended: AtomicBool,
    talk: Mutex<Talk>,
    buffers: Mutex<Vec<WeakRef<Element>>>,
    say: Say,
}

/// What has been said to each other.
#[derive(Debug, Default)]
struct Talk {
    offer: Option<String>,
    /// The offer's descriptions, once they are set.
    theirs: Option<Ways>,
    answer: Option<String>,
    ours: Ways,
    early: Vec<String>,
    tried: u32,
    tracks: Vec<Track>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Line {
    pub(super) fn open(
        settings: Settings,
        timeline: &Timeline,
        sinks: Sinks,
        say: Say,
    ) -> Result<Arc<Self>, MediaError> {
        let pipeline = Pipeline::new();
        pipeline.use_clock(Some(&timeline.clock));
        pipeline.set_start_time(None);
        pipeline.set_base_time(timeline.base_time);
        let webrtc = make("webrtcbin")?;
        webrtc.set_property("bundle-policy", WebRTCBundlePolicy::MaxBundle);
        webrtc.set_property("latency", settings.latency_ms);
        ice::confine(&webrtc, &settings.ice);
        pipeline.add(&webrtc).map_err(|e| MediaError::pipeline("a guest's connection", e))?;
        let line = Arc::new(Self {
            settings,
            pipeline,
            webrtc,
            gate: Arc::new(RwLock::new(Some(sinks))),
            counters: Arc::new(Counters::new()),
            ended: AtomicBool::new(false),
            talk: Mutex::default(),
            buffers: Mutex::default(),
            say,
        });
        line.listen();
        if line.pipeline.set_state(State::Playing).is_err() {
            line.close();
            return Err(MediaError::pipeline("a guest's connection", "its pipeline does not start"));
        }
        Ok(line)
    }

    fn listen(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        self.webrtc.connect_pad_added(move |_, pad| {
            if let Some(line) = weak.upgrade().filter(|_| pad.direction() == PadDirection::Src) {
                line.attach(pad);
            }
        });
        let weak = Arc::downgrade(self);
        self.webrtc.connect("on-ice-candidate", false, move |values| {
            let (line, candidate) = (values.get(1)?.get::<u32>().ok()?, values.get(2)?.get::<String>().ok()?);
            if let Some(me) = weak.upgrade() {
                let payload = me.talk().ours.write(line, &candidate);
                me.tell(Happened::Signal { kind: SignalKind::Candidate, payload });
            }
            None
        });
        let weak = Arc::downgrade(self);
        self.webrtc.connect_notify(Some("ice-gathering-state"), move |webrtc, _| {
            if webrtc.property::<WebRTCICEGatheringState>("ice-gathering-state") == WebRTCICEGatheringState::Complete
                && let Some(line) = weak.upgrade()
            {
                line.tell(Happened::Signal { kind: SignalKind::Candidate, payload: String::new() });
            }
        });
        let weak = Arc::downgrade(self);
        self.webrtc.connect_notify(Some("connection-state"), move |webrtc, _| {
            let Some(line) = weak.upgrade() else { return };
            match webrtc.property::<WebRTCPeerConnectionState>("connection-state") {
                WebRTCPeerConnectionState::Connected if line.counters.turn(LineState::Connected) => {
                    line.tell(Happened::Connected);
                }
                WebRTCPeerConnectionState::Failed => {
                    line.fail("the connection was lost, or the peers do not reach each other");
                }
                WebRTCPeerConnectionState::Closed => line.fail("the guest's side closed the connection"),
                _ => {}
            }
        });
        // The connection's own state says nothing of a good-bye (1.22), the decryption's does.
        let weak = Arc::downgrade(self);
        self.pipeline.connect_deep_element_added(move |_, _, element| {
            let factory = element.factory().map(|factory| factory.name());
            if factory.as_deref() == Some("rtpjitterbuffer")
                && let Some(line) = weak.upgrade()
            {
                line.buffers().push(element.downgrade());
            }
            if factory.as_deref() != Some("dtlsdec") {
                return;
            }
            let weak = weak.clone();
            element.connect_notify(Some("connection-state"), move |element, _| {
                let state = element.property_value("connection-state");
                let closed = EnumValue::from_value(&state).is_some_and(|(_, state)| state.nick() == "closed");
                if let Some(line) = weak.upgrade().filter(|_| closed) {
                    line.fail("the guest's side closed the connection");
                }
            });
        });
        let weak = Arc::downgrade(self);
        if let Some(bus) = self.pipeline.bus() {
            bus.set_sync_handler(move |_, message| {
                // The text channel beside the media may break; nothing is read from it.
                let text = message.src().is_some_and(|source| source.name().starts_with("sctp"));
                if let (MessageView::Error(error), Some(line), false) = (message.view(), weak.upgrade(), text) {
                    line.fail(&words(error));
                }
                BusSyncReply::Drop
            });
        }
    }

    pub(super) fn on_offer(self: &Arc<Self>, text: &str) -> Taken {
        if self.ended.load(Ordering::SeqCst) {
            return Taken::Ignored;
        }
        {
            let mut talk = self.talk();
            match (&talk.offer, &talk.answer) {
                (None, _) => talk.offer = Some(text.to_owned()),
                (Some(before), _) if before != text => return Taken::StartAnew,
                (Some(_), Some(answer)) => {
                    let payload = answer.clone();
                    drop(talk);
                    self.tell(Happened::Signal { kind: SignalKind::Answer, payload });
                    return Taken::Done;
                }
                (Some(_), None) => return Taken::Done,
            }
        }
        match offer::read(&self.settings.ice, text) {
            Ok(offer) => self.answer(offer),
            Err(why) => self.fail(&why),
        }
        Taken::Done
    }

    fn answer(self: &Arc<Self>, offer: Offer) {
        for line in &offer.lines {
            let direction = if line.taken {
                WebRTCRTPTransceiverDirection::Recvonly
            } else {
                WebRTCRTPTransceiverDirection::Inactive
            };
            let transceiver =
                self.webrtc.emit_by_name::<Option<WebRTCRTPTransceiver>>("add-transceiver", &[&direction, &line.caps]);
            if let Some(transceiver) = transceiver {
                transceiver.set_property("do-nack", true);
            }
        }
        let remote = WebRTCSessionDescription::new(WebRTCSDPType::Offer, offer.sdp);
        let (weak, ways) = (Arc::downgrade(self), offer.ways);
        let promise = Promise::with_change_func(move |reply| {
            let Some(line) = weak.upgrade() else { return };
            if let Err(why) = accepted(reply) {
                return line.fail(&format!("the offer cannot be taken: {why}"));
            }
            line.talk().theirs = Some(ways);
            line.create_answer();
        });
        self.webrtc.emit_by_name::<()>("set-remote-description", &[&remote, &promise]);
    }

    fn create_answer(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        let promise = Promise::with_change_func(move |reply| {
            let Some(line) = weak.upgrade() else { return };
            let answer = match reply {
                Ok(Some(reply)) => reply.get::<WebRTCSessionDescription>("answer").map_err(|e| e.to_string()),
                _ => Err("no answer came".to_owned()),
            };
            match answer.and_then(|answer| Ok((answer.sdp().as_text().map_err(|e| e.to_string())?, answer))) {
                Ok((text, answer)) => line.give(text, &answer),
                Err(why) => line.fail(&format!("the offer cannot be answered: {why}")),
            }
        });
        self.webrtc.emit_by_name::<()>("create-answer", &[&None::<Structure>, &promise]);
    }

    /// The answer goes out before anything is gathered: its candidates come after it.
    fn give(&self, text: String, answer: &WebRTCSessionDescription) {
        let early = {
            let mut talk = self.talk();
            talk.answer = Some(text.clone());
            talk.ours = Ways::of(answer.sdp());
            std::mem::take(&mut talk.early)
        };
        self.tell(Happened::Signal { kind: SignalKind::Answer, payload: text });
        self.webrtc.emit_by_name::<()>("set-local-description", &[answer, &None::<Promise>]);
        for payload in early {
            self.on_candidate(&payload);
        }
    }

    pub(super) fn on_candidate(&self, payload: &str) -> Taken {
        if payload.is_empty() || self.ended.load(Ordering::SeqCst) {
            return Taken::Ignored;
        }
        let (line, candidate) = {
            let mut talk = self.talk();
            let Some(theirs) = talk.theirs.as_ref().filter(|_| talk.answer.is_some()) else {
                if talk.early.len() == EARLY {
                    talk.early.remove(0);
                }
                talk.early.push(payload.to_owned());
                return Taken::Done;
            };
            let Some(read) = theirs.read(&self.settings.ice, payload) else { return Taken::Ignored };
            if talk.tried >= MOST_CANDIDATES {
                return Taken::Ignored;
            }
            talk.tried += 1;
            read
        };
        self.webrtc.emit_by_name::<()>("add-ice-candidate", &[&line, &candidate]);
        Taken::Done
    }

    /// A track begins. Anything that is not wanted is thrown away, for a pad without a reader would end the pipeline.
    fn attach(&self, pad: &Pad) {
        if self.ended.load(Ordering::SeqCst) {
            return;
        }
        if let Err(why) = self.decode(pad) {
            self.fail(&why.to_string());
        }
    }

    fn decode(&self, pad: &Pad) -> Result<(), MediaError> {
        let failed = |e: &dyn std::fmt::Display| MediaError::pipeline("a guest's track", e);
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let name = caps.structure(0).and_then(|s| s.get::<String>("encoding-name").ok()).unwrap_or_default();
        let track = if name.eq_ignore_ascii_case("OPUS") { Track::Audio } else { Track::Video };
        let wanted = {
            let mut talk = self.talk();
            let first = !talk.tracks.contains(&track);
            if first {
                talk.tracks.push(track);
            }
            first
        };
        let elements = if wanted {
            let (gate, counters) = (Arc::clone(&self.gate), Arc::clone(&self.counters));
            let out = move |buffer: Buffer, caps: &Caps| {
                counters.ready(track);
                let gate = gate.read().unwrap_or_else(PoisonError::into_inner);
                if let Some(sinks) = &*gate {
                    (if track == Track::Video { &sinks.video } else { &sinks.audio })(buffer, caps);
                }
            };
            chain::chain(&name, &self.settings, Arc::new(out))?.1
        } else {
            let sink = make("fakesink")?;
            sink.set_property("async", false);
            vec![sink]
        };
        let counters = Arc::clone(&self.counters);
        pad.add_probe(PadProbeType::BUFFER | PadProbeType::BUFFER_LIST, move |_, info| {
            match &info.data {
                Some(PadProbeData::Buffer(buffer)) => counters.arrived(buffer.size()),
                Some(PadProbeData::BufferList(list)) => counters.arrived(list.calculate_size()),
                _ => {}
            }
            PadProbeReturn::Ok
        });
        self.pipeline.add_many(&elements).map_err(|e| failed(&e))?;
        Element::link_many(&elements).map_err(|e| failed(&e))?;
        for element in elements.iter().rev() {
            element.sync_state_with_parent().map_err(|e| failed(&e))?;
        }
        let to = elements
            .first()
            .and_then(|first| first.static_pad("sink"))
            .ok_or_else(|| failed(&"it has no beginning"))?;
        pad.link(&to).map_err(|e| failed(&e))?;
        Ok(())
    }

    pub(super) fn health(&self) -> Health {
        // Asking `webrtcbin` races with its end (1.22); the buffers that wait for packets know as well.
        let (mut lost, mut received) = (0, 0);
        for buffer in self.buffers().iter().filter_map(WeakRef::upgrade) {
            let stats = buffer.property::<Structure>("stats");
            lost += stats.get::<u64>("num-lost").unwrap_or_default();
            received += stats.get::<u64>("num-pushed").unwrap_or_default();
        }
        self.counters.lost(lost, received);
        self.counters.read()
    }

    fn buffers(&self) -> MutexGuard<'_, Vec<WeakRef<Element>>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn close(&self) {
        if self.ended.swap(true, Ordering::SeqCst) {
            return;
        }
        drop(self.gate.write().unwrap_or_else(PoisonError::into_inner).take());
        if self.pipeline.set_state(State::Null).is_err() {
            tracing::warn!("a guest's pipeline did not stop cleanly");
        }
    }

    fn fail(&self, why: &str) {
        if !self.ended.load(Ordering::SeqCst) && self.counters.turn(LineState::Failed(why.to_owned())) {
            self.tell(Happened::Failed(why.to_owned()));
        }
    }

    fn tell(&self, what: Happened) {
        if !self.ended.load(Ordering::SeqCst) {
            (self.say)(what);
        }
    }

    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a description was taken; the reply is empty where it was.
pub(crate) fn accepted(reply: Result<Option<&gstreamer::StructureRef>, gstreamer::PromiseError>) -> Result<(), String> {
    match reply {
        Ok(Some(reply)) => reply.get::<gstreamer::glib::Error>("error").map_or(Ok(()), |e| Err(e.to_string())),
        Ok(None) => Ok(()),
        Err(e) => Err(format!("{e:?}")),
    }
}
