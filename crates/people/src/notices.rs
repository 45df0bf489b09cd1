//! Notices: what a person should know of, written in the transaction of what they tell and kept until they are read.
//!
//! What a room tells is set by each person for each room. Nobody gets a notice of what he did himself, nor from somebody whom he blocked. A
//! notice holds no text of a message.

use std::collections::BTreeSet;

use callboard_contract::api::notices::{
    LsRequest, NewNotice as NewNoticePush, Notice, NoticeKind, NoticeLevel, NoticePage, NoticeSetting, NoticeSettings,
    ReadRequest, SetRequest, UnreadCount,
};
use callboard_contract::limits::MAX_UNREAD;
use callboard_contract::{ApiError, ErrorCode, EventPush, PageQuery};
use callboard_domain::{At, EventId, MessageId, NoticeId, RoomId, Uid};
use callboard_store::{Begun, Command, NewEvent, Store, StoreError, emit};
use sqlx::PgConnection;
use uuid::Uuid;

/// How long notices are kept: 90 days.
const KEEP_MS: i64 = 90 * 24 * 3600 * 1000;
/// So many are dropped at a time.
const PRUNE_AT_ONCE: i64 = 5000;

/// A notice to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// For whom.
    pub uid: Uid,
    /// What it tells of.
    pub kind: NoticeKind,
    /// Who did that; nobody where it was the house.
    pub from: Option<Uid>,
    /// In which room.
    pub room: Option<RoomId>,
    /// By which message, and its place in the room.
    pub message: Option<(MessageId, i64)>,
    /// What the house has to say. Never the text of a message.
    pub text: String,
}

/// Writes notices and the pushes that tell of them, as far as each person wants to be told; gives what was written.
pub async fn add(conn: &mut PgConnection, notices: &[NewNotice]) -> Result<Vec<(Uid, Notice)>, StoreError> {
    let notices = once_each(notices);
    if notices.is_empty() {
        return Ok(Vec::new());
    }
    let (mut ids, mut uids, mut kinds, mut of_rooms) = (vec![], vec![], vec![], vec![]);
    let (mut senders, mut rooms, mut messages, mut seqs, mut texts) = (vec![], vec![], vec![], vec![], vec![]);
    for notice in &notices {
        ids.push(NoticeId::generate().as_uuid());
        uids.push(notice.uid.to_string());
        kinds.push(notice.kind.as_str().to_owned());
        of_rooms.push(notice.kind.is_of_rooms());
        senders.push(notice.from.as_ref().map(Uid::to_string));
        rooms.push(notice.room.map(RoomId::as_uuid));
        messages.push(notice.message.map(|(id, _)| id.as_uuid()));
        seqs.push(notice.message.map(|(_, seq)| seq));
        texts.push(notice.text.clone());
    }
    let rows = sqlx::query!(
        r#"with wanted as (
             select n.*, coalesce(s.level, 'mentions') as level, coalesce(s.quiet, false) as quiet
             from unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::text[], $6::uuid[], $7::uuid[], $8::bigint[], $9::text[])
                 as n (id, uid, kind, of_rooms, from_uid, room_id, message_id, seq, text)
             left join people.notice_settings s on s.uid = n.uid and s.room_id = n.room_id
             where n.uid is distinct from n.from_uid
               and not exists (select from people.blocks b where b.uid = n.uid and b.blocked = n.from_uid)
           ), written as (
             insert into people.notices (id, uid, kind, at_ms, from_uid, room_id, message_id, seq, text)
             select id, uid, kind, store.now_ms(), from_uid, room_id, message_id, seq, text from wanted
             where not of_rooms or (level <> 'none' and (kind <> 'message' or level = 'all'))
             returning id, at_ms
           )
           select w.id as "id!", w.quiet as "quiet!", written.at_ms as "at_ms!",
             (select count(*) from (select from people.notices p where p.uid = w.uid and p.read_ms is null limit $10) as newest) as "unread!"
           from wanted w join written using (id) order by w.id"#,
        &ids,
        &uids,
        &kinds,
        &of_rooms,
        &senders as &[Option<String>],
        &rooms as &[Option<Uuid>],
        &messages as &[Option<Uuid>],
        &seqs as &[Option<i64>],
        &texts,
        i64::from(MAX_UNREAD)
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut written = Vec::with_capacity(rows.len());
    let mut pushes = Vec::new();
    let mut at = None;
    for row in rows {
        let Some(new) = ids.iter().position(|id| *id == row.id).and_then(|n| notices.get(n)) else {
            return Err(StoreError::corrupt("a notice", "it was written under another id"));
        };
        let notice = Notice {
            notice_id: NoticeId::from_uuid(row.id),
            kind: new.kind,
            at: At::from_ms(row.at_ms),
            from: new.from.clone(),
            room_id: new.room,
            message_id: new.message.map(|(id, _)| id),
            seq: new.message.and_then(|(_, seq)| u64::try_from(seq).ok()),
            text: new.text.clone(),
            read_at: None,
        };
        at = Some(notice.at);
        written.push((new.uid.clone(), notice.clone()));
        if !row.quiet {
            // The rows of this statement are not yet seen by its count.
            let own = written.iter().filter(|(uid, _)| *uid == new.uid).count();
            let push = NewNoticePush { notice, unread: capped(row.unread + i64::try_from(own).unwrap_or(0)) };
            let data = serde_json::to_value(push).map_err(|e| StoreError::corrupt("a notice", e))?;
            pushes.push(EventPush { uids: vec![new.uid.clone()], event: "notices.new".to_owned(), data: Some(data) });
        }
    }
    if let (Some(at), false) = (at, pushes.is_empty()) {
        let event = NewEvent {
            event: "notice.written",
            entity: EventId::generate().to_string(),
            version: 1,
            at,
            actor: "house".to_owned(),
            data: serde_json::json!({ "notices": pushes.len() }),
            pushes,
        };
        emit(conn, &event).await?;
    }
    Ok(written)
}

/// Those who want to hear of every message of some rooms, with the room.
pub async fn listeners(conn: &mut PgConnection, rooms: &[RoomId]) -> Result<Vec<(RoomId, Uid)>, StoreError> {
    let rooms: Vec<Uuid> = rooms.iter().map(|room| room.as_uuid()).collect();
    let rows = sqlx::query!(
        "select room_id, uid from people.notice_settings where room_id = any($1) and level = 'all' order by room_id, uid",
        &rooms
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|r| Ok((RoomId::from_uuid(r.room_id), uid(r.uid)?))).collect()
}

/// How many notices somebody has not read, up to [`MAX_UNREAD`].
pub async fn unread(conn: &mut PgConnection, uid: &Uid) -> Result<u32, StoreError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (select from people.notices where uid = $1 and read_ms is null limit $2) as newest"#,
        uid.as_str(),
        i64::from(MAX_UNREAD)
    )
    .fetch_one(conn)
    .await?;
    Ok(capped(count))
}

/// Somebody's notices, the newest first.
pub async fn ls(store: &Store, uid: &Uid, request: &LsRequest) -> Result<NoticePage, StoreError> {
    let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
    let before = request.cursor.as_deref().map(str::parse::<NoticeId>).transpose().map_err(|_| {
        StoreError::Refused(ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor"))
    })?;
    let mut conn = store.pool().acquire().await?;
    let rows = sqlx::query!(
        "select id, kind, at_ms, from_uid, room_id, message_id, seq, text, read_ms from people.notices
         where uid = $1 and ($2::uuid is null or id < $2) and (not $3 or read_ms is null) order by id desc limit $4",
        uid.as_str(),
        before.map(NoticeId::as_uuid),
        request.unread,
        i64::from(limit) + 1
    )
    .fetch_all(&mut *conn)
    .await?;
    let more = rows.len() > limit as usize;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows.into_iter().take(limit as usize) {
        items.push(Notice {
            notice_id: NoticeId::from_uuid(row.id),
            kind: kind(&row.kind)?,
            at: At::from_ms(row.at_ms),
            from: row.from_uid.map(self::uid).transpose()?,
            room_id: row.room_id.map(RoomId::from_uuid),
            message_id: row.message_id.map(MessageId::from_uuid),
            seq: row.seq.and_then(|seq| u64::try_from(seq).ok()),
            text: row.text,
            read_at: row.read_ms.map(At::from_ms),
        });
    }
    let cursor = if more { items.last().map(|n| n.notice_id.to_string()) } else { None };
    Ok(NoticePage { items, cursor, unread: unread(&mut conn, uid).await? })
}

/// Marks notices as read. What was read stays read.
pub async fn read(store: &Store, uid: &Uid, request: &ReadRequest) -> Result<UnreadCount, StoreError> {
    let said = [request.notice_id.is_some(), request.up_to.is_some(), request.room_id.is_some()];
    if said.iter().filter(|said| **said).count() != 1 {
        let text = "say exactly one of notice_id, up_to and room_id";
        return Err(StoreError::Refused(ApiError::new(ErrorCode::BadRequest, text).on_field("notice_id")));
    }
    let mut conn = store.pool().acquire().await?;
    sqlx::query!(
        "update people.notices set read_ms = store.now_ms() where uid = $1 and read_ms is null
         and ($2::uuid is null or id = $2) and ($3::uuid is null or id <= $3) and ($4::uuid is null or room_id = $4)",
        uid.as_str(),
        request.notice_id.map(NoticeId::as_uuid),
        request.up_to.map(NoticeId::as_uuid),
        request.room_id.map(RoomId::as_uuid)
    )
    .execute(&mut *conn)
    .await?;
    Ok(UnreadCount { unread: unread(&mut conn, uid).await? })
}

/// Marks notices of messages as read by those who have read the messages themselves: each in a room up to a place.
pub async fn read_in_rooms(conn: &mut PgConnection, read: &[(&str, RoomId, i64)]) -> Result<(), StoreError> {
    if read.is_empty() {
        return Ok(());
    }
    let uids: Vec<String> = read.iter().map(|(uid, ..)| (*uid).to_owned()).collect();
    let rooms: Vec<Uuid> = read.iter().map(|(_, room, _)| room.as_uuid()).collect();
    let places: Vec<i64> = read.iter().map(|(.., place)| *place).collect();
    sqlx::query!(
        "update people.notices p set read_ms = store.now_ms() from unnest($1::text[], $2::uuid[], $3::bigint[]) n (uid, room_id, seq)
         where p.uid = n.uid and p.room_id = n.room_id and p.seq <= n.seq and p.read_ms is null",
        &uids,
        &rooms,
        &places
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The rooms for which somebody set what he is told.
pub async fn settings(store: &Store, uid: &Uid) -> Result<NoticeSettings, StoreError> {
    let rows = sqlx::query!(
        "select room_id, level, quiet from people.notice_settings where uid = $1 order by room_id",
        uid.as_str()
    )
    .fetch_all(store.pool())
    .await?;
    let items = rows.into_iter().map(|r| {
        let level = NoticeLevel::ALL.into_iter().find(|level| level.as_str() == r.level);
        let level = level.ok_or_else(|| StoreError::corrupt("a notice setting", &r.level))?;
        Ok(NoticeSetting { room_id: RoomId::from_uuid(r.room_id), level, quiet: r.quiet })
    });
    Ok(NoticeSettings { items: items.collect::<Result<_, StoreError>>()? })
}

/// Sets what a room tells somebody. What is as if nothing were set is not kept.
pub async fn set(store: &Store, uid: &Uid, request: &SetRequest) -> Result<NoticeSetting, StoreError> {
    let principal = format!("user:{uid}");
    let mut command =
        match Command::begin(store, &principal, "notices.set", &request.request_id, false, request).await? {
            Begun::Before(setting) => return Ok(setting),
            Begun::New(command) => command,
        };
    let result = write_setting(&mut command, uid, request).await;
    command.finish(result).await
}

/// Drops notices that are older than 90 days; gives how many.
pub async fn prune(store: &Store) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "delete from people.notices where id in (select id from people.notices where at_ms < store.now_ms() - $1 order by at_ms limit $2)",
        KEEP_MS,
        PRUNE_AT_ONCE
    )
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected())
}

async fn write_setting(conn: &mut PgConnection, uid: &Uid, request: &SetRequest) -> Result<NoticeSetting, StoreError> {
    let SetRequest { room_id, level, quiet, .. } = *request;
    if (level, quiet) == (NoticeLevel::default(), false) {
        sqlx::query!(
            "delete from people.notice_settings where uid = $1 and room_id = $2",
            uid.as_str(),
            room_id.as_uuid()
        )
        .execute(conn)
        .await?;
    } else {
        sqlx::query!(
            "insert into people.notice_settings (uid, room_id, level, quiet) values ($1, $2, $3, $4)
             on conflict (uid, room_id) do update set level = excluded.level, quiet = excluded.quiet",
            uid.as_str(),
            room_id.as_uuid(),
            level.as_str(),
            quiet
        )
        .execute(conn)
        .await?;
    }
    Ok(NoticeSetting { room_id, level, quiet })
}

/// One message tells each person one thing: that he is mentioned rather than that he is answered, and that rather than that it is there.
fn once_each(notices: &[NewNotice]) -> Vec<&NewNotice> {
    let mut sorted: Vec<&NewNotice> = notices.iter().collect();
    sorted.sort_by_key(|notice| notice.kind);
    let mut seen = BTreeSet::new();
    sorted.retain(|notice| notice.message.is_none_or(|(message, _)| seen.insert((&notice.uid, message))));
    sorted
}

fn capped(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(MAX_UNREAD).min(MAX_UNREAD)
}

fn uid(text: String) -> Result<Uid, StoreError> {
    Uid::new(text).map_err(|e| StoreError::corrupt("a notice's user", e))
}

fn kind(text: &str) -> Result<NoticeKind, StoreError> {
    let found = NoticeKind::ALL.into_iter().find(|kind| kind.as_str() == text);
    found.ok_or_else(|| StoreError::corrupt("a notice's kind", text))
}
