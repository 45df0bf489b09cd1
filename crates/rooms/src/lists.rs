//! Lists of rooms and of members, page by page.

use callboard_contract::api::rooms::{LsRequest, MembersRequest};
use callboard_contract::room::{MyRoom, RoomMember};
use callboard_contract::{Page, PageQuery};
use callboard_domain::{At, RoomId, RoomMemberState, RoomPower, Uid};
use callboard_people::sanctions;
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;
use std::str::FromStr;
use uuid::Uuid;

use crate::member::{MemberRow, Row};
use crate::refusal::{bad, forbidden};
use crate::standing::{Standing, covers};
use crate::{Room, mine, row};

/// The longest question after rooms, in characters.
const MAX_QUERY_CHARS: usize = 200;

/// Lists rooms that can be entered, the busiest first.
pub async fn ls(store: &Store, uid: &Uid, request: &LsRequest) -> Result<Page<MyRoom>, StoreError> {
    let limit = limit(request.limit)?;
    let (members, id) = cursor(request.cursor.as_deref(), (i32::MAX, Uuid::max()))?;
    if request.query.as_ref().is_some_and(|q| q.chars().count() > MAX_QUERY_CHARS) {
        return Err(bad("query", format!("query has more than {MAX_QUERY_CHARS} characters")));
    }
    let mut conn = store.pool().acquire().await?;
    let ids = sqlx::query_scalar!(
        "select id from rooms.rooms where kind <> 'direct' and access <> 'private' and state = 'open'
             and ($1::text is null or tenant = $1) and ($2::text is null or category = $2)
             and ($3::text is null or to_tsvector('simple', lower((name || ' ' || topic) collate \"und-x-icu\")) @@ websearch_to_tsquery('simple', lower($3 collate \"und-x-icu\")))
             and (members, id) < ($4, $5)
         order by members desc, id desc limit $6",
        request.tenant.as_ref().map(Uid::as_str),
        request.category,
        request.query,
        members,
        id,
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    let full = i64::try_from(ids.len()) == Ok(limit);
    let rooms = in_order(&mut conn, ids).await?;
    let cursor = rooms.last().filter(|_| full).map(|room| format!("{}:{}", room.members, room.id));
    Ok(Page { items: mine::many(&mut conn, &rooms, uid).await?, cursor })
}

/// Lists the rooms and conversations that somebody has to do with, the last active first. Closed ones are left out.
pub async fn mine(store: &Store, uid: &Uid, query: &PageQuery) -> Result<Page<MyRoom>, StoreError> {
    let limit = limit(query.limit)?;
    let (touched, id) = cursor(query.cursor.as_deref(), (i64::MAX, Uuid::max()))?;
    let mut conn = store.pool().acquire().await?;
    let rows = sqlx::query!(
        "select r.id, r.touched_ms from rooms.members m join rooms.rooms r on r.id = m.room_id
         where m.uid = $1 and m.state in ('joined', 'invited', 'lobby') and r.state <> 'closed' and (r.touched_ms, r.id) < ($2, $3)
         order by r.touched_ms desc, r.id desc limit $4",
        uid.as_str(),
        touched,
        id,
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    let full = i64::try_from(rows.len()) == Ok(limit);
    let cursor = rows.last().filter(|_| full).map(|r| format!("{}:{}", r.touched_ms, r.id));
    let rooms = in_order(&mut conn, rows.into_iter().map(|r| r.id).collect()).await?;
    Ok(Page { items: mine::many(&mut conn, &rooms, uid).await?, cursor })
}

/// Shows a room and what somebody is to it.
pub async fn show(store: &Store, uid: &Uid, id: RoomId) -> Result<MyRoom, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let room = row::read_one(&mut conn, id).await?;
    let shown = mine::one(&mut conn, &room, uid).await?;
    if mine::may_see(&room, uid, shown.me.state) { Ok(shown) } else { Err(row::no_room(id)) }
}

/// Lists the members of a room, those with a role first. Only members see each other.
pub async fn members(store: &Store, uid: &Uid, request: &MembersRequest) -> Result<Page<RoomMember>, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let (room, me) = seen(&mut conn, uid, request.room_id).await?;
    if !me.is_joined() || me.banned {
        return Err(forbidden(format!("you are not in room {}; members see who is in it, join first", room.id)));
    }
    members_of(&mut conn, &room, RoomMemberState::Joined, request.limit, request.cursor.as_deref()).await
}

/// Lists who waits in the lobby, the first first.
pub async fn lobby(store: &Store, uid: &Uid, request: &MembersRequest) -> Result<Page<RoomMember>, StoreError> {
    let limit = limit(request.limit)?;
    let (since, after) = cursor(request.cursor.as_deref(), (i64::MIN, String::new()))?;
    let mut conn = store.pool().acquire().await?;
    let (room, me) = seen(&mut conn, uid, request.room_id).await?;
    if !me.may(RoomPower::Admit) {
        return Err(forbidden(format!("you have not the power to let people into room {}", room.id)));
    }
    let rows = sqlx::query_as!(
        Row,
        "select room_id, uid, role, state, since_ms, changed, fee_transfer, fee_refunded, entered, delivered_seq, read_seq, last_sent_ms
         from rooms.members where room_id = $1 and state = 'lobby' and (since_ms, uid) > ($2, $3) order by since_ms, uid limit $4",
        room.id.as_uuid(),
        since,
        after,
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    let next = |last: &MemberRow| format!("{}:{}", last.since.as_ms(), last.uid);
    page(&mut conn, &room, rows, limit, next).await
}

/// Lists those who stand somewhere with a room, those with a role first.
pub(crate) async fn members_of(
    conn: &mut PgConnection,
    room: &Room,
    state: RoomMemberState,
    most: Option<u32>,
    after: Option<&str>,
) -> Result<Page<RoomMember>, StoreError> {
    let limit = limit(most)?;
    let (rank, after) = cursor(after, (-1_i32, String::new()))?;
    let rows = sqlx::query_as!(
        Row,
        "select room_id, uid, role, state, since_ms, changed, fee_transfer, fee_refunded, entered, delivered_seq, read_seq, last_sent_ms
         from rooms.members where room_id = $1 and state = $2
             and ((case role when 'host' then 0 when 'admin' then 1 when 'moderator' then 2 else 3 end), uid) > ($3, $4)
         order by (case role when 'host' then 0 when 'admin' then 1 when 'moderator' then 2 else 3 end), uid limit $5",
        room.id.as_uuid(),
        state.as_str(),
        rank,
        after,
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    let next = |last: &MemberRow| format!("{}:{}", callboard_domain::RoomRole::Host as u8 - last.role as u8, last.uid);
    page(conn, room, rows, limit, next).await
}

async fn seen(conn: &mut PgConnection, uid: &Uid, id: RoomId) -> Result<(Room, Standing), StoreError> {
    let room = row::read_one(&mut *conn, id).await?;
    let me = Standing::of(conn, &room, uid).await?;
    mine::check_sees(&room, uid, &me)?;
    Ok((room, me))
}

async fn page(
    conn: &mut PgConnection,
    room: &Room,
    rows: Vec<Row>,
    limit: i64,
    next: impl FnOnce(&MemberRow) -> String,
) -> Result<Page<RoomMember>, StoreError> {
    let full = i64::try_from(rows.len()) == Ok(limit);
    let rows: Vec<MemberRow> = rows.into_iter().map(MemberRow::try_from).collect::<Result<_, _>>()?;
    let cursor = rows.last().filter(|_| full).map(next);
    Ok(Page { items: views(conn, room, &rows).await?, cursor })
}

/// Members as others see them, with their mutes.
pub(crate) async fn views(
    conn: &mut PgConnection,
    room: &Room,
    rows: &[MemberRow],
) -> Result<Vec<RoomMember>, StoreError> {
    let uids: Vec<Uid> = rows.iter().map(|row| row.uid.clone()).collect();
    let against = sanctions::standing(conn, &uids).await?;
    let mutes = |uid: &Uid| -> Option<At> {
        let mutes = against
            .iter()
            .filter(|s| &s.uid == uid && s.kind == callboard_domain::SanctionKind::Mute && covers(&s.scope, room));
        mutes.filter_map(|s| s.until).max()
    };
    Ok(rows.iter().map(|row| row.view(mutes(&row.uid))).collect())
}

/// Rooms in the order of their ids in a list.
pub(crate) async fn in_order(conn: &mut PgConnection, ids: Vec<Uuid>) -> Result<Vec<Room>, StoreError> {
    let wanted: Vec<RoomId> = ids.into_iter().map(RoomId::from_uuid).collect();
    let mut rooms = row::read(conn, &wanted).await?;
    rooms.sort_by_key(|room| wanted.iter().position(|id| *id == room.id));
    Ok(rooms)
}

pub(crate) fn limit(limit: Option<u32>) -> Result<i64, StoreError> {
    Ok(i64::from(PageQuery { limit, cursor: None }.limit()?))
}

/// Where a list goes on: two values with a colon between them.
pub(crate) fn cursor<A: FromStr, B: FromStr>(text: Option<&str>, start: (A, B)) -> Result<(A, B), StoreError> {
    let Some(text) = text else { return Ok(start) };
    let read = text.split_once(':').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    read.ok_or_else(|| bad("cursor", "cursor is not one of ours"))
}
