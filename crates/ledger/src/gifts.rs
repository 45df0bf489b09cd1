//! Gifts and tips: what can be given, what was given, who gave most. Each gift is a payment ([`crate::pay`]) with a row of its own.
//!
//! Where it is given is not looked at here: whether both are in the room or the call is the caller's to know.

mod board;
mod catalogue;
mod given;

use callboard_contract::api::gifts::{GiftReceived, SendRequest, TIP};
use callboard_contract::limits::{MAX_GIFT_COUNT, STREAK_MS, TIP_COINS};
use callboard_contract::room::GiftView;
use callboard_contract::{ApiError, ErrorCode, EventPush};
use callboard_domain::{At, CallId, Coins, GiftId, RoomId, Split, TransferId, Uid};
use callboard_store::{NewEvent, StoreError, emit, refuse};
use sqlx::PgConnection;

use crate::pay::{Payment, pay};
use crate::transfer::TransferKind;

pub use board::leaderboard;
pub use catalogue::{ls, offers, set};
pub use given::given;

/// A gift that was given and paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The gift, as others see it.
    pub view: GiftView,
    /// The transfer that paid for it.
    pub transfer_id: TransferId,
    /// What the giver can spend now.
    pub available: Coins,
}

/// Gives what is asked for, in the caller's transaction: pays for it and writes it down. Locks the accounts, so lock rooms before.
pub async fn give(conn: &mut PgConnection, at: At, giver: &Uid, request: &SendRequest) -> Result<Given, StoreError> {
    let gift = request.gift.as_str();
    let offer = sqlx::query!("select price, split, retired_ms from ledger.gift_catalogue where gift = $1", gift)
        .fetch_optional(&mut *conn)
        .await?;
    let Some(offer) = offer.filter(|offer| offer.retired_ms.is_none()) else {
        let text = format!("there is no gift `{gift}` to give; `gifts.catalogue` lists what there is");
        return Err(ApiError::new(ErrorCode::NotFound, text).on_field("gift").into());
    };
    let split: Split = serde_json::from_value(offer.split).map_err(|e| StoreError::corrupt("a gift's split", e))?;
    let (count, amount) = cost(request, offer.price.map(Coins::from_units))?;
    let payment = Payment {
        kind: TransferKind::Gift,
        payer: giver,
        payee: &request.to,
        amount,
        split: &split,
        reference: reference(request, count),
        actor: format!("user:{giver}"),
    };
    let paid = pay(&mut *conn, at, &payment).await?;
    let id = GiftId::generate();
    // The giver's wallet is locked by now, so that two gifts of his at once are counted one after the other.
    let streak = streak(&mut *conn, at, giver, request).await? + i64::from(count);
    let streak = u32::try_from(streak).map_err(|_| StoreError::corrupt("a streak", streak))?;
    sqlx::query!(
        "insert into ledger.gifts (id, transfer_id, gift, giver, receiver, room_id, call_id, count, amount, kept, streak, at_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11)",
        id.as_uuid(),
        paid.transfer_id.as_uuid(),
        gift,
        giver.as_str(),
        request.to.as_str(),
        request.room_id.map(RoomId::as_uuid),
        request.call_id.map(CallId::as_uuid),
        i32::try_from(count).map_err(|_| StoreError::corrupt("a count", count))?,
        amount.units(),
        i32::try_from(streak).map_err(|_| StoreError::corrupt("a streak", streak))?,
        at.as_ms()
    )
    .execute(conn)
    .await?;
    let view = GiftView { gift_id: id, gift: gift.to_owned(), to: request.to.clone(), count, amount, streak };
    Ok(Given { view, transfer_id: paid.transfer_id, available: paid.available })
}

/// Tells of a gift that was given: an event, and a push `gifts.received` to some people.
pub async fn tell(conn: &mut PgConnection, at: At, gift: &GiftReceived, to: Vec<Uid>) -> Result<(), StoreError> {
    let event = NewEvent {
        event: "gift.given",
        entity: gift.gift.gift_id.to_string(),
        version: 1,
        at,
        actor: format!("user:{}", gift.from),
        data: serde_json::to_value(gift).map_err(|e| StoreError::corrupt("a gift", e))?,
        pushes: vec![EventPush { uids: to, event: "gifts.received".to_owned(), data: None }],
    };
    emit(conn, &event).await
}

/// How many are given, and what they cost in all.
fn cost(request: &SendRequest, price: Option<Coins>) -> Result<(u32, Coins), StoreError> {
    let bad =
        |field: &str, text: String| StoreError::Refused(ApiError::new(ErrorCode::BadRequest, text).on_field(field));
    let count = request.count.unwrap_or(1);
    match (price, request.amount) {
        (None, Some(amount)) => {
            let (least, most) = (Coins::whole(*TIP_COINS.start()), Coins::whole(*TIP_COINS.end()));
            if amount < least || amount > most {
                return Err(bad("amount", format!("a tip is {least} to {most} coins, not {amount}")));
            }
            if count != 1 {
                return Err(bad("count", format!("a tip is one; say its amount instead of {count} times")));
            }
            Ok((1, amount))
        }
        (None, None) => Err(bad("amount", "say how many coins the tip is".to_owned())),
        (Some(price), Some(_)) => {
            Err(bad("amount", format!("this gift costs {price}; only a `{TIP}` has an amount of its own")))
        }
        (Some(price), None) => {
            if !(1..=MAX_GIFT_COUNT).contains(&count) {
                return Err(bad("count", format!("1 to {MAX_GIFT_COUNT} gifts are given at once, not {count}")));
            }
            if request.expect_price.is_some_and(|expected| price > expected) {
                return refuse(ErrorCode::Stale, format!("`{}` costs {price} by now; look at it again", request.gift));
            }
            let amount = price.units().checked_mul(i64::from(count)).map(Coins::from_units);
            amount.map(|amount| (count, amount)).ok_or_else(|| StoreError::corrupt("a gift's price", price))
        }
    }
}

fn reference(request: &SendRequest, count: u32) -> String {
    let what = if count == 1 { request.gift.clone() } else { format!("{count} of {}", request.gift) };
    match (request.room_id, request.call_id) {
        (Some(room), _) => format!("{what} in room {room}"),
        (None, Some(call)) => format!("{what} in call {call}"),
        (None, None) => what,
    }
}

/// How many of this gift the giver gave in a row before, to the same person in the same place.
async fn streak(conn: &mut PgConnection, at: At, giver: &Uid, request: &SendRequest) -> Result<i64, StoreError> {
    let before = sqlx::query_scalar!(
        "select streak from ledger.gifts
         where giver = $1 and receiver = $2 and gift = $3 and room_id is not distinct from $4 and call_id is not distinct from $5
           and at_ms >= $6 order by at_ms desc, id desc limit 1",
        giver.as_str(),
        request.to.as_str(),
        request.gift,
        request.room_id.map(RoomId::as_uuid),
        request.call_id.map(CallId::as_uuid),
        at.as_ms() - STREAK_MS
    )
    .fetch_optional(conn)
    .await?;
    Ok(i64::from(before.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use callboard_domain::RequestId;

    use super::*;

    fn asked(gift: &str, amount: Option<i64>, count: Option<u32>) -> SendRequest {
        SendRequest {
            request_id: RequestId::generate(),
            to: Uid::new("noor").expect("a name"),
            room_id: None,
            call_id: None,
            gift: gift.to_owned(),
            amount: amount.map(Coins::whole),
            count,
            expect_price: Some(Coins::whole(5)),
        }
    }

    #[test]
    fn a_gift_costs_its_price_and_a_tip_what_is_said() {
        let five = Some(Coins::whole(5));
        let good = [
            (asked("rose", None, None), five, (1, 5)),
            (asked("rose", None, Some(99)), five, (99, 495)),
            (asked("tip", Some(7), None), None, (1, 7)),
            (asked("tip", Some(10_000), Some(1)), None, (1, 10_000)),
        ];
        for (request, price, (count, coins)) in good {
            assert_eq!(cost(&request, price).expect("a cost"), (count, Coins::whole(coins)), "{request:?}");
        }
        let bad = [
            (asked("rose", Some(5), None), five, "amount"),
            (asked("rose", None, Some(0)), five, "count"),
            (asked("rose", None, Some(100)), five, "count"),
            (asked("tip", None, None), None, "amount"),
            (asked("tip", Some(0), None), None, "amount"),
            (asked("tip", Some(-5), None), None, "amount"),
            (asked("tip", Some(10_001), None), None, "amount"),
            (asked("tip", Some(5), Some(2)), None, "count"),
        ];
        for (request, price, field) in bad {
            let Err(StoreError::Refused(error)) = cost(&request, price) else { panic!("{request:?} has a cost") };
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadRequest, Some(field)), "{request:?}");
        }
        let Err(StoreError::Refused(error)) = cost(&asked("rose", None, None), Some(Coins::whole(6))) else {
            panic!("dearer than was expected")
        };
        assert_eq!(error.code, ErrorCode::Stale);
    }
}
