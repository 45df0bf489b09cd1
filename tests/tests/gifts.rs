//! Gifts and tips as people live them: in a conversation, in a room, in a call; streaks, who gave most, refunds, and books that add up.

use std::collections::BTreeMap;

use callboard_contract::adm::gifts::{Given, GivenRequest, Set, SetRequest};
use callboard_contract::adm::refund::{Create, CreateRequest, Preview, PreviewRequest, RefundFrom};
use callboard_contract::api::Nothing;
use callboard_contract::api::chat::{History as ChatHistory, HistoryRequest};
use callboard_contract::api::gifts::{
    Catalogue, GiftReceived, GiftSent, Leaderboard, LeaderboardReply, LeaderboardRequest, Send, SendRequest, Span,
};
use callboard_contract::api::rooms::{
    AnswerDirect, AnswerDirectRequest, Create as CreateRoom, CreateRequest as CreateRoomRequest, Direct, DirectRequest,
    Join, Sanction, SanctionRequest,
};
use callboard_contract::api::wallet::History;
use callboard_contract::room::{MessageKind, MessageView, RoomChange, RoomNews};
use callboard_contract::{ErrorCode, PageQuery, Push};
use callboard_domain::{
    CallId, CallKind, Coins, Millis, RequestId, Role, RoomAccess, RoomId, RoomKind, SanctionKind, TransferId,
};
use callboard_tests::{House, Options, Person, coins, why};

fn gift(to: &Person, gift: &str) -> SendRequest {
    SendRequest {
        request_id: RequestId::generate(),
        to: to.uid().clone(),
        room_id: None,
        call_id: None,
        gift: gift.to_owned(),
        amount: None,
        count: None,
        expect_price: None,
    }
}

fn in_room(room: RoomId, gift: SendRequest) -> SendRequest {
    SendRequest { room_id: Some(room), ..gift }
}

fn in_call(call: CallId, gift: SendRequest) -> SendRequest {
    SendRequest { call_id: Some(call), ..gift }
}

/// A conversation that both are in.
async fn conversation(one: &Person, other: &Person) -> RoomId {
    let request = DirectRequest { request_id: RequestId::generate(), uid: other.uid().clone() };
    let room_id = one.ask::<Direct>(&request).await.room.room_id;
    let answer = AnswerDirectRequest { request_id: RequestId::generate(), room_id, accept: true };
    other.ask::<AnswerDirect>(&answer).await;
    room_id
}

/// A room of somebody's that anybody may enter.
async fn lounge(host: &Person, guests: &[&Person]) -> RoomId {
    let request = CreateRoomRequest {
        request_id: RequestId::generate(),
        kind: RoomKind::Sub,
        name: "Lounge".to_owned(),
        topic: String::new(),
        category: None,
        access: RoomAccess::Public,
        entry_fee: None,
        promised_until: None,
        capacity: None,
    };
    let room_id = host.ask::<CreateRoom>(&request).await.room.room_id;
    for guest in guests {
        guest.ask::<Join>(&callboard_tests::entering(room_id, None)).await;
    }
    room_id
}

/// The message that a push brings, if it does.
fn message(push: &Push) -> Option<MessageView> {
    if push.event != "chat.news" {
        return None;
    }
    match serde_json::from_value::<RoomNews>(push.data.clone()).ok()?.what {
        RoomChange::Message { message } => Some(message),
        _ => None,
    }
}

/// Waits until somebody sees a gift in a room.
async fn sees(who: &Person, sent: &GiftSent) -> MessageView {
    let fits = |push: &Push| message(push).is_some_and(|m| Some(m.message_id) == sent.message_id);
    let push = who.hears("a gift in the room", fits).await;
    message(&push).expect("a message")
}

/// Waits until somebody is told of a gift.
async fn is_given(who: &Person, sent: &GiftSent) -> GiftReceived {
    let read = |push: &Push| serde_json::from_value::<GiftReceived>(push.data.clone()).ok();
    let fits =
        |push: &Push| push.event == "gifts.received" && read(push).is_some_and(|r| r.gift.gift_id == sent.gift.gift_id);
    read(&who.hears("a gift", fits).await).expect("a gift")
}

async fn board(who: &Person, request: &LeaderboardRequest) -> Vec<String> {
    shown(&who.ask::<Leaderboard>(request).await)
}

fn shown(board: &LeaderboardReply) -> Vec<String> {
    board.items.iter().map(|g| format!("{} {} {}", g.place, g.uid, g.amount)).collect()
}

fn refund(transfer: TransferId, amount: &str) -> CreateRequest {
    CreateRequest {
        request_id: RequestId::generate(),
        call_id: None,
        leg_id: None,
        transfer_id: Some(transfer),
        amount: Some(coins(amount)),
        from: RefundFrom::Receivers,
        reason: why(),
        expect_refunded_before: Some(Coins::ZERO),
        dry_run: false,
    }
}

/// The kinds of somebody's postings, each with its sum.
async fn history(who: &Person) -> BTreeMap<String, Coins> {
    let mut sums = BTreeMap::new();
    for line in who.ask::<History>(&PageQuery::default()).await.items {
        let sum = sums.entry(line.kind).or_insert(Coins::ZERO);
        *sum = sum.checked_add(line.amount).expect("small");
    }
    sums
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gifts_in_a_conversation_and_in_a_room_are_seen_counted_and_refunded() {
    let house = House::start(Options::default()).await;
    let maya = house.person("maya").await;
    let (felix, ada) = (house.fan("felix", "300").await, house.fan("ada", "100").await);
    let leo = house.fan("leo", "100").await;

    let offers = felix.ask::<Catalogue>(&Nothing {}).await.items;
    let rose = offers.iter().find(|offer| offer.gift == "rose").expect("roses");
    assert_eq!((rose.name.as_str(), rose.price, offers.len()), ("Rose", Some(coins("5")), 9));

    // In a conversation: three roses, then one more in a row.
    let talk = conversation(&felix, &maya).await;
    let roses = SendRequest { count: Some(3), ..in_room(talk, gift(&maya, "rose")) };
    let three = felix.ask::<Send>(&roses).await;
    assert_eq!((three.gift.amount, three.gift.streak, three.available), (coins("15"), 3, coins("285")));
    assert_eq!(felix.ask::<Send>(&roses).await, three, "the same request is the same gift");
    let seen = sees(&maya, &three).await;
    assert_eq!(
        (seen.kind, seen.author.clone(), seen.gift.clone()),
        (MessageKind::Gift, felix.uid().clone(), Some(three.gift.clone()))
    );
    let told = is_given(&maya, &three).await;
    assert_eq!((told.from, told.room_id, told.message_id), (felix.uid().clone(), Some(talk), three.message_id));
    let fourth = felix.ask::<Send>(&in_room(talk, gift(&maya, "rose"))).await;
    assert_eq!((fourth.gift.streak, fourth.available), (4, coins("280")));
    sees(&maya, &fourth).await;
    sees(&felix, &fourth).await;
    assert_eq!(house.wallet(maya.uid()).await.earnings, coins("16"));
    let request = HistoryRequest { room_id: talk, before: None, after: None, limit: None };
    let page = maya.ask::<ChatHistory>(&request).await;
    let gifts: Vec<u32> = page.items.iter().filter_map(|m| Some(m.gift.as_ref()?.streak)).collect();
    assert_eq!(gifts, [3, 4], "each is in the log once");

    // In a room everybody sees it, and who gave most.
    let room = lounge(&maya, &[&felix, &ada]).await;
    let crown = felix.ask::<Send>(&in_room(room, gift(&maya, "crown"))).await;
    sees(&ada, &crown).await;
    let tip = SendRequest { amount: Some(coins("60.5")), ..in_room(room, gift(&maya, "tip")) };
    let tip = ada.ask::<Send>(&tip).await;
    assert_eq!(sees(&felix, &tip).await.gift.map(|g| (g.gift, g.amount)), Some(("tip".to_owned(), coins("60.5"))));
    let here = LeaderboardRequest { to: None, room_id: Some(room), span: Span::Day, limit: None };
    assert_eq!(board(&ada, &here).await, ["1 felix 100.0000", "2 ada 60.5000"]);
    let hers = LeaderboardRequest { to: Some(maya.uid().clone()), room_id: None, span: Span::All, limit: Some(1) };
    let reply = ada.ask::<Leaderboard>(&hers).await;
    assert_eq!(shown(&reply), ["1 felix 120.0000"]);
    assert_eq!(reply.me.map(|me| (me.place, me.amount)), Some((2, coins("60.5"))));

    // Who is not in the room, muted there, or has too little gives nothing there.
    assert_eq!(leo.refused::<Send>(&in_room(room, gift(&maya, "rose"))).await, ErrorCode::Forbidden);
    assert_eq!(leo.refused::<Send>(&in_room(talk, gift(&maya, "rose"))).await, ErrorCode::NotFound);
    assert_eq!(leo.refused::<Leaderboard>(&here).await, ErrorCode::NotFound);
    assert_eq!(felix.refused::<Send>(&in_room(room, gift(&leo, "rose"))).await, ErrorCode::Forbidden);
    assert_eq!(felix.refused::<Send>(&in_room(room, gift(&felix, "rose"))).await, ErrorCode::BadRequest);
    assert_eq!(ada.refused::<Send>(&in_room(room, gift(&maya, "castle"))).await, ErrorCode::InsufficientFunds);
    let mute = SanctionRequest {
        request_id: RequestId::generate(),
        room_id: room,
        uid: ada.uid().clone(),
        kind: SanctionKind::Mute,
        length: Some(Millis::from_secs(600)),
        reason: why(),
    };
    maya.ask::<Sanction>(&mute).await;
    assert_eq!(ada.refused::<Send>(&in_room(room, gift(&maya, "heart"))).await, ErrorCode::Forbidden);
    assert_eq!(house.wallet(ada.uid()).await.available, coins("39.5"), "what was refused cost nothing");

    // A refund of half the crown: each gives back his part, and the board knows.
    let (fay, _) = house.hire(Role::Finance).await;
    let ask = GivenRequest { from: Some(felix.uid().clone()), room_id: Some(room), ..GivenRequest::default() };
    let given = fay.call::<Given>(&ask).await.expect("a list").items;
    assert_eq!(
        given.iter().map(|g| (g.gift.as_str(), g.transfer_id)).collect::<Vec<_>>(),
        [("crown", crown.transfer_id)]
    );
    let preview = PreviewRequest {
        call_id: None,
        leg_id: None,
        transfer_id: Some(crown.transfer_id),
        amount: None,
        from: RefundFrom::Receivers,
    };
    assert_eq!(fay.call::<Preview>(&preview).await.expect("a preview").charged, coins("100"));
    let view = fay.call::<Create>(&refund(crown.transfer_id, "50")).await.expect("a refund");
    assert_eq!((view.of_transfer, view.call_id, view.payer), (Some(crown.transfer_id), None, felix.uid().clone()));
    felix.hears("the refund", |push| push.event == "wallet.changed" && push.data["kind"] == "refund").await;
    assert_eq!(board(&felix, &here).await, ["1 ada 60.5000", "2 felix 50.0000"]);
    assert_eq!(fay.call::<Given>(&ask).await.expect("a list").items[0].refunded, coins("50"));
    let too_much = CreateRequest { expect_refunded_before: None, ..refund(crown.transfer_id, "50.0001") };
    fay.call::<Create>(&too_much).await.expect_err("more than was paid");
    let (gifts, refunds) = (coins("-120"), coins("50"));
    let sums = history(&felix).await;
    assert_eq!((sums.get("gift"), sums.get("refund")), (Some(&gifts), Some(&refunds)));
    // 16 of the roses, 80 of the crown less 40, 48.4 of the tip.
    assert_eq!(house.wallet(maya.uid()).await.earnings, coins("104.4"));
    house.balanced().await;
    house.down();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gifts_in_a_call_and_directly_reach_who_is_meant() {
    let house = House::start(Options::default()).await;
    let maya = house.person("maya").await;
    let (felix, leo) = (house.fan("felix", "300").await, house.fan("leo", "100").await);
    maya.offers("coin-burn", CallKind::Audio, "6").await;
    let talk = felix.talk(&maya, CallKind::Audio).await;
    let star = felix.ask::<Send>(&in_call(talk.call_id, gift(&maya, "star"))).await;
    assert_eq!((star.message_id, star.gift.streak), (None, 1));
    for who in [&maya, &felix] {
        let told = is_given(who, &star).await;
        assert_eq!((told.call_id, told.gift.to), (Some(talk.call_id), maya.uid().clone()));
    }
    assert_eq!(leo.refused::<Send>(&in_call(talk.call_id, gift(&maya, "star"))).await, ErrorCode::NotFound);
    assert_eq!(felix.refused::<Send>(&in_call(talk.call_id, gift(&leo, "star"))).await, ErrorCode::Conflict);
    let both = SendRequest { room_id: Some(RoomId::generate()), ..in_call(talk.call_id, gift(&maya, "star")) };
    assert_eq!(felix.refused::<Send>(&both).await, ErrorCode::BadRequest);
    felix.end(talk.call_id).await;
    assert_eq!(felix.refused::<Send>(&in_call(talk.call_id, gift(&maya, "star"))).await, ErrorCode::NotFound);

    // Directly, without a room.
    let heart = leo.ask::<Send>(&gift(&maya, "heart")).await;
    let told = is_given(&maya, &heart).await;
    assert_eq!((told.from, told.room_id, told.call_id), (leo.uid().clone(), None, None));
    let nobody = SendRequest { to: callboard_tests::uid("nobody-here"), ..gift(&maya, "heart") };
    assert_eq!(leo.refused::<Send>(&nobody).await, ErrorCode::NotFound);

    // Staff retires the star and makes another; what was given stays.
    let set = |gift: &str| SetRequest {
        request_id: RequestId::generate(),
        gift: gift.to_owned(),
        name: None,
        price: None,
        split: None,
        retired: None,
        reason: why(),
        expect_version: None,
        dry_run: false,
    };
    house.ask::<Set>(&SetRequest { retired: Some(true), ..set("star") }).await;
    let kite = SetRequest { name: Some("Kite".to_owned()), price: Some(coins("20")), ..set("kite") };
    house.ask::<Set>(&kite).await;
    assert_eq!(felix.refused::<Send>(&gift(&maya, "star")).await, ErrorCode::NotFound);
    felix.ask::<Send>(&gift(&maya, "kite")).await;
    let hers = LeaderboardRequest { to: Some(maya.uid().clone()), room_id: None, span: Span::Week, limit: None };
    assert_eq!(board(&leo, &hers).await, ["1 felix 70.0000", "2 leo 1.0000"]);
    house.balanced().await;
    house.down();
}
