//! Sanctioned while on air: whatever a guest's app goes on sending, he is gone from picture and sound within a second of the moderator's key.
//! What came out is decoded and laid beside the instants at which moderation acted.

use std::time::Duration;

use callboard_client::Staff;
use callboard_contract::adm::moderation::{Impose, ImposeRequest};
use callboard_contract::api::calls::{DeviceChange, DeviceRequest, Signal, SignalKind, SignalRequest};
use callboard_domain::{
    DeviceId, Millis, PROGRAMME_PEER, RequestId, Role as StaffRole, SanctionKind, Scope, TargetKind, Uid,
};
use callboard_media::analyse::Mark;
use callboard_media::synthetic::FLASH;
use callboard_tests::{Person, why};
use tokio::time::Instant;

use crate::guest::Role;
use crate::player::clock;
use crate::show::{ANN, BOB, Plan, Show, target};
use crate::table::{Shut, Table, asking, until};

const CID: Role =
    Role { name: "cid", mark: Mark { colour: [30, 30, 220], tone_hz: 1_400 }, phase: Duration::from_millis(500) };
/// So long he was there before, and so long the programme goes on after, in milliseconds.
const AROUND: u64 = 3_000;

/// Imposes something; gives when the moderator pressed the key, by this machine's clock and by the test's.
async fn impose(staff: &Staff, table: &mut Table, who: &Person, kind: SanctionKind, scope: Scope) -> (f64, Instant) {
    let request = ImposeRequest {
        request_id: RequestId::generate(),
        uid: who.uid().clone(),
        kind,
        scope,
        length: (kind == SanctionKind::Mute).then(|| Millis::from_secs(600)),
        device: None,
        case_id: None,
        reason: why(),
        dry_run: false,
    };
    let (at, since) = (clock(), Instant::now());
    let reply = staff.call::<Impose>(&request).await.unwrap();
    assert_eq!(reply.effect.left, Vec::<String>::new(), "{reply:?}");
    table.note(kind, "the answer to the moderator", Shut::seen("took", since));
    (at, since)
}

/// Until when something of somebody came out after an instant. It must have come before, and the rest must go on after.
fn gone(what: &str, times: &[f64], at: f64, end: f64) -> Shut {
    let before = times.iter().filter(|time| (at - 3.0..at).contains(*time)).count();
    assert!(before >= 2, "{what} came out {before} times in the three seconds before {at:.2}: {times:?}");
    assert!(end > at + 2.0, "the programme ends {:.2} s after", end - at);
    let last = times.iter().copied().fold(at, f64::max);
    Shut::after("gone from the programme", Duration::from_secs_f64(last - at))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_sanctioned_is_gone_from_the_programme_whatever_his_app_sends() {
    let plan =
        Plan { cast: vec![ANN, BOB, CID], targets: vec![target("tape", TargetKind::File, None)], ..Plan::default() };
    let show = Show::of(plan).await;
    let (ines, _) = show.house.hire(StaffRole::Moderator).await;
    let (ann, bob, cid) = (&show.guests[0].person, &show.guests[1].person, &show.guests[2].person);
    let mut table = Table::default();
    show.everybody_is_seen().await;
    let goes_on = async || {
        let now = show.clock().await;
        show.runs_to(now + AROUND).await;
    };
    goes_on().await;

    // Muted: he switches his microphone on, and his app never stops sending.
    let (muted, _) = impose(&ines, &mut table, cid, SanctionKind::Mute, Scope::Platform).await;
    let on = DeviceRequest {
        request_id: RequestId::generate(),
        call_id: show.call,
        device: cid.app().device().clone(),
        muted: false,
        camera: true,
    };
    cid.ask::<DeviceChange>(&on).await;
    goes_on().await;
    // Banned from the platform: his connection is cut, and his media come on.
    let (banned, since) = impose(&ines, &mut table, bob, SanctionKind::Ban, Scope::Platform).await;
    let none = || async { show.status().await.is_some_and(|s| s.guests.iter().all(|g| &g.uid != bob.uid())) };
    let status = until("not reported as a guest", since, none).await;
    table.note("ban", "stands among the guests that staff see", status);
    goes_on().await;
    // Banned by the host of the call: he is still signed in, and offers anew.
    let scope = Scope::Tenant(show.host.uid().clone());
    let (out, since) = impose(&ines, &mut table, ann, SanctionKind::Ban, scope).await;
    let offer = || SignalRequest {
        call_id: show.call,
        device: ann.app().device().clone(),
        to: Uid::new(PROGRAMME_PEER).unwrap(),
        to_device: DeviceId::new(show.id.to_string()).unwrap(),
        kind: SignalKind::Offer,
        payload: "an offer".to_owned(),
    };
    table.note("ban tenant", "offers anew to the programme", asking::<Signal>(ann, since, offer).await);
    goes_on().await;

    // The programme's own clock is that of the file.
    let status = show.report("a last report", |_| true).await;
    let begins = Duration::from_millis(status.at.as_ms().unsigned_abs() - status.running_ms).as_secs_f64();
    show.stop().await;
    let recording = show.recording();
    let end = recording.span().1 + begins;
    let of = |role: Role| {
        let found = recording.find(role.mark);
        let later = |times: Vec<f64>| times.into_iter().map(|time| time + begins).collect::<Vec<f64>>();
        (later(found.flashes), later(found.beeps))
    };
    let ((ann_seen, ann_heard), (bob_seen, bob_heard), (cid_seen, cid_heard)) = (of(ANN), of(BOB), of(CID));
    table.note("mute", "keeps sending sound into the programme", gone("cid's sound", &cid_heard, muted, end));
    table.note("ban", "keeps sending picture into the programme", gone("bob's picture", &bob_seen, banned, end));
    table.note("ban", "keeps sending sound into the programme", gone("bob's sound", &bob_heard, banned, end));
    table.note("ban tenant", "keeps sending picture into the programme", gone("ann's picture", &ann_seen, out, end));
    table.note("ban tenant", "keeps sending sound into the programme", gone("ann's sound", &ann_heard, out, end));
    // Nobody else goes with them.
    let later = |times: &[f64], at: f64| times.iter().any(|time| *time > at + 2.0 * FLASH.as_secs_f64());
    assert!(later(&cid_seen, out + 1.0), "who is muted is still seen: {cid_seen:?}");
    assert!(later(&ann_seen, banned + 1.0) && later(&ann_heard, banned + 1.0), "ann stays until it is her turn");
    assert_eq!(recording.picture_gaps(0.2), vec![]);
    table.all_within_a_second();
    show.over().await;
}
