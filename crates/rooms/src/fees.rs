//! Entry fees: paid by who enters, shared by host and house, given back where the rules say so.
//!
//! Paid once per membership: who paid and left pays nothing when he comes back, and who was taken out gets nothing back. Who paid and is not let
//! in from the lobby does, and everybody does if the room is closed before the time that was promised.

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{Coins, Party, Share, Split, TransferId, Uid};
use callboard_ledger::pay::{Payment, give_back, give_back_all, pay};
use callboard_ledger::transfer::TransferKind;
use callboard_people::sanctions;
use callboard_store::StoreError;
use sqlx::PgConnection;

use crate::member::MemberRow;
use crate::refusal::conflict;
use crate::scene::Scene;

/// What the host gets of an entry fee, in hundredths; the rest is the house's.
const HOST_PERCENT: u8 = 80;

fn split() -> Split {
    let party = |name: &str| Party::new(name).expect("the name keeps the rules of parties");
    let house = Share::percent(100 - HOST_PERCENT);
    Split::new(vec![(party("host"), Share::percent(HOST_PERCENT)), (party("platform"), house)])
        .expect("the two shares make up the whole")
}

/// What entering costs somebody now: nothing if he paid before, or if the room is his.
pub(crate) fn due(scene: &Scene, member: Option<&MemberRow>, uid: &Uid) -> Option<Coins> {
    let owes = scene.room.tenant.as_ref() != Some(uid) && !member.is_some_and(MemberRow::has_paid);
    scene.room.entry_fee.filter(|_| owes)
}

/// Takes the fee from who enters. He must have been shown it.
pub(crate) async fn charge(
    conn: &mut PgConnection,
    scene: &Scene,
    member: &mut MemberRow,
    shown: Option<Coins>,
) -> Result<(), StoreError> {
    let Some(fee) = due(scene, Some(member), &member.uid) else { return Ok(()) };
    let Some(host) = &scene.room.tenant else {
        return Err(StoreError::corrupt("a room", "it costs something and is nobody's"));
    };
    if shown.is_none_or(|shown| shown < fee) {
        let text = format!("entering costs {fee} coins; show it and enter with `fee`, nothing was paid");
        return Err(ApiError::new(ErrorCode::Stale, text).on_field("fee").into());
    }
    sanctions::may_spend(&mut *conn, &member.uid).await?;
    let payment = Payment {
        kind: TransferKind::EntryFee,
        payer: &member.uid,
        payee: host,
        amount: fee,
        split: &split(),
        reference: format!("room {}", scene.room.id),
        actor: scene.actor.clone(),
    };
    let paid = pay(conn, scene.at, &payment).await?;
    member.fee_transfer = Some(paid.transfer_id);
    member.fee_refunded = false;
    member.entered = false;
    Ok(())
}

/// Gives the fee back to one who was not let in. To be called before his row is written.
pub(crate) async fn not_let_in(
    conn: &mut PgConnection,
    scene: &Scene,
    member: &mut MemberRow,
) -> Result<(), StoreError> {
    if let (Some(transfer), true) = (member.fee_transfer, member.has_paid() && !member.entered) {
        give_back(conn, scene.at, transfer, &scene.actor, "not let in from the lobby").await?;
        member.fee_refunded = true;
    }
    Ok(())
}

/// Gives everybody's fee back, if the room is closed before the time that was promised.
pub(crate) async fn broken_promise(conn: &mut PgConnection, scene: &Scene) -> Result<(), StoreError> {
    if scene.room.promised_until.is_none_or(|until| until <= scene.at) {
        return Ok(());
    }
    let paid = sqlx::query_scalar!(
        "update rooms.members set fee_refunded = true where room_id = $1 and fee_transfer is not null and not fee_refunded
         returning fee_transfer as \"fee_transfer!\"",
        scene.room.id.as_uuid()
    )
    .fetch_all(&mut *conn)
    .await?;
    let paid: Vec<TransferId> = paid.into_iter().map(TransferId::from_uuid).collect();
    if paid.is_empty() {
        return Ok(());
    }
    give_back_all(conn, scene.at, &paid, &scene.actor, "the room was closed before the promised time").await?;
    Ok(())
}

/// Refuses where one more would not fit.
pub(crate) fn has_place(scene: &Scene) -> Result<(), StoreError> {
    if scene.room.members < scene.room.capacity {
        return Ok(());
    }
    Err(crate::refusal::limit(format!(
        "room {} is full: {} are in it; try again later",
        scene.room.id, scene.room.members
    )))
}

/// Refuses where a room is over.
pub(crate) fn not_closed(scene: &Scene) -> Result<(), StoreError> {
    if scene.room.state == callboard_domain::RoomState::Closed {
        return Err(conflict(format!("room {} is closed for good", scene.room.id)));
    }
    Ok(())
}
