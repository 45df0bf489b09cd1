//! Gifts that were given, for staff.

use callboard_contract::adm::gifts::{GivenGift, GivenRequest};
use callboard_contract::{Page, PageQuery};
use callboard_domain::{At, CallId, Coins, GiftId, RoomId, TransferId, Uid};
use callboard_store::{Store, StoreError};
use uuid::Uuid;

use crate::history::bad_cursor;

/// Gifts, newest first.
pub async fn given(store: &Store, request: &GivenRequest) -> Result<Page<GivenGift>, StoreError> {
    let query = PageQuery { limit: request.limit, cursor: request.cursor.clone() };
    let limit = query.limit()?;
    let before = query.cursor.as_deref().map(|c| c.parse::<GiftId>().map_err(|_| bad_cursor())).transpose()?;
    let rows = sqlx::query!(
        "select id, transfer_id, gift, giver, receiver, room_id, call_id, count, amount, kept, at_ms from ledger.gifts
         where id < $1 and ($2::text is null or giver = $2) and ($3::text is null or receiver = $3) and ($4::uuid is null or room_id = $4)
         order by id desc limit $5",
        before.map_or(Uuid::max(), GiftId::as_uuid),
        request.from.as_ref().map(Uid::as_str),
        request.to.as_ref().map(Uid::as_str),
        request.room_id.map(RoomId::as_uuid),
        i64::from(limit)
    )
    .fetch_all(store.pool())
    .await?;
    let cursor = (rows.len() == limit as usize).then(|| rows.last().map(|r| r.id.to_string())).flatten();
    let uid = |text: String| Uid::new(text).map_err(|e| StoreError::corrupt("a gift", e));
    let items = rows
        .into_iter()
        .map(|r| {
            Ok(GivenGift {
                gift_id: GiftId::from_uuid(r.id),
                at: At::from_ms(r.at_ms),
                gift: r.gift,
                from: uid(r.giver)?,
                to: uid(r.receiver)?,
                count: r.count.unsigned_abs(),
                amount: Coins::from_units(r.amount),
                refunded: Coins::from_units(r.amount - r.kept),
                room_id: r.room_id.map(RoomId::from_uuid),
                call_id: r.call_id.map(CallId::from_uuid),
                transfer_id: TransferId::from_uuid(r.transfer_id),
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Page { items, cursor })
}
