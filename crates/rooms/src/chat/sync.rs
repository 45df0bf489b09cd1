//! What changed in a room after a number: how an app closes a gap.
//!
//! All is read as of one instant. Where not all fits, the answer goes up to a number and no further, and has all that was last changed up
//! to it; the rest comes with the next question. Each change has a number of its own, so that no cut falls between two of one number.

use callboard_contract::api::chat::{SyncReply, SyncRequest};
use callboard_contract::limits::MAX_MESSAGES;
use callboard_contract::room::RoomMember;
use callboard_domain::{At, RoomMemberState, RoomPower, SanctionKind, Uid};
use callboard_people::sanctions;
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use super::history::{fit, limit};
use super::message::{self, Key, wire};
use super::reader::{Reader, instant};
use crate::MemberRow;
use crate::member;
use crate::standing::covers;

/// Members of one answer.
const MAX_MEMBERS: usize = 500;

/// Everything that changed in a room after a number, as it is now.
pub async fn sync(store: &Store, uid: &Uid, request: &SyncRequest) -> Result<SyncReply, StoreError> {
    let limit = limit(request.limit, MAX_MESSAGES)? as usize;
    let mut tx = instant(store).await?;
    let reader = Reader::of(&mut tx, request.room_id, uid).await?;
    let after = i64::try_from(request.after).unwrap_or(i64::MAX);
    let messages = changed_messages(&mut tx, &reader, after, limit + 1).await?;
    let members = changed_members(&mut tx, &reader, after).await?;
    let head = reader.room.head;
    let mut upto = head;
    if let Some((_, changed)) = messages.get(limit) {
        upto = upto.min(changed - 1);
    }
    if let Some(member) = members.get(MAX_MEMBERS) {
        upto = upto.min(member.changed - 1);
    }
    let keys: Vec<Key> = messages
        .iter()
        .take(limit)
        .filter(|(_, changed)| *changed <= upto)
        .map(|(seq, _)| (reader.room.id, *seq))
        .collect();
    let mut messages = message::views(&mut tx, &keys).await?;
    if fit(&mut messages) {
        upto = messages.last().map_or(upto, |m| i64::try_from(m.changed).unwrap_or(upto));
    }
    let members: Vec<MemberRow> = members.into_iter().take(MAX_MEMBERS).filter(|m| m.changed <= upto).collect();
    let members = views(&mut tx, &reader, members).await?;
    let room = (reader.room.changed > after && reader.room.changed <= upto).then(|| reader.room.view());
    Ok(SyncReply { messages, members, room, seq: wire(upto), more: upto < head })
}

/// Places and numbers of the messages that changed, in the order of their last changes.
async fn changed_messages(
    conn: &mut PgConnection,
    reader: &Reader,
    after: i64,
    limit: usize,
) -> Result<Vec<(i64, i64)>, StoreError> {
    let rows = sqlx::query!(
        "select seq, changed from rooms.messages where room_id = $1 and changed > $2 and (not held or author = $3 or $4)
         order by changed limit $5",
        reader.room.id.as_uuid(),
        after,
        reader.uid.as_str(),
        reader.reviews(),
        i64::try_from(limit).unwrap_or(i64::MAX)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.seq, r.changed)).collect())
}

/// Who was invited or waits is for those to see who invite or let in.
async fn changed_members(conn: &mut PgConnection, reader: &Reader, after: i64) -> Result<Vec<MemberRow>, StoreError> {
    let doors = reader.standing.may(RoomPower::Invite) || reader.standing.may(RoomPower::Admit);
    let hidden: Vec<String> = if doors {
        Vec::new()
    } else {
        [RoomMemberState::Invited, RoomMemberState::Lobby].iter().map(ToString::to_string).collect()
    };
    let uids = sqlx::query_scalar!(
        "select uid from rooms.members where room_id = $1 and changed > $2 and (uid = $3 or state <> all($4)) order by changed limit $5",
        reader.room.id.as_uuid(),
        after,
        reader.uid.as_str(),
        &hidden,
        i64::try_from(MAX_MEMBERS + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(&mut *conn)
    .await?;
    let who = uids
        .into_iter()
        .map(|uid| Ok((reader.room.id, Uid::new(uid).map_err(|e| StoreError::corrupt("a member's name", e))?)));
    let mut rows = member::read(conn, &who.collect::<Result<Vec<_>, StoreError>>()?).await?;
    rows.sort_unstable_by_key(|row| row.changed);
    Ok(rows)
}

async fn views(conn: &mut PgConnection, reader: &Reader, rows: Vec<MemberRow>) -> Result<Vec<RoomMember>, StoreError> {
    let uids: Vec<Uid> = rows.iter().map(|row| row.uid.clone()).collect();
    if uids.is_empty() {
        return Ok(Vec::new());
    }
    let against = sanctions::standing(conn, &uids).await?;
    let muted = |uid: &Uid| -> Option<At> {
        let mutes =
            against.iter().filter(|s| s.uid == *uid && s.kind == SanctionKind::Mute && covers(&s.scope, &reader.room));
        mutes.filter_map(|s| s.until).max()
    };
    Ok(rows.iter().map(|row| row.view(muted(&row.uid))).collect())
}
