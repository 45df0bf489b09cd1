//! A group call on air: a house with the restream worker, a host who stays out of the picture, and two guests who are in it.

use std::path::PathBuf;
use std::time::Duration;

use callboard_contract::adm::calls::MemberActRequest;
use callboard_contract::adm::restream::{
    ProgrammeDetail, ProgrammeRef, Show as ShowProgramme, Start, StartRequest, Stop, StopRequest,
};
use callboard_contract::api::stage::{ConsentRequest, GiveConsent};
use callboard_contract::programme::ProgrammeStatus;
use callboard_domain::{
    CallId, CallKind, OutputPreset, ProgrammeId, ProgrammeState, RequestId, TargetKind, TargetName, TargetSpec,
};
use callboard_media::analyse::{Mark, Recording};
use callboard_tests::{Beats, House, Options, PATIENCE, Person, eventually, why};
use serde_json::json;

use crate::guest::Guest;

const ANN: Mark = Mark { colour: [220, 30, 30], tone_hz: 880 };
/// Far from the other: where a beep breaks off, a little of it sounds at tones nearby.
const BOB: Mark = Mark { colour: [30, 200, 30], tone_hz: 2_600 };
/// From the order to the first picture, on a busy machine.
const ON_AIR_WITHIN: Duration = Duration::from_secs(30);

/// What every test begins with.
pub(crate) struct Show {
    pub(crate) house: House,
    pub(crate) host: Person,
    pub(crate) guests: Vec<Guest>,
    pub(crate) call: CallId,
    pub(crate) id: ProgrammeId,
    _host_beats: Beats,
}

impl Show {
    /// A group of three on air to players and to a file; two of them agreed.
    pub(crate) async fn begin() -> Self {
        let options = Options::default()
            .env("CALLBOARD_ICE_ADDRESSES", "127.0.0.1")
            .env("CALLBOARD_ICE_LOOPBACK_ONLY", "true")
            .env("CALLBOARD_ENCODER_SPEED", "ultrafast");
        let house = House::start(options).await;
        let workers = house.state().await.unwrap().workers;
        assert!(workers.iter().any(|w| w.name == "restream"), "{}", house.log("supervisor"));
        let tariff = json!({ "rate": "60", "increment": "1/1", "reserve": { "mode": "rolling", "ahead_s": 20 },
            "warn_s": 60, "reconnect_s": 30, "split": [["creator", "0.8"], ["platform", "0.2"]] });
        house.tariff("second", tariff).await;
        let (host, ann, bob) = (house.person("host").await, house.person("ann").await, house.person("bob").await);
        host.offers("second", CallKind::Group, "60").await;
        let call = host.open_group(&[(ann.uid(), false), (bob.uid(), false)]).await.call_id;
        let mut guests = Vec::new();
        for (person, mark) in [(ann, ANN), (bob, BOB)] {
            guests.push(Guest::is_in(person, mark, call).await);
        }
        host.join(call).await;
        let host_beats = host.beat(call);

        let target = |name: &str, kind| TargetSpec { name: TargetName::new(name).unwrap(), kind, url: None };
        let request = StartRequest {
            request_id: RequestId::generate(),
            call_id: call,
            layout: None,
            preset: Some(OutputPreset::P480),
            title: Some("The show".to_owned()),
            targets: vec![target("players", TargetKind::Hls), target("tape", TargetKind::File)],
            reason: None,
            dry_run: false,
        };
        let id = house.ask::<Start>(&request).await.programme.programme.programme_id;
        for guest in &mut guests {
            guest.agrees(call, id).await;
        }
        host.hears_of(call, "stage.on_air").await;
        let refusal =
            ConsentRequest { request_id: RequestId::generate(), call_id: call, programme_id: id, agree: false };
        host.ask::<GiveConsent>(&refusal).await;
        let show = Self { house, host, guests, call, id, _host_beats: host_beats };
        show.is_on_air().await;
        show
    }

    pub(crate) async fn detail(&self) -> ProgrammeDetail {
        self.house.ask::<ShowProgramme>(&ProgrammeRef { programme_id: self.id }).await
    }

    /// What its worker reports.
    pub(crate) async fn status(&self) -> Option<ProgrammeStatus> {
        self.detail().await.programme.status
    }

    /// The programme's own clock, in milliseconds.
    pub(crate) async fn clock(&self) -> u64 {
        eventually("a report", PATIENCE, || self.status()).await.running_ms
    }

    pub(crate) async fn runs_to(&self, ms: u64) {
        let there = || async { self.status().await.filter(|s| s.running_ms >= ms) };
        eventually(&format!("{ms} ms on air"), PATIENCE + Duration::from_millis(ms), there).await;
    }

    pub(crate) async fn is_on_air(&self) {
        let state = || async {
            let row = self.detail().await.programme;
            assert!(!row.state.is_over(), "{row:?}\n{}", self.house.log("restream"));
            (row.state == ProgrammeState::OnAir).then_some(())
        };
        eventually("the programme on air", ON_AIR_WITHIN, state).await;
    }

    pub(crate) async fn everybody_is_seen(&self) {
        let all = || async {
            let status = self.status().await?;
            let there = status.guests.iter().filter(|g| g.connected && g.picture).count();
            (there == self.guests.len()).then_some(())
        };
        let deadline = tokio::time::timeout(PATIENCE, async {
            while all().await.is_none() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let there = deadline.await.is_ok();
        assert!(there, "not everybody is seen: {:#?}\n{}", self.status().await, self.house.log("restream"));
    }

    /// What staff do with a guest.
    pub(crate) fn act_on(&self, guest: &Guest) -> MemberActRequest {
        MemberActRequest {
            request_id: RequestId::generate(),
            call_id: self.call,
            uid: guest.person.uid().clone(),
            on: true,
            reason: why(),
            dry_run: false,
        }
    }

    /// Takes it off air and waits until its files are finished.
    pub(crate) async fn stop(&self) {
        let request =
            StopRequest { request_id: RequestId::generate(), programme_id: self.id, reason: why(), dry_run: false };
        self.house.ask::<Stop>(&request).await;
        let over = || async { self.house.log("restream").contains("its files are finished").then_some(()) };
        eventually("finished files", PATIENCE, over).await;
        self.host.hears_of(self.call, "stage.off_air").await;
    }

    /// Where the worker keeps what it writes.
    pub(crate) fn folder(&self, kind: &str) -> PathBuf {
        self.house.dir().programmes().join(kind).join(self.id.to_string())
    }

    /// What was recorded, decoded.
    pub(crate) fn recording(&self) -> Recording {
        let path = self.folder("recordings").join("tape.mp4");
        callboard_media::analyse::file(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// Ends the call and the house.
    pub(crate) async fn over(self) {
        self.host.end(self.call).await;
        drop(self.guests);
        self.house.down();
    }
}
