//! A group call on air: a house with the restream worker, a host who stays out of the picture, and guests who are in it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use callboard_contract::adm::calls::MemberActRequest;
use callboard_contract::adm::restream::{
    ProgrammeDetail, ProgrammeRef, ProgrammeRow, Show as ShowProgramme, Start, StartRequest, Stop, StopRequest,
};
use callboard_contract::api::stage::{ConsentRequest, GiveConsent};
use callboard_contract::programme::{GuestStatus, ProgrammeStatus};
use callboard_domain::{
    CallId, CallKind, OutputPreset, ProgrammeId, ProgrammeState, RequestId, TargetKind, TargetName, TargetSpec, Uid,
};
use callboard_media::analyse::{Mark, Recording};
use callboard_tests::{Beats, House, Options, PATIENCE, Person, eventually, why};
use serde_json::json;

use crate::guest::{Guest, Role};
use crate::player;

pub(crate) const ANN: Role =
    Role { name: "ann", mark: Mark { colour: [220, 30, 30], tone_hz: 880 }, phase: Duration::ZERO };
/// Tones are far from each other: where a beep breaks off, a little of it sounds at tones nearby.
pub(crate) const BOB: Role =
    Role { name: "bob", mark: Mark { colour: [30, 200, 30], tone_hz: 2_600 }, phase: Duration::from_millis(250) };
/// From the order to the first picture, on a busy machine.
const ON_AIR_WITHIN: Duration = Duration::from_secs(30);
/// What who pays begins with.
pub(crate) const PURSE: &str = "500";

/// Who is in it, and where it goes.
pub(crate) struct Plan {
    /// Guests who agree to be on air.
    pub(crate) cast: Vec<Role>,
    /// Whether they pay for it.
    pub(crate) pays: bool,
    /// Somebody who pays, listens, and does not agree.
    pub(crate) listener: Option<&'static str>,
    pub(crate) targets: Vec<TargetSpec>,
    pub(crate) preset: OutputPreset,
    /// Settings of the house besides those that all have.
    pub(crate) env: Vec<(&'static str, &'static str)>,
}

impl Default for Plan {
    /// Two guests on air to players and to a file.
    fn default() -> Self {
        let targets = vec![target("players", TargetKind::Hls, None), target("tape", TargetKind::File, None)];
        Self { cast: vec![ANN, BOB], pays: false, listener: None, targets, preset: OutputPreset::P480, env: vec![] }
    }
}

pub(crate) fn target(name: &str, kind: TargetKind, url: Option<String>) -> TargetSpec {
    TargetSpec { name: TargetName::new(name).unwrap(), kind, url }
}

/// What every test begins with.
pub(crate) struct Show {
    pub(crate) house: House,
    pub(crate) host: Person,
    pub(crate) guests: Vec<Guest>,
    pub(crate) listener: Option<Person>,
    pub(crate) call: CallId,
    pub(crate) id: ProgrammeId,
    /// When it was ordered, in seconds of this machine's clock.
    pub(crate) ordered: f64,
    _beats: Vec<Beats>,
}

impl Show {
    /// A group of three on air to players and to a file; two of them agreed.
    pub(crate) async fn begin() -> Self {
        Self::of(Plan::default()).await
    }

    pub(crate) async fn of(plan: Plan) -> Self {
        let options = Options::default()
            .env("CALLBOARD_ICE_ADDRESSES", "127.0.0.1")
            .env("CALLBOARD_ICE_LOOPBACK_ONLY", "true")
            .env("CALLBOARD_ENCODER_SPEED", "ultrafast")
            .env("CALLBOARD_GRACE_SECONDS", "4")
            .env("CALLBOARD_SWEEP_SECONDS", "1")
            .env("CALLBOARD_SETTLE_SECONDS", "5");
        let options = plan.env.iter().fold(options, |options, (name, value)| options.env(name, *value));
        let house = House::start(options).await;
        let workers = house.state().await.unwrap().workers;
        assert!(workers.iter().any(|w| w.name == "restream"), "{}", house.log("supervisor"));
        let tariff = json!({ "rate": "60", "increment": "1/1", "reserve": { "mode": "rolling", "ahead_s": 20 },
            "warn_s": 60, "reconnect_s": 60, "split": [["creator", "0.8"], ["platform", "0.2"]] });
        house.tariff("second", tariff).await;
        let host = house.person("host").await;
        host.offers("second", CallKind::Group, "60").await;
        let (mut people, mut listener) = (Vec::new(), None);
        for role in &plan.cast {
            people.push((*role, Self::person(&house, role.name, plan.pays).await));
        }
        if let Some(name) = plan.listener {
            listener = Some(Self::person(&house, name, true).await);
        }
        let invited = people.iter().map(|(_, person)| (person.uid(), plan.pays));
        let invited: Vec<(&Uid, bool)> = invited.chain(listener.iter().map(|ear| (ear.uid(), true))).collect();
        let call = host.open_group(&invited).await.call_id;
        let mut guests = Vec::new();
        for (role, person) in people {
            guests.push(Guest::is_in(person, role, call).await);
        }
        let mut beats = Vec::new();
        if let Some(person) = &listener {
            person.hears_of(call, "calls.requested").await;
            person.accept(call).await;
            person.join(call).await;
            beats.push(person.beat(call));
        }
        host.join(call).await;
        beats.push(host.beat(call));

        let request = json!({ "request_id": RequestId::generate(), "call_id": call, "preset": plan.preset,
            "title": "The show", "targets": plan.targets });
        let request: StartRequest = serde_json::from_value(request).unwrap();
        let ordered = player::clock();
        let id = house.ask::<Start>(&request).await.programme.programme.programme_id;
        for guest in &mut guests {
            guest.agrees(call, id).await;
        }
        for person in listener.iter().chain([&host]) {
            person.hears_of(call, "stage.on_air").await;
            let refusal =
                ConsentRequest { request_id: RequestId::generate(), call_id: call, programme_id: id, agree: false };
            person.ask::<GiveConsent>(&refusal).await;
        }
        let show = Self { house, host, guests, listener, call, id, ordered, _beats: beats };
        show.is_on_air().await;
        show
    }

    async fn person(house: &House, name: &str, pays: bool) -> Person {
        if pays { house.fan(name, PURSE).await } else { house.person(name).await }
    }

    pub(crate) async fn detail(&self) -> ProgrammeDetail {
        self.house.ask::<ShowProgramme>(&ProgrammeRef { programme_id: self.id }).await
    }

    /// What its worker reports; nothing while nobody can be asked.
    pub(crate) async fn status(&self) -> Option<ProgrammeStatus> {
        self.row().await?.status
    }

    async fn row(&self) -> Option<ProgrammeRow> {
        let of = ProgrammeRef { programme_id: self.id };
        self.house.admin().call::<ShowProgramme>(&of).await.ok().map(|detail| detail.programme)
    }

    /// A report that fits, within a while.
    pub(crate) async fn report(&self, what: &str, fits: impl Fn(&ProgrammeStatus) -> bool) -> ProgrammeStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let last = self.status().await;
            match last {
                Some(status) if fits(&status) => return status,
                last => assert!(
                    Instant::now() < deadline,
                    "waited in vain for {what}: {last:#?}\n{}",
                    self.house.log("restream")
                ),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// When a report first said that somebody is in the programme, in seconds of this machine's clock.
    pub(crate) async fn seen(&self, uid: &Uid) -> f64 {
        let there = |g: &GuestStatus| &g.uid == uid && g.connected && g.picture;
        let status = self.report(&format!("{uid} to be seen"), |s| s.guests.iter().any(there)).await;
        Duration::from_millis(status.at.as_ms().unsigned_abs()).as_secs_f64()
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
            let row = self.row().await?;
            assert!(!row.state.is_over(), "{row:?}\n{}", self.house.log("restream"));
            (row.state == ProgrammeState::OnAir).then_some(())
        };
        eventually("the programme on air", ON_AIR_WITHIN, state).await;
    }

    pub(crate) async fn everybody_is_seen(&self) {
        let there = |s: &ProgrammeStatus| s.guests.iter().filter(|g| g.connected && g.picture).count();
        self.report("everybody to be seen", |s| there(s) == self.guests.len()).await;
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

    /// The address for players.
    pub(crate) async fn address(&self) -> String {
        self.detail().await.programme.hls_url.expect("an address for players")
    }

    /// Ends the call and the house.
    pub(crate) async fn over(self) {
        self.host.end(self.call).await;
        drop(self.guests);
        self.house.down();
    }
}
