//! Banned by a creator, kept from spending, out of the platform.

use bytes::Bytes;
use callboard_calls::programmes;
use callboard_contract::ErrorCode;
use callboard_contract::adm::restream::StartRequest;
use callboard_contract::api::calls::{
    Beat, Extend, ExtendRequest, Initiate, Join as JoinCall, Signal, SignalKind, SignalRequest,
};
use callboard_contract::api::chat::Send;
use callboard_contract::api::gifts::{Send as Give, SendRequest as GiveRequest};
use callboard_contract::api::rooms::Join;
use callboard_contract::api::session::{Hello, HelloRequest};
use callboard_contract::api::stage::{ConsentRequest, GiveConsent};
use callboard_contract::view::MemberState;
use callboard_domain::{
    CallId, CallKind, CallState, DeviceId, EndReason, PROGRAMME_PEER, ProgrammeId, RequestId, SanctionKind, Scope,
    StaffName, Uid,
};
use callboard_tests::{Person, Probe, coins, entering, hs256, now_s, saying};
use serde_json::json;
use tokio::time::Instant;

use crate::media::{beat, hears};
use crate::rooms::{everything, is_member};
use crate::stand::{Stand, join, open_room};
use crate::table::{Shut, Table, asking, cut, until};

/// His calls with that creator end, with another they do not.
pub(crate) async fn a_person_banned_by_a_creator_is_out_of_his_calls_and_rooms(stand: &Stand, table: &mut Table) {
    let Stand { leo, maya, room, .. } = stand;
    let kind = "ban tenant";
    let talk = leo.talk(maya, CallKind::Video).await;
    let scope = Scope::Tenant(maya.uid().clone());
    let (since, reply) = stand.impose(table, &stand.against_leo(SanctionKind::Ban, scope, None)).await;
    assert_eq!((reply.effect.calls, reply.effect.rooms), (vec![talk.call_id], vec![*room]));
    table.note(kind, "stays in the call", until("ended", since, || async { is_over(stand, talk.call_id).await }).await);
    table.note(kind, "joins the call anew", asking::<JoinCall>(leo, since, || leo.on_device(talk.call_id)).await);
    let calling = || leo.calling(maya.uid(), CallKind::Video);
    table.note(kind, "calls the creator", asking::<Initiate>(leo, since, calling).await);
    table.note(kind, "sends in a room of the creator's", asking::<Send>(leo, since, || saying(*room, "x")).await);
    table.note(kind, "enters a room of the creator's", asking::<Join>(leo, since, || entering(*room, None)).await);
    maya.hears_of(talk.call_id, "calls.ended").await;
    stand.pardon("leo").await;
    join(leo, *room).await;
}

/// What he pays for ends, and nothing new begins.
pub(crate) async fn a_restricted_person_spends_nothing(stand: &Stand, table: &mut Table) {
    let Stand { leo, maya, room, .. } = stand;
    let kind = "restrict_payments";
    let vip = open_room(maya, "VIP", Some("20")).await;
    let talk = leo.talk(maya, CallKind::Video).await;
    let scope = Scope::Platform;
    let (since, _) = stand.impose(table, &stand.against_leo(SanctionKind::RestrictPayments, scope, None)).await;
    table.note(
        kind,
        "goes on with a call that he pays",
        until("ended", since, || async { is_over(stand, talk.call_id).await }).await,
    );
    let before = stand.house.wallet(leo.uid()).await;
    assert_eq!(before.held, coins("0"));
    let more = || ExtendRequest { request_id: RequestId::generate(), call_id: talk.call_id, minutes: 1 };
    table.note(kind, "extends the call", asking::<Extend>(leo, since, more).await);
    let calling = || leo.calling(maya.uid(), CallKind::Video);
    table.note(kind, "calls somebody", asking::<Initiate>(leo, since, calling).await);
    table.note(kind, "enters a room for a fee", asking::<Join>(leo, since, || entering(vip, Some(coins("20")))).await);
    let gift = || GiveRequest {
        request_id: RequestId::generate(),
        to: maya.uid().clone(),
        room_id: Some(*room),
        call_id: None,
        gift: "tip".to_owned(),
        amount: Some(coins("1")),
        count: None,
        expect_price: None,
    };
    table.note(kind, "gives a tip", asking::<Give>(leo, since, gift).await);
    assert_eq!(stand.house.wallet(leo.uid()).await.posted, before.posted, "nothing was spent");
    leo.ask::<Send>(&saying(*room, "speaking is free")).await;
    stand.pardon("leo").await;
}

/// A call on air, of which leo is a guest.
struct Air {
    call: CallId,
    programme: ProgrammeId,
}

/// Connections are cut, and nothing that he was in goes on with him.
pub(crate) async fn a_person_out_of_the_platform_is_cut_off(stand: &Stand, table: &mut Table, kind: SanctionKind) {
    let name = if kind == SanctionKind::Ban { "ann" } else { "pat" };
    let host = stand.house.person(&format!("host-{name}")).await;
    host.offers("coin-burn", CallKind::Group, "60").await;
    let payer = stand.house.fan(name, "500").await;
    let leo = stand.house.person("leo").await;
    if !is_member(stand).await {
        join(&leo, stand.room).await;
    }
    let air = on_air(stand, &host, &payer, &leo).await;
    let _beats = (host.beat(air.call), payer.beat(air.call), leo.beat(air.call));
    host.hears_of(air.call, "calls.active").await;
    leo.ask::<Signal>(&offer(&leo, &host, air.call)).await;
    leo.ask::<Signal>(&to_programme(&leo, &air)).await;
    let (tablet, probe) = (stand.second_device().await, stand.probe().await.expect("signed in"));
    let body = Bytes::from(serde_json::to_vec(&saying(stand.room, "still here")).expect("json"));
    let said = everything(stand).await.len();

    let since = Instant::now();
    let length = (kind == SanctionKind::Suspend).then_some(3600);
    let request = stand.against_leo(kind, Scope::Platform, length);
    let mut side = Table::default();
    let (imposed, phone, second, sends, signals, on_programme, beats, told) = tokio::join!(
        stand.impose(&mut side, &request),
        cut(leo.app(), since),
        cut(&tablet, since),
        asking::<Send>(&leo, since, || saying(stand.room, "again")),
        asking::<Signal>(&leo, since, || offer(&leo, &host, air.call)),
        asking::<Signal>(&leo, since, || to_programme(&leo, &air)),
        asking::<Beat>(&leo, since, || beat(&leo, air.call)),
        hears(&host, since, air.call, "calls.member_left"),
    );
    table.note(kind, "the answer to the moderator", Shut::seen("took", imposed.0));
    table.note(kind, "keeps his connection", phone);
    table.note(kind, "keeps the connection of a second device", second);
    table.note(kind, "sends in a room", sends);
    table.note(kind, "sends media signals into the call", signals);
    table.note(kind, "sends media signals into the programme", on_programme);
    table.note(kind, "beats on in the call", beats);
    table.note(kind, "plays on for the others", told);
    assert!(imposed.1.effect.connections >= 3, "{:?}", imposed.1.effect);
    assert_eq!(imposed.1.effect.calls, [air.call]);

    probe.is_told("disconnected").await;
    let _ = probe.client().publish("api.v1.leo.chat.send".to_owned(), body).await;
    table.note(kind, "publishes directly", Shut::seen("cut", since));
    let begun = Instant::now();
    assert!(stand.probe().await.is_err(), "the old token lets nobody in");
    table.note(kind, "signs in with the old token", Shut::seen("refused at sign-in", begun));
    let begun = Instant::now();
    let fresh = hs256(stand.house.secret(), &json!({ "sub": "leo", "aud": "callboard", "exp": now_s() + 60 }));
    let anew = Probe::connect(stand.house.ws_url(), &fresh, "leo").await;
    assert!(anew.is_err(), "nor does a new one");
    table.note(kind, "signs in with a new token", Shut::seen("refused at sign-in", begun));

    let gone = || async {
        let detail = stand.house.call(air.call).await;
        detail.members.iter().any(|m| m.uid == *leo.uid() && m.state == MemberState::Removed)
    };
    assert!(gone().await);
    host.hears_of(air.call, "calls.member_left").await;
    assert_eq!(stand.house.call(air.call).await.call.state, CallState::Active, "the others go on");
    let after = everything(stand).await;
    let late = after.iter().skip(said).filter(|(who, text)| who == "leo" && text == "still here").count();
    assert_eq!(late, 0, "nothing of what he published after the cut was taken");
    if kind == SanctionKind::Ban {
        assert!(!is_member(stand).await);
    }
    host.end(air.call).await;
    stand.pardon("leo").await;
    // Let in again, he signs in and is where a suspension left him.
    let back = stand.house.person("leo").await;
    back.ask::<Hello>(&HelloRequest { device: None }).await;
    assert_eq!(back.refused::<JoinCall>(&back.on_device(air.call)).await, ErrorCode::Conflict);
    tablet.close().await;
}

async fn on_air(stand: &Stand, host: &Person, payer: &Person, leo: &Person) -> Air {
    let guests: [(&Uid, bool); 2] = [(payer.uid(), true), (leo.uid(), false)];
    let call = host.open_group(&guests).await.call_id;
    for guest in [payer, leo] {
        guest.accept(call).await;
        guest.join(call).await;
    }
    host.join(call).await;
    let body = json!({ "request_id": RequestId::generate(), "call_id": call });
    let request: StartRequest = serde_json::from_value(body).expect("a request");
    let staff = StaffName::new("oskar").expect("a name");
    let started = programmes::start(&stand.base.store, &staff, &request).await.expect("on air");
    let programme = started.programme.programme.programme_id;
    let consent =
        ConsentRequest { request_id: RequestId::generate(), call_id: call, programme_id: programme, agree: true };
    leo.ask::<GiveConsent>(&consent).await;
    Air { call, programme }
}

pub(crate) fn offer(from: &Person, to: &Person, call_id: CallId) -> SignalRequest {
    SignalRequest {
        call_id,
        device: from.app().device().clone(),
        to: to.uid().clone(),
        to_device: to.app().device().clone(),
        kind: SignalKind::Offer,
        payload: "an offer".to_owned(),
    }
}

fn to_programme(from: &Person, air: &Air) -> SignalRequest {
    SignalRequest {
        to: Uid::new(PROGRAMME_PEER).expect("a name"),
        to_device: DeviceId::new(air.programme.to_string()).expect("a name"),
        ..offer(from, from, air.call)
    }
}

async fn is_over(stand: &Stand, call: CallId) -> bool {
    stand.house.call(call).await.call.end_reason == Some(EndReason::Sanction)
}
