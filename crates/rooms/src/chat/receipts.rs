//! How far members got and read.

use std::collections::BTreeMap;

use callboard_contract::api::chat::{ReceiptList, ReceiptsRequest};
use callboard_contract::limits::MAX_RECEIPT_FAN_OUT;
use callboard_contract::room::ReceiptNews;
use callboard_domain::{RoomId, Uid};
use callboard_people::notices;
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

use super::message::wire;
use super::reader::{Reader, instant};

/// How far somebody says that he got in a room. What is absent stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The room.
    pub room: RoomId,
    /// Who.
    pub uid: Uid,
    /// The last message that reached his app.
    pub delivered: Option<u64>,
    /// The last message that he read.
    pub read: Option<u64>,
}

/// How far somebody got, where it grew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// How far.
    pub news: ReceiptNews,
    /// Whether the room is so small that others are told.
    pub told: bool,
}

/// Notes receipts of many people in many rooms with one statement; gives those that grew. Numbers only grow, and never beyond the room's
/// own; what was read was delivered. Of who is no member nothing is kept.
pub async fn note_receipts(conn: &mut PgConnection, receipts: &[Receipt]) -> Result<Vec<Reached>, StoreError> {
    let mut highest: BTreeMap<(RoomId, &Uid), (i64, i64)> = BTreeMap::new();
    let number = |n: Option<u64>| n.map_or(0, |n| i64::try_from(n).unwrap_or(i64::MAX));
    for receipt in receipts {
        let kept = highest.entry((receipt.room, &receipt.uid)).or_default();
        let read = number(receipt.read);
        *kept = (kept.0.max(number(receipt.delivered)).max(read), kept.1.max(read));
    }
    let rooms: Vec<Uuid> = highest.keys().map(|(room, _)| room.as_uuid()).collect();
    let uids: Vec<String> = highest.keys().map(|(_, uid)| uid.to_string()).collect();
    let (delivered, read): (Vec<i64>, Vec<i64>) = highest.values().copied().unzip();
    // Members are locked in one order, so that two workers never wait for each other.
    let rows = sqlx::query!(
        "with said as (
             select m.room_id, m.uid, r.members, least(n.delivered, r.head) as delivered, least(n.read, r.head) as read
             from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) n (room_id, uid, delivered, read)
             join rooms.members m using (room_id, uid) join rooms.rooms r on r.id = m.room_id
             where m.state = 'joined' order by m.room_id, m.uid for no key update of m)
         update rooms.members m set delivered_seq = greatest(m.delivered_seq, s.delivered), read_seq = greatest(m.read_seq, s.read)
         from said s where m.room_id = s.room_id and m.uid = s.uid and (m.delivered_seq < s.delivered or m.read_seq < s.read)
         returning m.room_id, m.uid, m.delivered_seq, m.read_seq, s.members",
        &rooms,
        &uids,
        &delivered,
        &read
    )
    .fetch_all(&mut *conn)
    .await?;
    let read = rows.iter().map(|r| (r.uid.as_str(), RoomId::from_uuid(r.room_id), r.read_seq));
    notices::read_in_rooms(conn, &read.collect::<Vec<_>>()).await?;
    rows.into_iter()
        .map(|r| {
            let told = r.members.unsigned_abs() <= MAX_RECEIPT_FAN_OUT;
            Ok(Reached { news: news(r.room_id, r.uid, r.delivered_seq, r.read_seq)?, told })
        })
        .collect()
}

/// How far each member of a small room got.
pub async fn receipts(store: &Store, uid: &Uid, request: &ReceiptsRequest) -> Result<ReceiptList, StoreError> {
    let mut tx = instant(store).await?;
    let reader = Reader::of(&mut tx, request.room_id, uid).await?;
    if reader.room.members.unsigned_abs() > MAX_RECEIPT_FAN_OUT {
        return Ok(ReceiptList { items: Vec::new() });
    }
    let rows = sqlx::query!(
        "select room_id, uid, delivered_seq, read_seq from rooms.members where room_id = $1 and state = 'joined' order by uid",
        reader.room.id.as_uuid()
    )
    .fetch_all(&mut *tx)
    .await?;
    let items =
        rows.into_iter().map(|r| news(r.room_id, r.uid, r.delivered_seq, r.read_seq)).collect::<Result<_, _>>()?;
    Ok(ReceiptList { items })
}

fn news(room: Uuid, uid: String, delivered: i64, read: i64) -> Result<ReceiptNews, StoreError> {
    Ok(ReceiptNews {
        room_id: RoomId::from_uuid(room),
        uid: Uid::new(uid).map_err(|e| StoreError::corrupt("a member's name", e))?,
        delivered_seq: wire(delivered),
        read_seq: wire(read),
    })
}
