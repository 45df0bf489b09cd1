//! Entry fees and gifts against their transfers, and gifts against their payments.

use callboard_domain::Coins;
use callboard_store::StoreError;
use sqlx::PgConnection;

use super::report::{Found, ROWS, Report};

const RESTORE: &str = "callboard ledger transfers shows the transfers, which are right; the row was changed past them: restore it from the last backup";

/// Every payment was paid by its transfer and given back by the transfers that reverse it.
pub(super) async fn payments(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    let looked = sqlx::query_scalar!("select count(*) as \"n!\" from ledger.payments").fetch_one(&mut *conn).await?;
    report.check(
        "payments",
        "every entry fee and gift was paid and refunded by its transfers, and is what the payer's wallet says",
        looked.unsigned_abs(),
    );
    let rows = sqlx::query!(
        "select coalesce(p.transfer_id, t.id) as \"id!\", coalesce(p.amount, 0) as \"amount!\", coalesce(p.refunded, 0) as \"refunded!\",
                coalesce(x.paid, 0)::bigint as \"paid!\", coalesce(r.given, 0)::bigint as \"given!\"
         from ledger.payments p full join (select id, kind from ledger.transfers where kind in ('entry_fee', 'gift')) t
             on t.id = p.transfer_id and t.kind = p.kind
         left join lateral (select -sum(e.amount) as paid from ledger.entries e join ledger.accounts a on a.id = e.account_id
             where e.transfer_id = t.id and a.kind = 'wallet' and (p.payer is null or a.owner = 'user:' || p.payer)) x on true
         left join lateral (select sum(e.amount) as given from ledger.transfers b join ledger.entries e on e.transfer_id = b.id
             join ledger.accounts a on a.id = e.account_id
             where b.reverses = p.transfer_id and b.kind in ('refund', 'give_back') and a.kind = 'wallet' and a.owner = 'user:' || p.payer) r on true
         where coalesce(p.amount, 0) <> coalesce(x.paid, 0) or coalesce(p.refunded, 0) <> coalesce(r.given, 0)
         order by 1 limit $1",
        ROWS
    )
    .fetch_all(conn)
    .await?;
    for r in rows {
        let paid = r.amount != r.paid;
        let (says, posted, what) = if paid { (r.amount, r.paid, "paid") } else { (r.refunded, r.given, "refunded") };
        report.differs(Found {
            check: "payments",
            on: format!("payment {}", r.id),
            expected: format!("{} {what}, as its transfers posted", Coins::from_units(posted)),
            found: format!("{} {what}, as the payment says", Coins::from_units(says)),
            amount: Some(Coins::from_units(says.saturating_sub(posted))),
            mend: RESTORE.to_owned(),
        });
    }
    Ok(())
}

/// Every payment for a gift has its gift, and every gift is what was paid for it and kept of it.
pub(super) async fn gifts(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    let looked = sqlx::query_scalar!("select count(*) as \"n!\" from ledger.gifts").fetch_one(&mut *conn).await?;
    report.check("payments", "every gift was paid for and keeps what was not refunded", looked.unsigned_abs());
    let rows = sqlx::query!(
        "select coalesce(p.transfer_id, g.transfer_id) as \"id!\", g.id as \"gift?\", coalesce(p.amount, 0) as \"paid!\",
                coalesce(p.amount - p.refunded, 0) as \"left!\", coalesce(g.amount, 0) as \"amount!\", coalesce(g.kept, 0) as \"kept!\"
         from (select * from ledger.payments where kind = 'gift') p
         full join ledger.gifts g on g.transfer_id = p.transfer_id and g.giver = p.payer and g.receiver = p.payee
         where g.id is null or p.transfer_id is null or g.amount <> p.amount or g.kept <> p.amount - p.refunded
         order by 1 limit $1",
        ROWS
    )
    .fetch_all(conn)
    .await?;
    for r in rows {
        report.differs(Found {
            check: "payments",
            on: r.gift.map_or_else(|| format!("payment {}", r.id), |gift| format!("gift {gift}")),
            expected: format!("{} paid and {} kept", Coins::from_units(r.paid), Coins::from_units(r.left)),
            found: format!(
                "{} paid and {} kept, as the gift says",
                Coins::from_units(r.amount),
                Coins::from_units(r.kept)
            ),
            amount: Some(Coins::from_units(r.kept.saturating_sub(r.left))),
            mend: RESTORE.to_owned(),
        });
    }
    Ok(())
}
