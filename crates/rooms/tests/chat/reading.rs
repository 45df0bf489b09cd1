//! Pages, search, receipts, and what is held from others.

use std::collections::BTreeMap;

use callboard_contract::ErrorCode;
use callboard_contract::api::chat::{HistoryRequest, ReceiptsRequest, SearchRequest};
use callboard_domain::{RoomAccess, RoomId, SanctionKind, Uid};
use callboard_rooms::chat::{self, Receipt};

use crate::house::{House, refused};
use crate::talk::bodies;

async fn found(house: &House, who: &Uid, query: &str, room_id: Option<RoomId>) -> Vec<String> {
    let mut request = SearchRequest { query: query.to_owned(), room_id, author: None, limit: Some(2), cursor: None };
    let mut all = Vec::new();
    loop {
        let page = chat::search(house.store(), who, &request).await.expect("a page");
        all.extend(page.items.into_iter().map(|m| m.body));
        request.cursor = page.cursor;
        if request.cursor.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn pages_go_both_ways_and_leave_nothing_out() {
    let house = House::new().await;
    let maya = house.person("maya").await;
    let room = house.room(&maya, RoomAccess::Public).await;
    let words: Vec<String> = (0..10).map(|n| format!("m{n}")).collect();
    for word in &words {
        house.said(&maya, room, word).await;
    }
    assert_eq!(bodies(&house.history(&maya, room).await), words);
    let (mut after, mut forward) = (0, Vec::new());
    loop {
        let request = HistoryRequest { room_id: room, before: None, after: Some(after), limit: Some(4) };
        let page = chat::history(house.store(), &maya, &request).await.expect("a page");
        after = page.items.last().expect("not empty").seq;
        forward.extend(page.items);
        if !page.more {
            break;
        }
    }
    assert_eq!(bodies(&forward), words);
    for limit in [0, 101] {
        let request = HistoryRequest { room_id: room, before: None, after: None, limit: Some(limit) };
        assert_eq!(refused(chat::history(house.store(), &maya, &request).await), ErrorCode::BadRequest);
    }
    house.sound().await;
}

#[tokio::test]
async fn search_finds_words_in_the_rooms_that_somebody_may_read_and_nowhere_else() {
    let house = House::new().await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let (ours, hers) = (house.room(&maya, RoomAccess::Public).await, house.room(&maya, RoomAccess::Private).await);
    house.joined(&leo, ours).await;
    for body in ["the red fox", "a red dog", "fox and red wine", "Лиса red", "blue"] {
        house.said(&maya, ours, body).await;
    }
    let secret = house.said(&maya, hers, "red secret").await;
    let gone = house.said(&leo, ours, "red and gone").await;
    house.delete(&leo, ours, &[gone.message_id]).await.expect("deleted");
    house.held(&leo, ours, "red and held").await;
    assert_eq!(found(&house, &leo, "red", None).await.len(), 5, "his own that is held, and no other's");
    assert_eq!(found(&house, &leo, "red fox", None).await, ["fox and red wine", "the red fox"], "the newest first");
    assert_eq!(found(&house, &leo, "\"red fox\"", None).await, ["the red fox"]);
    assert_eq!(found(&house, &leo, "red -fox -held", None).await, ["Лиса red", "a red dog"]);
    assert_eq!(found(&house, &leo, "лиса", None).await, ["Лиса red"]);
    assert_eq!(found(&house, &maya, "secret", None).await, [secret.body.as_str()]);
    let request = |query: &str, room_id| SearchRequest {
        query: query.to_owned(),
        room_id,
        author: None,
        limit: None,
        cursor: None,
    };
    assert_eq!(refused(chat::search(house.store(), &leo, &request("red", Some(hers))).await), ErrorCode::NotFound);
    for query in ["", "-red", "&|!"] {
        assert_eq!(
            refused(chat::search(house.store(), &leo, &request(query, None)).await),
            ErrorCode::BadRequest,
            "{query}"
        );
    }
    house.sanction(&maya, ours, &leo, SanctionKind::Kick).await.expect("kicked");
    assert!(found(&house, &leo, "red", None).await.is_empty(), "who is out finds nothing, not even his own");
    house.sound().await;
}

#[tokio::test]
async fn what_is_held_is_seen_by_its_author_and_by_those_who_review_in_every_way_of_reading() {
    let house = House::new().await;
    let (maya, leo, ann) = (house.person("maya").await, house.person("leo").await, house.person("ann").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    for who in [&leo, &ann] {
        house.joined(who, room).await;
    }
    let held = house.held(&leo, room, "doubtful words").await;
    assert!(held.held);
    for (who, sees) in [(&maya, true), (&leo, true), (&ann, false)] {
        let synced = house.sync(who, room, 0, 100).await.expect("synced");
        assert_eq!(synced.messages.iter().any(|m| m.seq == held.seq), sees, "{who} by sync");
        assert_eq!(synced.seq, held.seq, "{who} has no gap");
        assert_eq!(house.history(who, room).await.len(), usize::from(sees), "{who} by history");
        assert_eq!(found(&house, who, "doubtful", None).await.len(), usize::from(sees), "{who} by search");
    }
    for (who, sees) in [(&maya, true), (&leo, true), (&ann, false)] {
        let reacted = house.react(who, &held, "👍", true).await;
        assert_eq!(reacted.is_ok(), sees, "{who} by a reaction");
    }
    let before = house.sync(&ann, room, 0, 100).await.expect("synced").seq;
    house.release(room, &[held.message_id]).await;
    let after = house.sync(&ann, room, before, 100).await.expect("synced");
    assert_eq!(bodies(&after.messages), ["doubtful words"], "let through, it comes to her as a change");
    assert!(!after.messages[0].held);

    let other = house.held(&leo, room, "worse words").await;
    house.delete(&maya, room, &[other.message_id]).await.expect("deleted");
    let synced = house.sync(&ann, room, after.seq, 100).await.expect("synced");
    assert!(synced.messages.is_empty() && !synced.more, "what was never shown to her is not shown as deleted");
    house.sound().await;
}

#[tokio::test]
async fn receipts_only_grow_and_never_beyond_what_there_is() {
    let house = House::new().await;
    let (maya, leo, eve) = (house.person("maya").await, house.person("leo").await, house.person("eve").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    house.joined(&leo, room).await;
    let last = house.said(&maya, room, "hello").await.seq;
    let receipt = |uid: &Uid, delivered, read| Receipt { room, uid: uid.clone(), delivered, read };
    let note = async |receipts: &[Receipt]| {
        let mut conn = house.store().pool().acquire().await.expect("a connection");
        let reached = chat::note_receipts(&mut conn, receipts).await.expect("noted");
        reached.into_iter().map(|r| (r.news.uid, (r.news.delivered_seq, r.news.read_seq))).collect::<BTreeMap<_, _>>()
    };
    let grown = note(&[receipt(&leo, Some(1), None), receipt(&leo, None, Some(2)), receipt(&eve, Some(1), None)]).await;
    assert_eq!(grown, [(leo.clone(), (2, 2))].into(), "what is read was delivered; a stranger reads nothing");
    assert!(note(&[receipt(&leo, Some(1), Some(1))]).await.is_empty(), "nothing goes back");
    assert_eq!(note(&[receipt(&leo, Some(u64::MAX), None)]).await, [(leo.clone(), (last, 2))].into());
    let list = chat::receipts(house.store(), &maya, &ReceiptsRequest { room_id: room }).await.expect("a list");
    let leos = list.items.iter().find(|r| r.uid == leo).expect("his");
    assert_eq!((list.items.len(), leos.delivered_seq, leos.read_seq), (2, last, 2));
    assert!(chat::receipts(house.store(), &eve, &ReceiptsRequest { room_id: room }).await.is_err());
    house.sound().await;
}
