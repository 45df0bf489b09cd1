//! A synthetic guest who is signalled through his app, as a browser would be: he agrees, offers, and offers again whenever the programme
//! is on air anew.

use std::sync::mpsc;

use callboard_contract::Push;
use callboard_contract::api::calls::{Signal, SignalRequest};
use callboard_contract::api::stage::{ConsentRequest, GiveConsent, OnAir};
use callboard_domain::{CallId, Consent, DeviceId, ProgrammeId, ProgrammeState, RequestId};
use callboard_media::analyse::Mark;
use callboard_media::control::IceSpec;
use callboard_media::synthetic::{Publisher, PublisherEvent, Settings};
use callboard_tests::{Beats, Person};
use tokio::task::JoinHandle;

/// A member of a call who sends picture and sound.
pub(crate) struct Guest {
    pub(crate) person: Person,
    pub(crate) mark: Mark,
    _beats: Beats,
    sending: Option<JoinHandle<()>>,
}

impl Guest {
    /// Takes a call that rings.
    pub(crate) async fn is_in(person: Person, mark: Mark, call: CallId) -> Self {
        person.hears_of(call, "calls.requested").await;
        person.accept(call).await;
        person.join(call).await;
        let beats = person.beat(call);
        Self { person, mark, _beats: beats, sending: None }
    }

    /// Agrees to be on air, and sends from now on.
    pub(crate) async fn agrees(&mut self, call: CallId, programme_id: ProgrammeId) {
        self.person.hears_of(call, "stage.on_air").await;
        let request = ConsentRequest { request_id: RequestId::generate(), call_id: call, programme_id, agree: true };
        let told = self.person.ask::<GiveConsent>(&request).await;
        assert_eq!(told.consent, Consent::Agreed);
        self.sending = Some(tokio::spawn(send(self.person.clone(), self.mark, call, programme_id)));
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

async fn send(person: Person, mark: Mark, call: CallId, programme: ProgrammeId) {
    let peer = callboard_domain::Uid::new(callboard_domain::PROGRAMME_PEER).expect("a name");
    let device = DeviceId::new(programme.to_string()).expect("a device");
    let settings = Settings {
        name: person.uid().to_string(),
        colour: mark.colour,
        tone_hz: mark.tone_hz,
        ice: IceSpec { addresses: vec!["127.0.0.1".parse().expect("an address")], loopback_only: true },
        ..Settings::default()
    };
    let (mut seen, mut on_air) = (0, 0);
    let mut publisher: Option<Publisher> = None;
    let (_, mut said) = mpsc::channel();
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    loop {
        ticks.tick().await;
        let heard = person.heard();
        let times = times_on_air(&heard, programme);
        if publisher.is_none() || times > on_air {
            on_air = times;
            if times > 0 {
                let (out, heard) = mpsc::channel();
                said = heard;
                publisher = Some(Publisher::start(&settings, out).expect("a publisher"));
            }
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
                && let Some(publisher) = &publisher
            {
                publisher.signal(signal.kind, &signal.payload);
            }
        }
        seen = heard.len();
    }
}
