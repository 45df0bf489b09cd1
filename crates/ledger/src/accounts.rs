//! Accounts and their balances. An account is locked before it is changed, and many always in the order of their ids.

use std::collections::BTreeMap;

use callboard_domain::{AccountId, Coins, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;

/// How many stripes the platform's revenue is spread over, so that shards do not wait for each other: one for each shard.
pub const REVENUE_STRIPES: i16 = 32;

/// The kinds of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What a user can spend.
    Wallet,
    /// What a payee earned.
    Earnings,
    /// What a payee owes: zero or negative.
    Receivable,
    /// What the house earned, striped.
    Revenue,
    /// Where coins come from: as negative as coins were sold.
    Issuer,
    /// What refunds at the house's cost came to.
    RefundCost,
}

impl Kind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Earnings => "earnings",
            Self::Receivable => "receivable",
            Self::Revenue => "revenue",
            Self::Issuer => "issuer",
            Self::RefundCost => "refund_cost",
        }
    }

    // The least that may be left on it.
    const fn floor(self) -> i64 {
        match self {
            Self::Wallet | Self::Earnings => 0,
            // Refunds take the house's part back from the stripe that received it, and stripes are only a way of counting.
            Self::Receivable | Self::Revenue | Self::Issuer | Self::RefundCost => -1_000_000_000_000_000_000,
        }
    }
}

/// Which account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// `user:maya`, `partner:agency`, `house`.
    pub owner: String,
    /// What kind.
    pub kind: Kind,
    /// Which stripe; 0 unless it is the house's revenue.
    pub stripe: i16,
}

impl Name {
    /// An account of a user.
    pub fn user(uid: &Uid, kind: Kind) -> Self {
        Self { owner: user_owner(uid), kind, stripe: 0 }
    }

    /// The earnings of a party that is neither the payee nor the house.
    pub fn partner(party: &str) -> Self {
        Self { owner: format!("partner:{party}"), kind: Kind::Earnings, stripe: 0 }
    }

    /// An account of the house.
    pub fn house(kind: Kind, stripe: i16) -> Self {
        Self { owner: "house".to_owned(), kind, stripe }
    }
}

/// The owner of a user's accounts.
pub fn user_owner(uid: &Uid) -> String {
    format!("user:{uid}")
}

/// A balance, as it stood when the account was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// All coins, held ones included.
    pub posted: Coins,
    /// Coins set aside.
    pub held: Coins,
}

impl Balance {
    /// What can be spent.
    pub fn available(&self) -> Coins {
        Coins::from_units(self.posted.units() - self.held.units())
    }
}

/// Finds accounts, making those that are not there yet. Answers in the order of the names.
pub async fn ensure(conn: &mut PgConnection, names: &[Name]) -> Result<Vec<AccountId>, StoreError> {
    let owners: Vec<String> = names.iter().map(|n| n.owner.clone()).collect();
    let kinds: Vec<String> = names.iter().map(|n| n.kind.as_str().to_owned()).collect();
    let stripes: Vec<i16> = names.iter().map(|n| n.stripe).collect();
    let floors: Vec<i64> = names.iter().map(|n| n.kind.floor()).collect();
    for round in 0..2 {
        let rows = sqlx::query!(
            "select n.i as \"i!\", a.id from unnest($1::text[], $2::text[], $3::smallint[]) with ordinality n (owner, kind, stripe, i)
             join ledger.accounts a on a.owner = n.owner and a.kind = n.kind and a.asset = 'COIN' and a.stripe = n.stripe order by n.i",
            &owners,
            &kinds,
            &stripes
        )
        .fetch_all(&mut *conn)
        .await?;
        if rows.len() == names.len() {
            return Ok(rows.into_iter().map(|r| AccountId(r.id)).collect());
        }
        if round == 0 {
            // In the order of owner and kind, so that two who make the same accounts wait for each other and do not deadlock.
            sqlx::query!(
                "insert into ledger.accounts (owner, kind, stripe, floor)
                 select distinct owner, kind, stripe, floor from unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[]) as n (owner, kind, stripe, floor)
                 order by owner, kind, stripe on conflict do nothing",
                &owners,
                &kinds,
                &stripes,
                &floors
            )
            .execute(&mut *conn)
            .await?;
        }
    }
    Err(StoreError::corrupt("an account", "it was made and is not there"))
}

/// Locks accounts in the order of their ids, waiting for others, and gives their balances.
pub async fn lock(conn: &mut PgConnection, ids: &[AccountId]) -> Result<BTreeMap<AccountId, Balance>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        "select id, posted, held from ledger.accounts where id = any($1) order by id for no key update",
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (AccountId(r.id), balance(r.posted, r.held))).collect())
}

/// Locks those accounts that nobody else has locked; the others are left out.
pub async fn try_lock(conn: &mut PgConnection, ids: &[AccountId]) -> Result<BTreeMap<AccountId, Balance>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        "select id, posted, held from ledger.accounts where id = any($1) order by id for no key update skip locked",
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (AccountId(r.id), balance(r.posted, r.held))).collect())
}

/// Reads balances without locking: for showing and warning, never for deciding.
pub async fn read(conn: &mut PgConnection, ids: &[AccountId]) -> Result<BTreeMap<AccountId, Balance>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|a| a.0).collect();
    let rows =
        sqlx::query!("select id, posted, held from ledger.accounts where id = any($1)", &ids).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|r| (AccountId(r.id), balance(r.posted, r.held))).collect())
}

/// What was credited to a wallet after an instant: a sweep at a cut-off counts only what was there by then.
pub async fn credited_after(
    conn: &mut PgConnection,
    wallet: AccountId,
    at: callboard_domain::At,
) -> Result<Coins, StoreError> {
    let sum = sqlx::query_scalar!(
        "select coalesce(sum(e.amount), 0)::bigint as \"sum!\" from ledger.entries e join ledger.transfers t on t.id = e.transfer_id
         where e.account_id = $1 and e.amount > 0 and t.at_ms > $2 and t.id >= $3",
        wallet.0,
        at.as_ms(),
        crate::transfer::first_id_at(at, 60_000),
    )
    .fetch_one(conn)
    .await?;
    Ok(Coins::from_units(sum))
}

/// Changes what is held, by account. The rows must be locked.
pub(crate) async fn add_held(conn: &mut PgConnection, changes: &BTreeMap<AccountId, i64>) -> Result<(), StoreError> {
    let (ids, amounts): (Vec<i64>, Vec<i64>) = changes.iter().filter(|(_, n)| **n != 0).map(|(a, n)| (a.0, *n)).unzip();
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update ledger.accounts a set held = a.held + d.amount from unnest($1::bigint[], $2::bigint[]) as d (id, amount) where a.id = d.id",
        &ids,
        &amounts
    )
    .execute(conn)
    .await?;
    Ok(())
}

const fn balance(posted: i64, held: i64) -> Balance {
    Balance { posted: Coins::from_units(posted), held: Coins::from_units(held) }
}
