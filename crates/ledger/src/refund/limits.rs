//! What a member of staff may refund alone. The daily sums count per person, per beneficiary and per leg or payment, whoever refunded: so
//! neither many small acts nor several colleagues get past the limit.

use callboard_contract::ErrorCode;
use callboard_domain::{Coins, RefundLimits, TransferId, Uid};
use callboard_store::{StoreError, now, refuse};
use sqlx::PgConnection;

use super::Of;
use crate::accounts::user_owner;

/// The span that the daily sums run over.
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What was refunded within the last 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Used {
    person: Coins,
    beneficiary: Coins,
    leg: Coins,
}

impl Used {
    /// The largest of the sums.
    pub(super) fn most(&self) -> Coins {
        self.person.max(self.beneficiary).max(self.leg)
    }
}

/// Makes refunds of one person wait for each other, so that two at once cannot both pass below the limit.
/// The sums per beneficiary and per leg are kept by the locks on the wallet and on the shard or the payment.
pub(super) async fn lock(conn: &mut PgConnection, actor: &str) -> Result<(), StoreError> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('refund:' || $1, 0))", actor).fetch_one(conn).await?;
    Ok(())
}

/// What staff refunded. What the house gives back by a rule is of another kind and uses up nobody's limit.
pub(super) async fn used(conn: &mut PgConnection, actor: &str, payer: &Uid, of: Of) -> Result<Used, StoreError> {
    let since = now(&mut *conn).await?.as_ms() - DAY_MS;
    let sums = sqlx::query!(
        "select coalesce(sum(e.amount) filter (where t.actor = $2), 0)::bigint as \"person!\",
                coalesce(sum(e.amount) filter (where a.owner = $3), 0)::bigint as \"beneficiary!\",
                coalesce(sum(e.amount) filter (where t.leg_id = $4 or t.reverses = $5), 0)::bigint as \"leg!\"
         from ledger.transfers t join ledger.entries e on e.transfer_id = t.id and e.amount > 0
         join ledger.accounts a on a.id = e.account_id and a.kind = 'wallet'
         where t.kind = 'refund' and t.at_ms > $1",
        since,
        actor,
        user_owner(payer),
        of.leg().map(|(_, leg)| leg.as_uuid()),
        of.transfer().map(TransferId::as_uuid)
    )
    .fetch_one(conn)
    .await?;
    Ok(Used {
        person: Coins::from_units(sums.person),
        beneficiary: Coins::from_units(sums.beneficiary),
        leg: Coins::from_units(sums.leg),
    })
}

/// Refuses with `limit` and says which one stands against it.
pub(super) fn check(limits: &RefundLimits, used: &Used, amount: Coins) -> Result<(), StoreError> {
    let elsewhere = "somebody with a higher limit must do it";
    if amount > limits.per_act {
        return refuse(
            ErrorCode::Limit,
            format!("{amount} is above your limit of {} for one refund; {elsewhere}", limits.per_act),
        );
    }
    let sums = [("by you", used.person), ("to this payer", used.beneficiary), ("of this payment", used.leg)];
    for (whose, used) in sums {
        if amount.units().saturating_add(used.units()) > limits.per_day.units() {
            let limit = limits.per_day;
            return refuse(
                ErrorCode::Limit,
                format!(
                    "{used} were refunded {whose} in the last 24 hours; with {amount} more that is above your limit of {limit} for a day; {elsewhere}"
                ),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_refuses_just_above_itself_and_names_itself() {
        let limits = RefundLimits { per_act: Coins::whole(50), per_day: Coins::whole(200) };
        let used = |person, beneficiary, leg| Used {
            person: Coins::whole(person),
            beneficiary: Coins::whole(beneficiary),
            leg: Coins::whole(leg),
        };
        assert!(check(&limits, &used(150, 0, 0), Coins::whole(50)).is_ok());
        let refused =
            |used: Used, amount: Coins| check(&limits, &used, amount).expect_err("above the limit").to_string();
        assert!(refused(used(0, 0, 0), Coins::from_units(500_001)).contains("one refund"));
        assert!(refused(used(151, 0, 0), Coins::whole(50)).contains("by you"));
        assert!(refused(used(0, 151, 0), Coins::whole(50)).contains("to this payer"));
        assert!(refused(used(0, 0, 151), Coins::whole(50)).contains("of this payment"));
    }
}
