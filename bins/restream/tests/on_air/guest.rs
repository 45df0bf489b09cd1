//! A synthetic guest who is signalled through his app, as a browser would be: he agrees, offers, and offers again whenever the programme
//! is on air anew. He can leave, vanish without a word, and come back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use callboard_contract::Push;
use callboard_contract::api::calls::{Leave, Signal, SignalRequest};
use callboard_contract::api::stage::{ConsentRequest, GiveConsent, OnAir};
use callboard_domain::{CallId, Consent, DeviceId, ProgrammeId, ProgrammeState, RequestId};
use callboard_media::analyse::Mark;
use callboard_media::control::IceSpec;
use callboard_media::synthetic::{Publisher, PublisherEvent, Settings};
use callboard_tests::{Beats, Person};
use tokio::task::JoinHandle;

/// Who is in a call, and what his picture flashes and his sound beeps with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) mark: Mark,
    /// How long after the full second he flashes: guests who beep at the same time would drown each other.
    pub(crate) phase: Duration,
}

/// A member of a call who sends picture and sound.
pub(crate) struct Guest {
    pub(crate) person: Person,
    pub(crate) role: Role,
    beats: Option<Beats>,
    line: Arc<Line>,
    sending: Option<JoinHandle<()>>,
}

/// His connection to the programme.
#[derive(Default)]
struct Line {
    away: AtomicBool,
    publisher: Mutex<Option<Publisher>>,
}

impl Line {
    fn with<T>(&self, act: impl FnOnce(&mut Option<Publisher>) -> T) -> T {
        act(&mut self.publisher.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Guest {
    /// Takes a call that rings.
    pub(crate) async fn is_in(person: Person, role: Role, call: CallId) -> Self {
        person.hears_of(call, "calls.requested").await;
        person.accept(call).await;
        person.join(call).await;
        let beats = Some(person.beat(call));
        Self { person, role, beats, line: Arc::default(), sending: None }
    }

    /// Agrees to be on air, and sends from now on.
    pub(crate) async fn agrees(&mut self, call: CallId, programme_id: ProgrammeId) {
        self.person.hears_of(call, "stage.on_air").await;
        let request = ConsentRequest { request_id: RequestId::generate(), call_id: call, programme_id, agree: true };
        let told = self.person.ask::<GiveConsent>(&request).await;
        assert_eq!(told.consent, Consent::Agreed);
        let sending = send(self.person.clone(), self.role, Arc::clone(&self.line), call, programme_id);
        self.sending = Some(tokio::spawn(sending));
    }

    /// Leaves the call as one does: says so, and closes his connection.
    pub(crate) async fn leaves(&mut self, call: CallId) {
        self.person.ask::<Leave>(&self.person.on(call)).await;
        self.beats = None;
        self.line.away.store(true, Ordering::SeqCst);
        drop(self.line.with(Option::take));
    }

    /// Is gone without a word: his app says nothing any more, and his connection neither.
    pub(crate) fn vanishes(&mut self) {
        self.beats = None;
        self.line.away.store(true, Ordering::SeqCst);
        self.line.with(|publisher| publisher.take().inspect(Publisher::vanish));
    }

    /// His app runs again.
    pub(crate) fn comes_back(&mut self, call: CallId) {
        self.beats = Some(self.person.beat(call));
        self.line.away.store(false, Ordering::SeqCst);
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if let Some(sending) = self.sending.take() {
            sending.abort();
        }
    }
}

/// How often the programme came on air, as this member heard it.
fn times_on_air(heard: &[Push], programme: ProgrammeId) -> usize {
    let views = heard.iter().filter(|push| push.event == "stage.on_air");
    let views = views.filter_map(|push| serde_json::from_value::<OnAir>(push.data.clone()).ok());
    let states: Vec<ProgrammeState> = views.filter(|v| v.programme_id == programme).map(|v| v.state).collect();
    let mut runs = states.chunk_by(|a, b| a == b).map(|run| run[0]);
    runs.by_ref().filter(|state| *state == ProgrammeState::OnAir).count()
}

async fn send(person: Person, role: Role, line: Arc<Line>, call: CallId, programme: ProgrammeId) {
    let peer = callboard_domain::Uid::new(callboard_domain::PROGRAMME_PEER).expect("a name");
    let device = DeviceId::new(programme.to_string()).expect("a device");
    let settings = Settings {
        name: role.name.to_owned(),
        colour: role.mark.colour,
        tone_hz: role.mark.tone_hz,
        phase: role.phase,
        ice: IceSpec {
            addresses: vec!["127.0.0.1".parse().expect("an address")],
            loopback_only: true,
            ..IceSpec::default()
        },
        ..Settings::default()
    };
    let (mut seen, mut on_air) = (0, 0);
    let (_, mut said) = mpsc::channel();
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    loop {
        ticks.tick().await;
        let heard = person.heard();
        let times = times_on_air(&heard, programme);
        let anew = times > on_air || times > 0 && line.with(|publisher| publisher.is_none());
        if anew && !line.away.load(Ordering::SeqCst) {
            on_air = times;
            let (out, says) = mpsc::channel();
            said = says;
            let publisher = Publisher::start(&settings, out).expect("a publisher");
            drop(line.with(|old| old.replace(publisher)));
        }
        while let Ok(PublisherEvent::Signal { kind, payload }) = said.try_recv() {
            let request = SignalRequest {
                call_id: call,
                device: person.app().device().clone(),
                to: peer.clone(),
                to_device: device.clone(),
                kind,
                payload,
            };
            // Refused once he is out of the call or the programme.
            let _ = person.app().call::<Signal>(&request).await;
        }
        for push in &heard[seen..] {
            if push.event == "calls.signal"
                && let Ok(signal) = serde_json::from_value::<callboard_contract::Signal>(push.data.clone())
                && signal.from == peer
            {
                line.with(|publisher| publisher.as_ref().map(|p| p.signal(signal.kind, &signal.payload)));
            }
        }
        seen = heard.len();
    }
}
