//! Notices: who is told of what, how much is unread, and what settings and blocks change.

use callboard_contract::ErrorCode;
use callboard_contract::api::notices::{
    LsRequest, NewNotice as Pushed, NoticeKind, NoticeLevel, ReadRequest, SetRequest,
};
use callboard_domain::{MessageId, NoticeId, RequestId, RoomId, Uid};
use callboard_people::notices::{self, NewNotice};
use callboard_store::{Relay, Store, StoreError};

fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

fn told(to: &str, kind: NoticeKind, from: &str, room: RoomId, message: MessageId) -> NewNotice {
    NewNotice {
        uid: uid(to),
        kind,
        from: Some(uid(from)),
        room: Some(room),
        message: Some((message, 7)),
        text: String::new(),
    }
}

async fn add(store: &Store, new: &[NewNotice]) -> Vec<(Uid, NoticeKind)> {
    let mut tx = store.begin().await.expect("a transaction");
    let written = notices::add(&mut tx, new).await.expect("written");
    tx.commit().await.expect("committed");
    let mut written: Vec<(Uid, NoticeKind)> = written.into_iter().map(|(uid, n)| (uid, n.kind)).collect();
    written.sort_unstable();
    written
}

async fn pushed(store: &Store) -> Vec<(String, Pushed)> {
    let mut relay = Relay::lease(store).await.expect("asked").expect("nobody else has it");
    let events = relay.unsent(100).await.expect("read");
    let relayed = relay.settle(&events).await.expect("settled");
    relay.release().await.expect("released");
    let read =
        |p: callboard_store::WirePush| (p.uid.to_string(), serde_json::from_value(p.push.data).expect("a notice"));
    relayed.pushes.into_iter().map(read).collect()
}

async fn set(store: &Store, who: &str, room_id: RoomId, level: NoticeLevel, quiet: bool) {
    let request = SetRequest { request_id: RequestId::generate(), room_id, level, quiet };
    notices::set(store, &uid(who), &request).await.expect("set");
}

fn reading(notice_id: Option<NoticeId>, up_to: Option<NoticeId>, room_id: Option<RoomId>) -> ReadRequest {
    ReadRequest { request_id: RequestId::generate(), notice_id, up_to, room_id }
}

#[tokio::test]
async fn a_notice_is_kept_pushed_and_counted_until_it_is_read() {
    let base = callboard_testbase::fresh().await;
    let (store, ann) = (&base.store, uid("ann"));
    let (one, two) = (RoomId::generate(), RoomId::generate());
    let message = MessageId::generate();
    // One message tells him one thing, and nobody is told of what he did himself.
    let new = [
        told("ann", NoticeKind::Reply, "leo", one, message),
        told("ann", NoticeKind::Mention, "leo", one, message),
        told("leo", NoticeKind::Mention, "leo", one, message),
        told("ann", NoticeKind::Invited, "leo", two, MessageId::generate()),
    ];
    assert_eq!(add(store, &new).await, [(ann.clone(), NoticeKind::Mention), (ann.clone(), NoticeKind::Invited)]);
    let pushes = pushed(store).await;
    assert_eq!(pushes.iter().map(|(to, p)| (to.as_str(), p.unread)).collect::<Vec<_>>(), [("ann", 1), ("ann", 2)]);
    assert!(add(store, &[]).await.is_empty() && pushed(store).await.is_empty());

    let page = notices::ls(store, &ann, &LsRequest { limit: Some(1), ..LsRequest::default() }).await.expect("listed");
    assert_eq!((page.items.len(), page.unread, page.items[0].kind), (1, 2, NoticeKind::Invited));
    let rest = LsRequest { cursor: page.cursor.clone(), ..LsRequest::default() };
    let rest = notices::ls(store, &ann, &rest).await.expect("listed");
    assert_eq!((rest.items.len(), rest.cursor, rest.items[0].seq), (1, None, Some(7)));
    let (mention, invited) = (rest.items[0].notice_id, page.items[0].notice_id);

    // Of another's nothing is read.
    notices::read(store, &uid("leo"), &reading(Some(mention), None, None)).await.expect("nothing to read");
    assert_eq!(notices::read(store, &ann, &reading(Some(invited), None, None)).await.expect("read").unread, 1);
    assert_eq!(notices::read(store, &ann, &reading(None, None, Some(two))).await.expect("read").unread, 1);
    let mut conn = store.pool().acquire().await.expect("a connection");
    notices::read_in_rooms(&mut conn, &[("ann", one, 6)]).await.expect("read");
    assert_eq!(notices::unread(&mut conn, &ann).await.expect("counted"), 1, "the message at 7 is not read yet");
    notices::read_in_rooms(&mut conn, &[("ann", one, 7)]).await.expect("read");
    assert_eq!(notices::unread(&mut conn, &ann).await.expect("counted"), 0);
    drop(conn);
    let unread = notices::ls(store, &ann, &LsRequest { unread: true, ..LsRequest::default() }).await.expect("listed");
    assert!(unread.items.is_empty());
    for bad in [reading(None, None, None), reading(Some(mention), Some(mention), None)] {
        let refused = notices::read(store, &ann, &bad).await;
        assert!(matches!(refused, Err(StoreError::Refused(e)) if e.code == ErrorCode::BadRequest));
    }
    base.finish().await;
}

#[tokio::test]
async fn each_room_tells_what_was_set_and_nobody_hears_of_whom_he_blocked() {
    let base = callboard_testbase::fresh().await;
    let store = &base.store;
    let (room, other) = (RoomId::generate(), RoomId::generate());
    set(store, "all", room, NoticeLevel::All, false).await;
    set(store, "none", room, NoticeLevel::None, false).await;
    set(store, "quiet", room, NoticeLevel::Mentions, true).await;
    sqlx::query("insert into people.blocks (uid, blocked, at_ms) values ('blocks', 'leo', 1)")
        .execute(&base.owner)
        .await
        .expect("blocked");
    let everybody = ["all", "none", "quiet", "blocks", "nothing_set"];
    let mut conn = store.pool().acquire().await.expect("a connection");
    assert_eq!(notices::listeners(&mut conn, &[room, other]).await.expect("listed"), [(room, uid("all"))]);
    drop(conn);
    for (kind, room, expected) in [
        (NoticeKind::Message, room, &["all"][..]),
        (NoticeKind::Mention, room, &["all", "nothing_set", "quiet"]),
        (NoticeKind::Mention, other, &["all", "none", "nothing_set", "quiet"]),
        (NoticeKind::Invited, room, &["all", "none", "nothing_set", "quiet"]),
    ] {
        let message = MessageId::generate();
        let new: Vec<NewNotice> = everybody.iter().map(|to| told(to, kind, "leo", room, message)).collect();
        let written: Vec<String> = add(store, &new).await.into_iter().map(|(uid, _)| uid.to_string()).collect();
        assert_eq!(written, expected, "{kind:?}");
        let mut heard: Vec<String> = pushed(store).await.into_iter().map(|(to, _)| to).collect();
        heard.sort_unstable();
        let loud: Vec<&str> = expected.iter().copied().filter(|to| *to != "quiet" || room == other).collect();
        assert_eq!(heard, loud, "{kind:?} is kept but not pushed where it is quiet");
    }
    let settings = notices::settings(store, &uid("quiet")).await.expect("listed").items;
    assert_eq!((settings.len(), settings[0].level, settings[0].quiet), (1, NoticeLevel::Mentions, true));
    set(store, "quiet", room, NoticeLevel::Mentions, false).await;
    assert!(notices::settings(store, &uid("quiet")).await.expect("listed").items.is_empty(), "as if nothing were set");

    sqlx::query("update people.notices set at_ms = 1 where uid = 'all'").execute(&base.owner).await.expect("aged");
    assert_eq!(notices::prune(store).await.expect("pruned"), 4);
    base.finish().await;
}
