//! Who gave most. What was refunded does not count, and who got all back did not give.

use callboard_contract::api::gifts::{Giver, LeaderboardReply, LeaderboardRequest, Span};
use callboard_contract::limits::MAX_LEADERBOARD;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{Coins, RoomId, Uid};
use callboard_store::{StoreError, now};
use sqlx::PgConnection;

/// How many givers are listed where nothing is said.
const DEFAULT_GIVERS: u32 = 10;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Who gave most to somebody or in a room, and the place of one of them. Whether he may see the room is the caller's to know.
pub async fn leaderboard(
    conn: &mut PgConnection,
    me: &Uid,
    request: &LeaderboardRequest,
) -> Result<LeaderboardReply, StoreError> {
    let bad =
        |field: &str, text: String| StoreError::Refused(ApiError::new(ErrorCode::BadRequest, text).on_field(field));
    let limit = request.limit.unwrap_or(DEFAULT_GIVERS);
    if !(1..=MAX_LEADERBOARD).contains(&limit) {
        return Err(bad("limit", format!("limit must be 1 to {MAX_LEADERBOARD}, not {limit}")));
    }
    let at = now(&mut *conn).await?.as_ms();
    let since = match request.span {
        Span::Day => at - DAY_MS,
        Span::Week => at - 7 * DAY_MS,
        Span::Month => at - 30 * DAY_MS,
        Span::All => 0,
    };
    if request.to.is_some() == request.room_id.is_some() {
        return Err(bad("to", "say whose leaderboard: that of a person or that of a room".to_owned()));
    }
    // The planner knows which of the two is absent, so that each reads its own index.
    let rows = sqlx::query_as!(
        Row,
        "with sums as (select giver, sum(kept)::bigint as amount, sum(count) as gifts from ledger.gifts
             where ($1::text is null or receiver = $1) and ($2::uuid is null or room_id = $2) and at_ms >= $3 and kept > 0 group by giver),
         places as (select *, rank() over (order by amount desc) as place,
             row_number() over (order by amount desc, giver) as line from sums)
         select place as \"place!\", giver, amount as \"amount!\", gifts as \"gifts!\", line as \"line!\" from places
         where line <= $4 or giver = $5 order by line",
        request.to.as_ref().map(Uid::as_str),
        request.room_id.map(RoomId::as_uuid),
        since,
        i64::from(limit),
        me.as_str()
    )
    .fetch_all(conn)
    .await?;
    let mut reply = LeaderboardReply { items: Vec::with_capacity(rows.len()), me: None };
    for row in rows {
        let line = row.line;
        let giver = Giver::try_from(row)?;
        if giver.uid == *me {
            reply.me = Some(giver.clone());
        }
        if line <= i64::from(limit) {
            reply.items.push(giver);
        }
    }
    Ok(reply)
}

struct Row {
    place: i64,
    giver: String,
    amount: i64,
    gifts: i64,
    line: i64,
}

impl TryFrom<Row> for Giver {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            place: row.place.unsigned_abs(),
            uid: Uid::new(row.giver).map_err(|e| StoreError::corrupt("a giver", e))?,
            amount: Coins::from_units(row.amount),
            gifts: row.gifts.unsigned_abs(),
        })
    }
}
