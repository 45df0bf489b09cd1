//! Muted, kicked, banned from a room.

use bytes::Bytes;
use callboard_contract::api::calls::{DeviceChange, DeviceRequest};
use callboard_contract::api::chat::{Edit, EditRequest, History, HistoryRequest, Send};
use callboard_contract::api::rooms::{Join, Members, MembersRequest, RoomRef, Ticket};
use callboard_domain::{CallKind, RequestId, SanctionKind, Scope};
use callboard_tests::{Probe, entering, saying};
use tokio::time::Instant;

use crate::stand::{Stand, join, says};
use crate::table::{Table, asking, asking_as, until};

/// He reads and is in the call, and is neither read nor heard.
pub(crate) async fn a_muted_person_is_not_read_nor_heard(stand: &Stand, table: &mut Table) {
    let Stand { leo, maya, felix, room, .. } = stand;
    let kind = "mute";
    let mine = says(leo, *room, "before").await;
    let tablet = stand.second_device().await;
    let probe = stand.probe().await.expect("signed in");
    let talk = leo.talk(maya, CallKind::Video).await;
    let (since, reply) = stand.impose(table, &stand.against_leo(SanctionKind::Mute, Scope::Platform, Some(3600))).await;
    assert_eq!(reply.effect.calls, [talk.call_id]);
    table.note(kind, "sends on his connection", asking::<Send>(leo, since, || saying(*room, "x")).await);
    table.note(kind, "sends from a second device", asking_as::<Send>(&tablet, since, || saying(*room, "x")).await);
    let fresh = stand.second_device().await;
    table.note(kind, "sends on a new connection", asking_as::<Send>(&fresh, since, || saying(*room, "x")).await);
    let edit = || EditRequest {
        request_id: RequestId::generate(),
        room_id: *room,
        message_id: mine.message_id,
        body: "said another way".to_owned(),
    };
    table.note(kind, "edits what he said before", asking::<Edit>(leo, since, edit).await);
    table.note(
        kind,
        "talks in the call: microphone",
        until("off", since, || async { hushed(stand, talk.call_id).await }).await,
    );

    // Told without waiting for an answer, on a bare connection, many times.
    let body = serde_json::to_vec(&saying(*room, "published")).expect("json");
    for _ in 0..20 {
        let subject = "api.v1.leo.chat.send".to_owned();
        probe.client().publish(subject, Bytes::from(body.clone())).await.expect("sent");
    }
    probe.client().flush().await.expect("flushed");
    // Leaving and coming back takes nothing away.
    leo.ask::<callboard_contract::api::rooms::Leave>(&on_room(*room)).await;
    join(leo, *room).await;
    let again = Instant::now();
    table.note(kind, "leaves the room, enters anew and sends", asking::<Send>(leo, again, || saying(*room, "x")).await);
    says(felix, *room, "after").await;
    let said = everything(stand).await;
    assert!(!said.iter().any(|(who, text)| who == "leo" && text != "before"), "{said:?}");

    // He switches his microphone on, and joins the call anew.
    let on = DeviceRequest {
        request_id: RequestId::generate(),
        call_id: talk.call_id,
        device: leo.app().device().clone(),
        muted: false,
        camera: true,
    };
    leo.ask::<DeviceChange>(&on).await;
    leo.join(talk.call_id).await;
    assert!(hushed(stand, talk.call_id).await);
    leo.end(talk.call_id).await;
    let next = leo.talk(maya, CallKind::Video).await;
    let again = Instant::now();
    table.note(
        kind,
        "talks in a new call: microphone",
        until("off", again, || async { hushed(stand, next.call_id).await }).await,
    );
    // Lifted, he is heard at once and may speak.
    stand.pardon("leo").await;
    until("on", Instant::now(), || async { !hushed(stand, next.call_id).await }).await;
    says(leo, *room, "thank you").await;
    maya.end(next.call_id).await;
}

/// A kick is over at once: he is out, hears nothing, and may come back.
pub(crate) async fn a_kicked_person_is_out_and_may_come_back(stand: &Stand, table: &mut Table) {
    let Stand { leo, room, .. } = stand;
    let kind = "kick";
    let (listens, since) = listening(stand).await;
    let (_, reply) = stand.impose(table, &stand.against_leo(SanctionKind::Kick, stand.in_room(), None)).await;
    assert_eq!(reply.effect.rooms, [*room]);
    table.note(kind, "sends in the room", asking::<Send>(leo, since, || saying(*room, "x")).await);
    table.note(kind, "reads the room", asking::<History>(leo, since, || history(*room)).await);
    listens.is_told("disconnected").await;
    table.note(kind, "hears the room with a ticket", crate::table::Shut::seen("cut", since));
    table.note(kind, "stands among the members", until("gone", since, || async { !is_member(stand).await }).await);
    join(leo, *room).await;
    says(leo, *room, "I am back").await;
}

/// He cannot enter, whatever he does.
pub(crate) async fn a_person_banned_from_a_room_stays_out(stand: &Stand, table: &mut Table) {
    let Stand { leo, room, .. } = stand;
    let kind = "ban room";
    let ticket = leo.ask::<Ticket>(&RoomRef { room_id: *room }).await;
    let (listens, _) = listening(stand).await;
    let (since, reply) = stand.impose(table, &stand.against_leo(SanctionKind::Ban, stand.in_room(), None)).await;
    assert_eq!(reply.effect.rooms, [*room]);
    table.note(kind, "sends in the room", asking::<Send>(leo, since, || saying(*room, "x")).await);
    table.note(kind, "enters anew", asking::<Join>(leo, since, || entering(*room, None)).await);
    let tablet = stand.second_device().await;
    table.note(kind, "enters from a second device", asking_as::<Join>(&tablet, since, || entering(*room, None)).await);
    table.note(kind, "asks for a ticket", asking::<Ticket>(leo, since, || RoomRef { room_id: *room }).await);
    listens.is_told("disconnected").await;
    table.note(kind, "hears the room with a ticket", crate::table::Shut::seen("cut", since));
    let late = Probe::connect(stand.house.ws_url(), &ticket.token, "leo").await;
    assert!(late.is_err(), "a ticket from before the ban lets nobody in");
    table.note(kind, "uses a ticket from before", crate::table::Shut::seen("refused at sign-in", since));
    assert!(!is_member(stand).await);
    stand.pardon("leo").await;
    join(leo, *room).await;
}

/// A second connection of leo's that hears the room, and the instant before anything happens.
async fn listening(stand: &Stand) -> (Probe, Instant) {
    let ticket = stand.leo.ask::<Ticket>(&RoomRef { room_id: stand.room }).await;
    let probe = Probe::connect(stand.house.ws_url(), &ticket.token, "leo").await.expect("a ticket lets in");
    (probe, Instant::now())
}

async fn hushed(stand: &Stand, call: callboard_domain::CallId) -> bool {
    let detail = stand.house.call(call).await;
    detail.members.iter().any(|m| m.uid == *stand.leo.uid() && m.device_state.muted_by_staff)
}

pub(crate) async fn is_member(stand: &Stand) -> bool {
    let request = MembersRequest { room_id: stand.room, limit: None, cursor: None };
    stand.maya.ask::<Members>(&request).await.items.iter().any(|m| m.uid == *stand.leo.uid())
}

/// Everything that was said in the room, and by whom.
pub(crate) async fn everything(stand: &Stand) -> Vec<(String, String)> {
    let page = stand.maya.ask::<History>(&history(stand.room)).await;
    page.items.into_iter().map(|m| (m.author.to_string(), m.body)).collect()
}

pub(crate) fn history(room_id: callboard_domain::RoomId) -> HistoryRequest {
    HistoryRequest { room_id, before: None, after: None, limit: Some(100) }
}

fn on_room(room_id: callboard_domain::RoomId) -> callboard_contract::api::rooms::OnRoomRequest {
    callboard_contract::api::rooms::OnRoomRequest { request_id: RequestId::generate(), room_id }
}
