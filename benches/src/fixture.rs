//! Many live legs in a fresh database, put there set by set: as if the calls had begun some time ago.

use callboard_calls::{Calls, Times};
use callboard_domain::Preset;
use callboard_testbase::{Base, fresh};
use sqlx::PgPool;
use uuid::Uuid;

use crate::usage::Cluster;

/// A house with live calls.
pub(crate) struct Fixture {
    pub base: Base,
    pub calls: Calls,
    pub cluster: Cluster,
    pub legs: u32,
}

/// How the legs stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Funds {
    /// Granted for hours and never settled: only the meter runs.
    Plenty,
    /// Granted as the tariff says, begun at any second of the last minute: extensions and settlements come as they come.
    Rolling,
}

impl Fixture {
    pub(crate) async fn new(legs: u32, funds: Funds, times: Times) -> anyhow::Result<Self> {
        let base = fresh().await;
        fill(&base.owner, legs, funds).await?;
        let cluster = Cluster::of(&base).await?;
        let calls = Calls::new(base.store.clone(), times, Vec::new());
        Ok(Self { base, calls, cluster, legs })
    }
}

// Calls and members come in the order of time, so the legs of a shard lie scattered, as in a real house.
async fn fill(owner: &PgPool, legs: u32, funds: Funds) -> anyhow::Result<()> {
    let ids: Vec<Uuid> = (0..legs).map(|_| Uuid::now_v7()).collect();
    let tariff = serde_json::to_value(Preset::CoinBurn.spec(None, None))?;
    let mut tx = owner.begin().await?;
    sqlx::query(
        "create temp table bench_call on commit drop as
         select n, id, (get_byte(uuid_send(id), 15) % 32)::smallint as shard, store.now_ms() as now_ms, n * 7919 % 60000 as ago_ms
         from unnest($1::uuid[]) with ordinality as c (id, n)",
    )
    .bind(&ids)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into ledger.accounts (owner, kind, floor, posted)
         select 'user:fan' || n, 'wallet', 0, 100000000000 from bench_call
         union all select 'user:creator' || n, k.kind, k.floor, 0 from bench_call,
             (values ('earnings', 0::bigint), ('receivable', -1000000000000000000)) as k (kind, floor)",
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into calls.calls (id, shard, kind, state, caller, payee, tariff_name, tariff, created_ms, deadline_ms, active_ms, version)
         select id, shard, 'video', 'active', 'fan' || n, 'creator' || n, 'coin-burn', $1, now_ms - ago_ms, now_ms, now_ms - ago_ms, 5
         from bench_call order by n",
    )
    .bind(&tariff)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into calls.members (no, call_id, uid, role, state, live, device) overriding system value
         select 2 * n - 1 + p.side, id, p.name || n, p.role, 'joined', true, 'phone'
         from bench_call, (values (0, 'fan', 'payer'), (1, 'creator', 'payee')) as p (side, name, role) order by n, p.side",
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into calls.seen (no, seen_ms, media, line) select 2 * n - 1 + side, now_ms, true, 1
         from bench_call, generate_series(0, 1) as side order by n, side",
    )
    .execute(&mut *tx)
    .await?;
    // coin-burn costs 10 a minute: what is used so far and the next minute, or hours.
    let granted = match funds {
        Funds::Plenty => "1000000000",
        Funds::Rolling => "ceil(ago_ms * 100000.0 / 60000)::bigint + 30000 + n * 104729 % 70000",
    };
    let settle = match funds {
        Funds::Plenty => "now_ms + 86400000",
        Funds::Rolling => "now_ms - ago_ms + 60000",
    };
    let legs = format!(
        "insert into calls.legs (id, call_id, shard, payer, payee, payer_no, payee_no, tariff, wallet_id, earnings_id, receivable_id,
             state, since_ms, granted, events, settle_due_ms, started_ms)
         select c.id, c.id, c.shard, 'fan' || n, 'creator' || n, 2 * n - 1, 2 * n, $1, w.id, e.id, r.id,
             'metered', now_ms - ago_ms, {granted}, 2, {settle}, now_ms - ago_ms
         from bench_call c
         join ledger.accounts w on w.owner = 'user:fan' || n and w.kind = 'wallet'
         join ledger.accounts e on e.owner = 'user:creator' || n and e.kind = 'earnings'
         join ledger.accounts r on r.owner = 'user:creator' || n and r.kind = 'receivable' order by n"
    );
    sqlx::query(sqlx::AssertSqlSafe(legs)).bind(&tariff).execute(&mut *tx).await?;
    for statement in [
        "insert into ledger.holds (id, leg_id, call_id, account_id, granted, placed_ms)
         select id, id, call_id, wallet_id, granted, started_ms from calls.legs order by id",
        "update ledger.accounts a set held = l.granted from calls.legs l where l.wallet_id = a.id",
        "insert into calls.leg_events (leg_id, seq, at_ms, event)
         select id, 1, since_ms, jsonb_build_object('kind', 'grant', 'amount', (granted / 10000.0)::numeric(20, 4)::text) from calls.legs
         union all select id, 2, since_ms, jsonb_build_object('kind', 'start') from calls.legs",
    ] {
        sqlx::query(statement).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    sqlx::query("vacuum (analyze)").execute(owner).await?;
    sqlx::query("checkpoint").execute(owner).await.ok();
    Ok(())
}
