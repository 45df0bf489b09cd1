//! Searching where there are many messages: whatever the word, each message that has it is found once, the newest first.

use callboard_contract::api::chat::SearchRequest;
use callboard_domain::{RoomAccess, RoomId, Uid};
use callboard_rooms::chat;

use crate::house::{House, uid};

const PAGE: usize = 100;

/// All pages of a search: the ids of the messages, and how many a page had at least, the last left out.
async fn pages(
    house: &House,
    who: &Uid,
    query: &str,
    room_id: Option<RoomId>,
    author: Option<&str>,
) -> (Vec<String>, usize) {
    let limit = u32::try_from(PAGE).ok();
    let mut request = SearchRequest { query: query.to_owned(), room_id, author: author.map(uid), limit, cursor: None };
    let (mut all, mut least) = (Vec::new(), PAGE);
    loop {
        let page = chat::search(house.store(), who, &request).await.expect("a page");
        let count = page.items.len();
        all.extend(page.items.into_iter().map(|m| m.message_id.to_string()));
        if page.cursor.is_none() {
            return (all, least);
        }
        assert_ne!(request.cursor, page.cursor, "each page leads further");
        (request.cursor, least) = (page.cursor, least.min(count));
    }
}

/// What there is to find, by looking at every message.
async fn all(house: &House, who: &Uid, word: &str, rooms: &[RoomId], author: Option<&str>) -> Vec<String> {
    let rooms: Vec<_> = rooms.iter().map(|r| r.as_uuid()).collect();
    sqlx::query_scalar(
        "select id::text from rooms.messages where room_id = any($1) and $2 = any(string_to_array(body, ' ')) and deleted_ms is null
             and (not held or author = $3) and ($4::text is null or author = $4) order by id desc",
    )
    .bind(rooms)
    .bind(word)
    .bind(who.as_str())
    .bind(author)
    .fetch_all(&house.base.owner)
    .await
    .expect("all messages")
}

/// As if there had been much talk: `often` is in nearly all messages, `often2` in each second, `seldom` in one of some thousand. The third
/// room is silent but for its beginning.
async fn talk(house: &House, rooms: &[RoomId; 3], authors: [&str; 3]) {
    let ids: Vec<_> = rooms.iter().map(|r| r.as_uuid()).collect();
    sqlx::query(
        "insert into rooms.messages (room_id, seq, id, author, client_id, body_hash, at_ms, kind, body, deleted_ms, held, changed)
         select ($1::uuid[])[r.room], row_number() over (partition by r.room order by n),
             (lpad(to_hex(1700000000000 + n), 12, '0') || '7000' || '8' || substr(md5(n::text), 1, 15))::uuid,
             ($2::text[])[case when n % 10000 = 17 then 2 when n % 7 = 0 then 3 else 1 end], 'm' || n, '', 1700000000000 + n, 'text',
             concat_ws(' ', 'so', case when n % 50 <> 0 then 'often' end, case when n % 2 = 0 then 'often2' end,
                 case when n % 3000 = 0 then 'seldom' end),
             case when n % 11 = 0 then 1 end, n % 13 = 0, 0
         from generate_series(1, 40000) n,
             lateral (select case when n < 200 then 3 when n % 4 = 0 then 2 else 1 end as room) r",
    )
    .bind(&ids)
    .bind(authors.map(str::to_owned).to_vec())
    .execute(&house.base.owner)
    .await
    .expect("talk");
    for statement in [
        "update rooms.rooms r set head = m.head, told = m.head from (select room_id, max(seq) as head from rooms.messages group by room_id) m
         where m.room_id = r.id",
        "analyze rooms.messages",
    ] {
        sqlx::query(statement).execute(&house.base.owner).await.expect("the owner may");
    }
}

#[tokio::test]
async fn whatever_is_looked_for_is_found_once_and_the_newest_first() {
    let house = House::new().await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let mut rooms = [RoomId::generate(); 3];
    for room in &mut rooms {
        *room = house.room(&maya, RoomAccess::Public).await;
        house.joined(&leo, *room).await;
    }
    talk(&house, &rooms, ["maya", "rarely", "leo"]).await;
    for word in ["often", "often2", "seldom", "never"] {
        for author in [None, Some("maya"), Some("leo")] {
            let there = all(&house, &leo, word, &rooms, author).await;
            let (found, least) = pages(&house, &leo, word, None, author).await;
            assert!(found == there, "{word} by {author:?}: {} of {}", found.len(), there.len());
            assert_eq!(least, PAGE, "{word} by {author:?}: no page is short");
        }
        for room in rooms {
            let there = all(&house, &leo, word, &[room], None).await;
            let (found, _) = pages(&house, &leo, word, Some(room), None).await;
            assert!(found == there, "{word} in a room: {} of {}", found.len(), there.len());
        }
    }
    // A word of most messages by somebody who said next to nothing: each page ends after so much reading.
    let there = all(&house, &leo, "often", &rooms, Some("rarely")).await;
    let (found, least) = pages(&house, &leo, "often", None, Some("rarely")).await;
    assert_eq!((found, there.len()), (there.clone(), 3));
    assert!(least < there.len(), "reading all would have been one page");
    house.sound().await;
}
