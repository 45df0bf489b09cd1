//! The books of rooms: what members paid to enter against the payments that the ledger has, both ways. In the caller's snapshot.

use std::collections::BTreeMap;

use callboard_domain::{Coins, RoomId, TransferId, Uid};
use callboard_ledger::books::{Found, Report};
use callboard_ledger::pay::{EntryFee, entry_fees, entry_fees_after};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

const PAGE: i64 = 2_000;

/// What a member's row says of his entry fee.
struct Member {
    transfer: TransferId,
    room: RoomId,
    uid: Uid,
    refunded: bool,
}

/// Every entry fee that was not given back lets its payer into a room, and what a member paid is a payment of his.
pub async fn reconcile(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    paid(&mut *conn, report).await?;
    entered(conn, report).await
}

async fn paid(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    let (mut after, mut looked) = (Uuid::nil(), 0);
    loop {
        let fees = entry_fees_after(&mut *conn, after, PAGE).await?;
        let Some(last) = fees.last() else { break };
        after = last.transfer.as_uuid();
        looked += fees.len() as u64;
        let ids: Vec<Uuid> = fees.iter().map(|fee| fee.transfer.as_uuid()).collect();
        let rows = sqlx::query!(
            "select fee_transfer as \"transfer!\", uid from rooms.members where fee_transfer = any($1)",
            &ids
        )
        .fetch_all(&mut *conn)
        .await?;
        let members: BTreeMap<Uuid, String> = rows.into_iter().map(|r| (r.transfer, r.uid)).collect();
        for fee in fees.iter().filter(|fee| fee.refunded < fee.amount) {
            let member = members.get(&fee.transfer.as_uuid());
            if member.is_some_and(|uid| uid == fee.payer.as_str()) {
                continue;
            }
            report.differs(Found {
                check: "entry_fees",
                on: format!("entry fee {}", fee.transfer),
                expected: format!("{} who paid it to be let in by it", fee.payer),
                found: member.map_or_else(|| "nobody is".to_owned(), |uid| format!("{uid} is")),
                amount: fee.amount.checked_sub(fee.refunded).ok(),
                mend: format!("callboard refund create --transfer {} gives it back", fee.transfer),
            });
        }
    }
    report.check("entry_fees", "every entry fee that was not given back lets its payer in", looked);
    Ok(())
}

async fn entered(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    let (mut after, mut looked) = (Uuid::nil(), 0);
    loop {
        let members = page(&mut *conn, after).await?;
        let Some(last) = members.last() else { break };
        after = last.transfer.as_uuid();
        looked += members.len() as u64;
        let ids: Vec<TransferId> = members.iter().map(|m| m.transfer).collect();
        let fees: BTreeMap<TransferId, EntryFee> =
            entry_fees(&mut *conn, &ids).await?.into_iter().map(|fee| (fee.transfer, fee)).collect();
        for member in &members {
            let fee = fees.get(&member.transfer).filter(|fee| fee.payer == member.uid);
            let (found, amount) = match fee {
                None => ("there is no such payment of his".to_owned(), None),
                Some(fee) if member.refunded && fee.refunded < fee.amount => {
                    (format!("{} of {} were given back", fee.refunded, fee.amount), Some(left(fee)))
                }
                Some(_) => continue,
            };
            let what = if member.refunded { "an entry fee that was given back" } else { "an entry fee" };
            report.differs(Found {
                check: "entry_fees",
                on: format!("{} in room {}", member.uid, member.room),
                expected: format!("{what}, paid by transfer {}", member.transfer),
                found,
                amount,
                mend: "callboard ledger transfers shows what was paid, which is right; the member's row was changed past it"
                    .to_owned(),
            });
        }
    }
    report.check("entry_fees", "what a member paid to enter is a payment of his", looked);
    Ok(())
}

async fn page(conn: &mut PgConnection, after: Uuid) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query!(
        "select fee_transfer as \"transfer!\", room_id, uid, fee_refunded from rooms.members
         where fee_transfer > $1 order by fee_transfer limit $2",
        after,
        PAGE
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Member {
                transfer: TransferId::from_uuid(r.transfer),
                room: RoomId::from_uuid(r.room_id),
                uid: Uid::new(r.uid).map_err(|e| StoreError::corrupt("a member's name", e))?,
                refunded: r.fee_refunded,
            })
        })
        .collect()
}

fn left(fee: &EntryFee) -> Coins {
    fee.amount.saturating_sub(fee.refunded)
}
