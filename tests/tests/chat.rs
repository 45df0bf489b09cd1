//! Messages as people live them, over WebSocket: two in a room and between themselves, and one who was away for a while.

use callboard_contract::api::chat::{
    Delete, DeleteRequest, Edit, EditRequest, History, HistoryRequest, React, ReactRequest, Receipt, ReceiptRequest,
    Receipts, ReceiptsRequest, Search, SearchRequest, Send as SendMessage, SendRequest, Type, TypingRequest,
};
use callboard_contract::api::rooms::{
    AnswerDirect, AnswerDirectRequest, Create, CreateRequest, Direct, DirectRequest, Join, Mine, OnRoomRequest,
    Sanction, SanctionRequest,
};
use callboard_contract::room::{MessageView, RoomChange, RoomNews};
use callboard_contract::{ErrorCode, PageQuery, Push};
use callboard_domain::{RequestId, RoomAccess, RoomId, SanctionKind};
use callboard_tests::{Follower, House, Options, Person, entering, log_of, opening, saying, why};

async fn room(host: &Person, access: RoomAccess) -> RoomId {
    let request = CreateRequest { access, ..opening("Tea room", None) };
    host.ask::<Create>(&request).await.room.room_id
}

async fn join(who: &Person, room_id: RoomId) {
    who.ask::<Join>(&entering(room_id, None)).await;
}

fn news(push: &Push) -> Option<RoomNews> {
    (push.event == "chat.news").then(|| serde_json::from_value(push.data.clone()).expect("news"))
}

/// Waits until somebody hears of a message that fits.
async fn hears(who: &Person, what: &str, fits: impl Fn(&MessageView) -> bool) -> MessageView {
    let read = |push: &Push| match news(push)?.what {
        RoomChange::Message { message } | RoomChange::Changed { message } => Some(message).filter(&fits),
        _ => None,
    };
    read(&who.hears(what, |push| read(push).is_some()).await).expect("a message")
}

async fn talk_in(room_id: RoomId, maya: &Person, leo: &Person) {
    let id = RequestId::generate;
    leo.ask::<Type>(&TypingRequest { room_id }).await;
    let types = |push: &Push| {
        push.event == "chat.typing" && push.data["uid"] == "leo" && push.data["room_id"] == *room_id.to_string()
    };
    maya.hears("that leo types", types).await;
    let greeting = leo.ask::<SendMessage>(&saying(room_id, "good evening")).await;
    assert_eq!(hears(maya, "the greeting", |m| m.message_id == greeting.message_id).await, greeting);

    let request = SendRequest { reply_to: Some(greeting.seq), ..saying(room_id, "and to you") };
    let answer = maya.ask::<SendMessage>(&request).await;
    assert_eq!(maya.ask::<SendMessage>(&request).await, answer, "sent again, it is the same message");
    assert_eq!(hears(leo, "the answer", |m| m.message_id == answer.message_id).await.reply_to, Some(greeting.seq));

    let react =
        ReactRequest { request_id: id(), room_id, message_id: greeting.message_id, emoji: "👋".to_owned(), on: true };
    maya.ask::<React>(&react).await;
    let reacted = hears(leo, "the reaction", |m| m.seq == greeting.seq && !m.reactions.is_empty()).await;
    assert_eq!((reacted.reactions[0].emoji.as_str(), reacted.reactions[0].count), ("👋", 1));

    let edit = EditRequest {
        request_id: id(),
        room_id,
        message_id: greeting.message_id,
        body: "good evening, Maya".to_owned(),
    };
    leo.ask::<Edit>(&edit).await;
    let edited = hears(maya, "the edit", |m| m.seq == greeting.seq && m.edited_at.is_some()).await;
    assert_eq!(edited.body, "good evening, Maya");
    let theirs = EditRequest { request_id: id(), ..edit };
    assert_eq!(maya.refused::<Edit>(&theirs).await, ErrorCode::Forbidden);

    leo.ask::<Receipt>(&ReceiptRequest { room_id, delivered_seq: None, read_seq: Some(answer.seq) }).await;
    let read =
        |push: &Push| push.event == "chat.receipt" && push.data["uid"] == "leo" && push.data["read_seq"] == answer.seq;
    maya.hears("that leo read it", read).await;
    let receipts = maya.ask::<Receipts>(&ReceiptsRequest { room_id }).await.items;
    assert!(receipts.iter().any(|r| r.uid == *leo.uid() && r.read_seq == answer.seq && r.delivered_seq == answer.seq));

    let delete = DeleteRequest { request_id: id(), room_id, message_ids: vec![answer.message_id] };
    maya.ask::<Delete>(&delete).await;
    hears(leo, "that it was deleted", |m| m.seq == answer.seq && m.deleted_at.is_some() && m.body.is_empty()).await;
    let page = leo.ask::<History>(&HistoryRequest { room_id, before: None, after: None, limit: None }).await;
    let bodies: Vec<&str> = page.items.iter().map(|m| m.body.as_str()).collect();
    assert_eq!(bodies, ["good evening, Maya", ""]);
    let search = SearchRequest {
        query: "evening maya".to_owned(),
        room_id: Some(room_id),
        author: None,
        limit: None,
        cursor: None,
    };
    assert_eq!(maya.ask::<Search>(&search).await.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_talk_in_a_room_and_between_themselves() {
    let house = House::start(Options::default()).await;
    let (maya, leo, eve) = (house.person("maya").await, house.person("leo").await, house.person("eve").await);
    let lounge = room(&maya, RoomAccess::Public).await;
    join(&leo, lounge).await;
    talk_in(lounge, &maya, &leo).await;

    let id = RequestId::generate;
    let direct = leo.ask::<Direct>(&DirectRequest { request_id: id(), uid: maya.uid().clone() }).await.room.room_id;
    maya.ask::<AnswerDirect>(&AnswerDirectRequest { request_id: id(), room_id: direct, accept: true }).await;
    talk_in(direct, &maya, &leo).await;

    let mine = maya.ask::<Mine>(&PageQuery::default()).await.items;
    assert_eq!(mine.len(), 2);
    for asked in [lounge, direct] {
        assert!(matches!(
            eve.refused::<SendMessage>(&saying(asked, "me too")).await,
            ErrorCode::Forbidden | ErrorCode::NotFound
        ));
        let history = HistoryRequest { room_id: asked, before: None, after: None, limit: None };
        assert!(matches!(eve.refused::<History>(&history).await, ErrorCode::Forbidden | ErrorCode::NotFound));
    }
    assert!(eve.heard().iter().all(|push| !push.event.starts_with("chat.")), "a stranger hears nothing");
    house.down();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_away_misses_nothing_and_who_was_taken_out_hears_nothing_more() {
    let house = House::start(Options::default()).await;
    let (maya, leo, ann) = (house.person("maya").await, house.person("leo").await, house.person("ann").await);
    let lounge = room(&maya, RoomAccess::Public).await;
    join(&leo, lounge).await;
    join(&ann, lounge).await;
    let mut follower = Follower::new(leo.clone(), lounge);
    for n in 0..5 {
        maya.ask::<SendMessage>(&saying(lounge, &format!("before {n}"))).await;
    }
    let last = maya.ask::<SendMessage>(&saying(lounge, "see you")).await;
    follower.reaches(last.seq).await;
    assert_eq!(follower.asked(), 1, "after the first look all came as pushes, without a gap");

    leo.leave_house().await;
    let edit = EditRequest {
        request_id: RequestId::generate(),
        room_id: lounge,
        message_id: last.message_id,
        body: "see you, Leo".to_owned(),
    };
    maya.ask::<Edit>(&edit).await;
    for n in 0..5 {
        maya.ask::<SendMessage>(&saying(lounge, &format!("meanwhile {n}"))).await;
    }
    let leo = house.person("leo").await;
    follower.comes_back(leo.clone()).await;
    let last = maya.ask::<SendMessage>(&saying(lounge, "welcome back")).await;
    follower.reaches(last.seq).await;
    assert_eq!(follower.messages(), log_of(&maya, lounge).await);

    let request = SanctionRequest {
        request_id: RequestId::generate(),
        room_id: lounge,
        uid: ann.uid().clone(),
        kind: SanctionKind::Kick,
        length: None,
        reason: why(),
    };
    maya.ask::<Sanction>(&request).await;
    let secret = maya.ask::<SendMessage>(&saying(lounge, "now that she is gone")).await;
    follower.reaches(secret.seq).await;
    // What was said to the others before and after is there; so hers would be, had it been sent.
    let told = |push: &Push| news(push).is_some_and(|n| n.room_id == lounge && n.seq >= secret.seq);
    let marker = room(&ann, RoomAccess::Public).await;
    let mark = ann.ask::<SendMessage>(&saying(marker, "a mark")).await;
    hears(&ann, "her own room", |m| m.message_id == mark.message_id).await;
    assert!(!ann.heard().iter().any(told), "who was taken out heard what came later");
    assert_eq!(ann.refused::<SendMessage>(&saying(lounge, "hello?")).await, ErrorCode::Forbidden);
    let again = OnRoomRequest { request_id: RequestId::generate(), room_id: lounge };
    leo.ask::<callboard_contract::api::rooms::Leave>(&again).await;
    house.down();
}
