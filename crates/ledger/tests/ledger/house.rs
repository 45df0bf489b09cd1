//! A house with staff, payers and legs that were paid for.

use callboard_contract::adm::refund::{CreateRequest, RefundFrom, RefundView};
use callboard_contract::adm::wallet::{TopupReply, TopupRequest, WalletView};
use callboard_contract::{ApiError, ErrorCode, Reason};
use callboard_domain::{
    At, CallId, Coins, LegId, Millis, Party, RefundLimits, RequestId, Role, Share, Split, StaffName, TransferId, Uid,
};
use callboard_ledger::accounts::{self, Kind, Name};
use callboard_ledger::journal::{self, Tick};
use callboard_ledger::pay::{self, Paid, Payment};
use callboard_ledger::refund::{self, Of, Refundable, Refunder};
use callboard_ledger::settle::{LegAccounts, Settlement, Target, settle};
use callboard_ledger::transfer::{NewTransfer, TransferKind, post};
use callboard_ledger::{history, hold, topup};
use callboard_store::{StoreError, now};
use callboard_testbase::Base;

pub(crate) struct House {
    pub(crate) base: Base,
}

pub(crate) fn uid(name: &str) -> Uid {
    Uid::new(name).unwrap()
}

pub(crate) fn coins(text: &str) -> Coins {
    text.parse().unwrap()
}

pub(crate) fn split(percents: &[(&str, u8)]) -> Split {
    Split::new(percents.iter().map(|(party, n)| (Party::new(*party).unwrap(), Share::percent(*n))).collect()).unwrap()
}

pub(crate) fn staff(name: &str, role: Role) -> Refunder {
    Refunder { actor: format!("staff:{name}"), limits: role.refund_limits() }
}

pub(crate) fn limits(per_act: &str, per_day: &str) -> RefundLimits {
    RefundLimits { per_act: coins(per_act), per_day: coins(per_day) }
}

pub(crate) fn reason() -> Reason {
    "goodwill:a test".parse().unwrap()
}

pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> ApiError {
    match result {
        Err(StoreError::Refused(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> ErrorCode {
    refused(result).code
}

impl House {
    pub(crate) async fn open() -> Self {
        Self { base: callboard_testbase::fresh().await }
    }

    pub(crate) async fn top_up(&self, who: &str, amount: &str) -> TopupReply {
        let request = topup_request(who, amount);
        topup::topup(&self.base.store, &StaffName::new("ines").unwrap(), true, &request).await.unwrap()
    }

    pub(crate) async fn wallet(&self, who: &str) -> WalletView {
        history::wallet(&mut self.base.store.pool().acquire().await.unwrap(), &uid(who)).await.unwrap()
    }

    pub(crate) async fn balance(&self, name: Name) -> Coins {
        let posted: Option<i64> =
            sqlx::query_scalar("select posted from ledger.accounts where owner = $1 and kind = $2 and stripe = $3")
                .bind(&name.owner)
                .bind(name.kind.as_str())
                .bind(name.stripe)
                .fetch_optional(self.base.store.pool())
                .await
                .unwrap();
        Coins::from_units(posted.unwrap_or_default())
    }

    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(self.base.store.pool())
            .await
            .unwrap()
    }

    /// A leg that was paid for and is over, with its tick in the journal.
    pub(crate) async fn paid(&self, payer: &str, payee: &str, charge: &str, split: &Split) -> Refundable {
        let (call, leg, charge) = (CallId::generate(), LegId::generate(), coins(charge));
        let shard = journal::shard_of(call);
        let mut tx = self.base.store.pool().begin().await.unwrap();
        let at = now(&mut tx).await.unwrap();
        let mut locked = journal::lock_shard(&mut tx, shard).await.unwrap();
        let mut names = vec![
            Name::user(&uid(payer), Kind::Wallet),
            Name::user(&uid(payee), Kind::Earnings),
            Name::user(&uid(payee), Kind::Receivable),
            Name::house(Kind::Revenue, shard),
        ];
        let partners: Vec<Party> = split
            .parties()
            .iter()
            .map(|(p, _)| p.clone())
            .filter(|p| !p.is_house() && Some(p) != split.payee())
            .collect();
        names.extend(partners.iter().map(|p| Name::partner(p.as_str())));
        let ids = accounts::ensure(&mut tx, &names).await.unwrap();
        hold::place(&mut tx, call, leg, ids[0], charge, at).await.unwrap();
        let tick = Tick { leg, through: At::from_ms(at.as_ms() + 60_000), elapsed: Millis::from_secs(60), charge };
        journal::append(&mut tx, &mut locked, at, &[tick]).await.unwrap();
        let mut balances = accounts::lock(&mut tx, &ids).await.unwrap();
        let item = Settlement {
            call,
            leg,
            hold: hold::of_leg(&mut tx, leg).await.unwrap(),
            accounts: LegAccounts {
                wallet: ids[0],
                earnings: ids[1],
                receivable: ids[2],
                revenue: ids[3],
                partners: partners.into_iter().zip(ids[4..].iter().copied()).collect(),
            },
            split,
            target: Target::Final(charge),
        };
        settle(&mut tx, at, shard, &[item], &mut balances).await.unwrap();
        tx.commit().await.unwrap();
        Refundable {
            of: Of::Leg(call, leg),
            stripe: shard,
            payer: uid(payer),
            wallet: ids[0],
            earnings: ids[1],
            receivable: ids[2],
            split: split.clone(),
        }
    }

    /// Pays in a transaction of its own.
    pub(crate) async fn pay(
        &self,
        kind: TransferKind,
        payer: &str,
        payee: &str,
        amount: &str,
        split: &Split,
    ) -> Result<Paid, StoreError> {
        let mut tx = self.base.store.pool().begin().await?;
        let at = now(&mut tx).await?;
        let payment = Payment {
            kind,
            payer: &uid(payer),
            payee: &uid(payee),
            amount: coins(amount),
            split,
            reference: "a test".to_owned(),
            actor: format!("user:{payer}"),
        };
        let paid = pay::pay(&mut tx, at, &payment).await?;
        tx.commit().await?;
        Ok(paid)
    }

    /// Gives payments back in a transaction of its own.
    pub(crate) async fn give_back(&self, transfers: &[TransferId]) -> Vec<(TransferId, TransferId)> {
        let mut tx = self.base.store.pool().begin().await.unwrap();
        let at = now(&mut tx).await.unwrap();
        let done = pay::give_back_all(&mut tx, at, transfers, "user:host", "the room was closed").await.unwrap();
        tx.commit().await.unwrap();
        done
    }

    /// Pays earnings out, so that refunds find less than they want.
    pub(crate) async fn pay_out(&self, who: &str, amount: Coins) {
        let mut tx = self.base.store.pool().begin().await.unwrap();
        let names = [Name::user(&uid(who), Kind::Earnings), Name::house(Kind::Issuer, 0)];
        let ids = accounts::ensure(&mut tx, &names).await.unwrap();
        accounts::lock(&mut tx, &ids).await.unwrap();
        let transfer = NewTransfer {
            id: TransferId::generate(),
            kind: TransferKind::Topup,
            reference: format!("payout of {who}"),
            leg: None,
            actor: "house".to_owned(),
            reason: None,
            reverses: None,
            entries: vec![(ids[0], amount.negated()), (ids[1], amount)],
        };
        let at = now(&mut tx).await.unwrap();
        post(&mut tx, at, &[transfer]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A payment that staff wants to refund.
    pub(crate) async fn payment(&self, transfer: TransferId) -> Refundable {
        refund::payment(&mut self.base.store.pool().acquire().await.unwrap(), transfer).await.unwrap()
    }

    /// Refunds in a transaction of its own, as a command does.
    pub(crate) async fn refund(
        &self,
        who: &Refunder,
        of: &Refundable,
        amount: Option<&str>,
        from: RefundFrom,
    ) -> Result<RefundView, StoreError> {
        let mut tx = self.base.store.pool().begin().await?;
        let view = refund::create(&mut tx, who, of, &refund_request(of, amount, from)).await?;
        tx.commit().await?;
        Ok(view)
    }
}

pub(crate) fn topup_request(who: &str, amount: &str) -> TopupRequest {
    TopupRequest {
        request_id: RequestId::generate(),
        uid: uid(who),
        amount: coins(amount),
        reason: reason(),
        dry_run: false,
    }
}

pub(crate) fn refund_request(of: &Refundable, amount: Option<&str>, from: RefundFrom) -> CreateRequest {
    let (call_id, leg_id, transfer_id) = match of.of {
        Of::Leg(call, leg) => (Some(call), Some(leg), None),
        Of::Payment(transfer) => (None, None, Some(transfer)),
    };
    CreateRequest {
        request_id: RequestId::generate(),
        call_id,
        leg_id,
        transfer_id,
        amount: amount.map(coins),
        from,
        reason: reason(),
        expect_refunded_before: None,
        dry_run: false,
    }
}
