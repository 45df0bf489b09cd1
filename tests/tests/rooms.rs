//! Rooms as people live them: the VIP room that costs fifty coins, the lobby, message requests, and the second connection of a big room.

use std::task::Poll;

use callboard_contract::adm::rooms::{Close as StaffClose, CloseRequest, Lock, LockRequest};
use callboard_contract::api::chat::{Send as SendMessage, Sync, SyncRequest};
use callboard_contract::api::rooms::{
    Admit, AdmitRequest, AnswerDirect, AnswerDirectRequest, Block, BlockRequest, Close, Create, CreateRequest, Direct,
    DirectRequest, Invite, Join, Leave, OnPersonRequest, OnRoomRequest, RoomRef, RoomSettings, Sanction,
    SanctionRequest, Show, Ticket, TicketReply, Update, UpdateRequest,
};
use callboard_contract::limits::MAX_DIRECT_FAN_OUT;
use callboard_contract::room::{FanOut, MessageView, MyRoom, RoomChange, RoomNews};
use callboard_contract::{ErrorCode, Push, subject};
use callboard_domain::{
    At, Coins, Millis, RequestId, Role, RoomAccess, RoomId, RoomMemberState, RoomState, SanctionKind,
};
use callboard_tests::{House, Options, PATIENCE, Person, Probe, coins, entering, now_s, opening, saying, why, within};
use futures::StreamExt as _;
use sqlx::PgPool;

fn id() -> RequestId {
    RequestId::generate()
}

fn vip(promised_until: Option<At>) -> CreateRequest {
    CreateRequest {
        topic: "Cards and tea".to_owned(),
        category: Some("tarot".to_owned()),
        promised_until,
        ..opening("VIP lounge", Some(Coins::whole(50)))
    }
}

fn on(room_id: RoomId) -> OnRoomRequest {
    OnRoomRequest { request_id: id(), room_id }
}

fn banning(room_id: RoomId, whom: &Person) -> SanctionRequest {
    let uid = whom.uid().clone();
    SanctionRequest { request_id: id(), room_id, uid, kind: SanctionKind::Ban, length: None, reason: why() }
}

/// Waits for a push of a room that fits.
async fn hears_room(who: &Person, event: &str, room: RoomId) -> MyRoom {
    let read = |push: &Push| serde_json::from_value::<MyRoom>(push.data.clone()).ok();
    let fits = |push: &Push| push.event == event && read(push).is_some_and(|mine| mine.room.room_id == room);
    read(&who.hears(event, fits).await).expect("a room")
}

/// Waits for news of a room that fit.
async fn hears_news(who: &Person, what: &str, room: RoomId, fits: impl Fn(&RoomChange) -> bool) -> RoomNews {
    let read = |push: &Push| serde_json::from_value::<RoomNews>(push.data.clone()).ok();
    let news = |push: &Push| {
        push.event == "chat.news" && read(push).is_some_and(|news| news.room_id == room && fits(&news.what))
    };
    read(&who.hears(what, news).await).expect("news")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_cost_what_was_shown_and_keep_out_who_was_banned() {
    let house = House::start(Options::default()).await;
    let maya = house.person("maya").await;
    let felix = house.fan("felix", "120").await;
    let room = maya.ask::<Create>(&vip(None)).await.room.room_id;
    let shown = felix.ask::<Show>(&RoomRef { room_id: room }).await;
    assert_eq!(shown.me.fee_due, Some(Coins::whole(50)));
    assert_eq!(felix.refused::<Join>(&entering(room, None)).await, ErrorCode::Stale);

    // Fifty coins: forty for the host, ten for the platform. Sent again, it is the same entry.
    let request = entering(room, Some(Coins::whole(50)));
    let joined = felix.ask::<Join>(&request).await;
    assert_eq!(felix.ask::<Join>(&request).await, joined);
    assert_eq!(house.wallet(felix.uid()).await.available, coins("70"));
    assert_eq!(house.wallet(maya.uid()).await.earnings, coins("40"));
    let came =
        |change: &RoomChange| matches!(change, RoomChange::Member { member, members: 2 } if &member.uid == felix.uid());
    let news = hears_news(&maya, "Felix coming", room, came).await;
    assert_eq!(news.seq, joined.room.seq);

    // Who paid, left and comes back pays nothing; who is banned does not come back and gets nothing back.
    felix.ask::<Leave>(&on(room)).await;
    felix.ask::<Join>(&entering(room, None)).await;
    maya.ask::<Sanction>(&banning(room, &felix)).await;
    assert_eq!(hears_room(&felix, "rooms.removed", room).await.me.state, Some(RoomMemberState::Removed));
    assert_eq!(felix.refused::<Join>(&entering(room, Some(Coins::whole(50)))).await, ErrorCode::Forbidden);
    let again = house.person("felix").await;
    assert_eq!(again.refused::<Join>(&entering(room, Some(Coins::whole(50)))).await, ErrorCode::Forbidden);
    assert_eq!(house.wallet(felix.uid()).await.available, coins("70"));

    // Closed before the promised time, everybody has his coins again.
    let until = At::from_ms(0).plus(Millis::from_secs(i64::try_from(now_s()).expect("a time") + 3600));
    let promised = maya.ask::<Create>(&vip(Some(until))).await.room.room_id;
    felix.ask::<Join>(&entering(promised, Some(Coins::whole(50)))).await;
    assert_eq!(house.wallet(felix.uid()).await.available, coins("20"));
    maya.ask::<Close>(&on(promised)).await;
    assert_eq!(hears_room(&felix, "rooms.removed", promised).await.room.state, RoomState::Closed);
    assert_eq!(house.wallet(felix.uid()).await.available, coins("70"));
    assert_eq!(house.wallet(maya.uid()).await.earnings, coins("40"));
    house.balanced().await;
    house.down();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_wait_in_the_lobby_ask_before_they_write_and_staff_lock_the_door() {
    let house = House::start(Options::default()).await;
    let (maya, ann) = (house.person("maya").await, house.fan("ann", "60").await);
    let room_id = maya.ask::<Create>(&vip(None)).await.room.room_id;
    let change = RoomSettings { lobby: Some(true), ..RoomSettings::default() };
    maya.ask::<Update>(&UpdateRequest { request_id: id(), room_id, change }).await;
    assert_eq!(
        ann.ask::<Join>(&entering(room_id, Some(Coins::whole(50)))).await.me.state,
        Some(RoomMemberState::Lobby)
    );
    let admitting = |admit| AdmitRequest { request_id: id(), room_id, uid: ann.uid().clone(), admit };
    maya.ask::<Admit>(&admitting(false)).await;
    hears_room(&ann, "rooms.admitted", room_id).await;
    assert_eq!(house.wallet(ann.uid()).await.available, coins("60"), "she was not let in");
    ann.ask::<Join>(&entering(room_id, Some(Coins::whole(50)))).await;
    maya.ask::<Admit>(&admitting(true)).await;
    let inside = ann.ask::<Show>(&RoomRef { room_id }).await;
    assert_eq!(inside.me.state, Some(RoomMemberState::Joined));

    // A stranger asks before he writes, and does not learn that he is blocked.
    let leo = house.person("leo").await;
    let asking = |whom: &Person| DirectRequest { request_id: id(), uid: whom.uid().clone() };
    let pair = leo.ask::<Direct>(&asking(&ann)).await.room.room_id;
    let asked = hears_room(&ann, "rooms.invited", pair).await;
    assert_eq!((asked.me.state, asked.peer.as_ref()), (Some(RoomMemberState::Invited), Some(leo.uid())));
    let taken = AnswerDirectRequest { request_id: id(), room_id: pair, accept: true };
    assert_eq!(ann.ask::<AnswerDirect>(&taken).await.room.members, 2);
    maya.ask::<Block>(&BlockRequest { request_id: id(), uid: leo.uid().clone(), block: true }).await;
    assert_eq!(leo.refused::<Direct>(&asking(&maya)).await, ErrorCode::Forbidden);

    // Staff lock the room; members see it at once, and nobody enters.
    let (mona, _) = house.hire(Role::Moderator).await;
    let (vic, _) = house.hire(Role::Viewer).await;
    let lock = LockRequest { request_id: id(), room_id, on: true, reason: why(), dry_run: false };
    assert!(vic.call::<Lock>(&lock).await.is_err(), "a viewer may not");
    mona.call::<Lock>(&lock).await.expect("locked");
    let locked = |change: &RoomChange| matches!(change, RoomChange::Room { room } if room.state == RoomState::Locked);
    hears_news(&ann, "the lock", room_id, locked).await;
    assert_eq!(leo.refused::<Join>(&entering(room_id, Some(Coins::whole(50)))).await, ErrorCode::Forbidden);
    let close = CloseRequest { request_id: id(), room_id, reason: why(), dry_run: true };
    assert!(mona.call::<StaffClose>(&close).await.expect("would be closed").dry_run);
    house.balanced().await;
    house.down();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_lets_a_member_hear_his_room_once_and_nothing_else_until_he_is_out() {
    let house = House::start(Options::default()).await;
    let (maya, ann) = (house.person("maya").await, house.person("ann").await);
    let request = CreateRequest { access: RoomAccess::Public, entry_fee: None, ..vip(None) };
    let room_id = maya.ask::<Create>(&request).await.room.room_id;
    let other = maya.ask::<Create>(&CreateRequest { request_id: id(), ..request }).await.room.room_id;
    assert_eq!(ann.refused::<Ticket>(&RoomRef { room_id }).await, ErrorCode::Forbidden);
    ann.ask::<Join>(&entering(room_id, None)).await;
    let TicketReply { token, subject, .. } = ann.ask::<Ticket>(&RoomRef { room_id }).await;
    Probe::connect(house.nats_url(), &token, "ann").await.expect_err("tickets are for websocket");
    let ear = Probe::connect(house.ws_url(), &token, "ann").await.expect("let in");
    Probe::connect(house.ws_url(), &token, "ann").await.expect_err("a ticket lets in once");
    let mut heard = ear.client().subscribe(subject).await.expect("subscribed");
    ear.client().flush().await.expect("sent");
    ear.may_not_subscribe([subject::room_pattern(other), "u.ann.>".to_owned(), "room.>".to_owned()]).await;
    ear.may_not_publish(["api.v1.ann.rooms.mine".to_owned(), subject::room_push(room_id, "chat.news")]).await;
    let leo = house.person("leo").await;
    leo.ask::<Join>(&entering(room_id, None)).await;
    let told = heard.next().await.expect("news");
    let push: Push = serde_json::from_slice(&told.payload).expect("a push");
    assert_eq!((push.event.as_str(), push.data["member"]["uid"].as_str()), ("chat.news", Some("leo")));

    // Banned, she hears nothing more, and the connection is cut. Her app's own stays: the ban is the room's alone.
    maya.ask::<Sanction>(&banning(room_id, &ann)).await;
    ear.is_told("disconnected").await;
    assert_eq!(ann.refused::<Ticket>(&RoomRef { room_id }).await, ErrorCode::Forbidden);
    ann.is_connected().await;
    house.down();
}

/// People who came in before, written behind the worker's back.
async fn crowd(owner: &PgPool, room_id: RoomId, people: u32) {
    let enter = "with came as (
            insert into rooms.members (room_id, uid, role, state, since_ms, changed, entered)
            select id, 'crowd-' || n, 'member', 'joined', store.now_ms(), head, true
            from rooms.rooms, generate_series(1, $2) n where id = $1 returning 1)
         update rooms.rooms set members = members + (select count(*) from came) where id = $1";
    let people = i32::try_from(people).expect("a few");
    sqlx::query(enter).bind(room_id.as_uuid()).bind(people).execute(owner).await.expect("they enter");
}

/// Somebody's second connection, which hears a room.
async fn listens(house: &House, who: &Person, room_id: RoomId) -> (Probe, async_nats::Subscriber, String) {
    let ticket = who.ask::<Ticket>(&RoomRef { room_id }).await;
    assert_eq!(ticket.subject, subject::room_pattern(room_id));
    let ear = Probe::connect(house.ws_url(), &ticket.token, who.uid().as_str()).await.expect("let in");
    let heard = ear.client().subscribe(ticket.subject).await.expect("subscribed");
    ear.client().flush().await.expect("sent");
    (ear, heard, ticket.token)
}

/// The next news that a second connection hears.
async fn next_news(heard: &mut async_nats::Subscriber, room_id: RoomId) -> RoomNews {
    let told = within("news", PATIENCE, heard.next()).await.expect("an open connection");
    assert_eq!(told.subject.as_str(), subject::room_push(room_id, "chat.news"));
    let push: Push = serde_json::from_slice(&told.payload).expect("a push");
    serde_json::from_value(push.data).expect("news")
}

async fn says(who: &Person, room_id: RoomId, body: &str) -> MessageView {
    who.ask::<SendMessage>(&saying(room_id, body)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_big_room_is_heard_with_a_ticket_and_who_is_removed_hears_no_more() {
    let base = callboard_testbase::fresh().await;
    let house = House::start(Options::database(&base.app_url, &base.owner_url)).await;
    let (maya, ann, bo) = (house.person("maya").await, house.person("ann").await, house.person("bo").await);
    let request = CreateRequest { access: RoomAccess::Public, entry_fee: None, ..vip(None) };
    let room_id = maya.ask::<Create>(&request).await.room.room_id;
    let other = maya.ask::<Create>(&CreateRequest { request_id: id(), ..request }).await.room.room_id;
    let small = ann.ask::<Join>(&entering(room_id, None)).await;
    assert_eq!((small.room.members, small.room.fan_out), (2, FanOut::Direct));
    crowd(&base.owner, room_id, MAX_DIRECT_FAN_OUT).await;
    let big = bo.ask::<Join>(&entering(room_id, None)).await;
    assert_eq!((big.room.members, big.room.fan_out), (MAX_DIRECT_FAN_OUT + 3, FanOut::Ticket));

    let (ann_hears, mut for_ann, used) = listens(&house, &ann, room_id).await;
    let (bo_hears, mut for_bo, _) = listens(&house, &bo, room_id).await;
    let elsewhere = [subject::room_pattern(other), subject::room_push(other, "chat.news"), subject::pushes_of("ann")];
    ann_hears.may_not_subscribe(elsewhere.into_iter().chain(["room.*.chat.news".to_owned()])).await;
    ann_hears.may_not_publish([subject::room_push(room_id, "chat.news")]).await;
    let greeting = says(&maya, room_id, "good evening, all of you").await;
    for heard in [&mut for_ann, &mut for_bo] {
        let news = next_news(heard, room_id).await;
        assert_eq!((news.seq, news.what), (greeting.seq, RoomChange::Message { message: greeting.clone() }));
    }
    // It does not go to each member besides: what is told ann later comes alone. Who has no ticket asks what he missed.
    maya.ask::<Invite>(&OnPersonRequest { request_id: id(), room_id: other, uid: ann.uid().clone() }).await;
    hears_room(&ann, "rooms.invited", other).await;
    let is_greeting = |push: &Push| push.event == "chat.news" && push.data["seq"] == greeting.seq;
    assert!(!ann.heard().iter().any(is_greeting));
    let missed = ann.ask::<Sync>(&SyncRequest { room_id, after: big.room.seq, limit: None }).await;
    assert_eq!(missed.messages, [greeting]);

    // Removed, ann hears nothing more, whatever she tries. Bo hears that she is gone, and what comes after.
    maya.ask::<Sanction>(&banning(room_id, &ann)).await;
    ann_hears.is_told("disconnected").await;
    let out = |change: &RoomChange| {
        matches!(change, RoomChange::Member { member, members }
            if &member.uid == ann.uid() && member.state == RoomMemberState::Removed && *members == MAX_DIRECT_FAN_OUT + 2)
    };
    while !out(&next_news(&mut for_bo, room_id).await.what) {}
    let after = says(&maya, room_id, "peace at last").await;
    let after = RoomChange::Message { message: after };
    while next_news(&mut for_bo, room_id).await.what != after {}
    // That she is out may still have reached her; nothing that came later has.
    while let Poll::Ready(Some(told)) = futures::poll!(for_ann.next()) {
        assert!(!String::from_utf8_lossy(&told.payload).contains("peace at last"), "{told:?}");
    }
    Probe::connect(house.ws_url(), &used, "ann").await.expect_err("the ticket is used up");
    assert_eq!(ann.refused::<Ticket>(&RoomRef { room_id }).await, ErrorCode::Forbidden);
    hears_room(&ann, "rooms.removed", room_id).await;
    ann.is_connected().await;
    bo_hears.client().flush().await.expect("still connected");
    house.down();
    base.finish().await;
}
