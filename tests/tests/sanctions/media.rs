//! Media kept on into a call: offers, candidates and beats of an app that goes on as if nothing had been. What it sends into a programme is
//! looked at where programmes are, in the tests of the worker that runs them.

use callboard_contract::api::calls::{Beat, BeatRequest, Line, Signal};
use callboard_domain::{CallId, CallKind, SanctionKind, Scope};
use callboard_tests::Person;
use tokio::time::Instant;

use crate::calls::offer;
use crate::stand::Stand;
use crate::table::{Shut, Table, asking, until};

/// What it costs does not grow by beats that come after.
const BEATS_AFTER: usize = 5;

/// He is taken out of a call that he pays, and his app goes on.
pub(crate) async fn media_into_a_call_goes_nowhere(stand: &Stand, table: &mut Table) {
    let Stand { leo, maya, .. } = stand;
    for (name, kind, scope) in [
        ("ban tenant", SanctionKind::Ban, Scope::Tenant(maya.uid().clone())),
        ("restrict_payments", SanctionKind::RestrictPayments, Scope::Platform),
    ] {
        let talk = leo.talk(maya, CallKind::Video).await;
        let call = talk.call_id;
        leo.ask::<Signal>(&offer(leo, maya, call)).await;
        let since = Instant::now();
        let request = stand.against_leo(kind, scope, None);
        let mut side = Table::default();
        let (_, beats, signals, back, told, meter) = tokio::join!(
            stand.impose(&mut side, &request),
            asking::<Beat>(leo, since, || beat(leo, call)),
            asking::<Signal>(leo, since, || offer(leo, maya, call)),
            asking::<Signal>(maya, since, || offer(maya, leo, call)),
            hears(maya, since, call, "calls.ended"),
            until("stopped", since, || async { is_stopped(stand, call).await }),
        );
        table.note(name, "beats on in the call", beats);
        table.note(name, "sends media signals into the call", signals);
        table.note(name, "is sent media signals from the call", back);
        table.note(name, "plays on for the other side", told);
        table.note(name, "runs the meter on", meter);
        let legs = stand.house.call(call).await.legs;
        for _ in 0..BEATS_AFTER {
            leo.refused::<Beat>(&beat(leo, call)).await;
            maya.refused::<Beat>(&beat(maya, call)).await;
        }
        assert_eq!(stand.house.call(call).await.legs, legs, "what comes after is not billed");
        stand.pardon("leo").await;
    }
    a_muted_microphone_is_told_to_the_other_side(stand, table).await;
    let room = stand.room;
    if !crate::rooms::is_member(stand).await {
        crate::stand::join(leo, room).await;
    }
}

/// Between two browsers media goes its own way: the other one is told to play nothing of him.
async fn a_muted_microphone_is_told_to_the_other_side(stand: &Stand, table: &mut Table) {
    let Stand { leo, maya, .. } = stand;
    let talk = leo.talk(maya, CallKind::Video).await;
    let since = Instant::now();
    let request = stand.against_leo(SanctionKind::Mute, Scope::Platform, Some(600));
    let mut side = Table::default();
    let (_, told) = tokio::join!(stand.impose(&mut side, &request), hears(maya, since, talk.call_id, "calls.device"));
    table.note("mute", "plays on for the other side", told);
    let told = maya.hears_of(talk.call_id, "calls.device").await.data.to_string();
    assert!(told.contains(r#""muted_by_staff":true"#), "{told}");
    stand.pardon("leo").await;
    leo.end(talk.call_id).await;
}

pub(crate) fn beat(who: &Person, call_id: CallId) -> BeatRequest {
    BeatRequest {
        call_id,
        device: who.app().device().clone(),
        line: Line::Connected,
        packets_received: 1_000_000,
        rtt_ms: None,
        loss_permille: None,
        jitter_ms: None,
        bitrate_kbps: None,
    }
}

pub(crate) async fn hears(who: &Person, since: Instant, call: CallId, event: &str) -> Shut {
    who.hears_of(call, event).await;
    Shut::seen("the other is told", since)
}

async fn is_stopped(stand: &Stand, call: CallId) -> bool {
    let legs = stand.house.call(call).await.legs;
    !legs.is_empty() && legs.iter().all(|leg| leg.state == callboard_domain::LegState::Settled)
}
