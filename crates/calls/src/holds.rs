//! Holds against their calls: who holds what for which call, and the broom for holds whose call has ended.

use std::collections::BTreeMap;

use callboard_contract::adm::holds::{HoldView, SweepReply, SweepRequest};
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{CallId, CallState, Coins, HoldId, StaffName};
use callboard_ledger::journal::{lock_shard, shard_of};
use callboard_ledger::open_holds::{self, OpenHold};
use callboard_store::{Action, Begun, Command, Store, StoreError, log_action, now};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::load::word;

const PAGE: i64 = 1_000;
/// The most holds that are released in one transaction.
const AT_ONCE: usize = 500;

/// Open holds, oldest first.
pub async fn ls(store: &Store, query: &PageQuery) -> Result<Page<HoldView>, StoreError> {
    let limit = query.limit()?;
    let after = query.cursor.as_deref().map(str::parse::<HoldId>).transpose();
    let after =
        after.map_err(|_| ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor"))?;
    let mut conn = store.pool().acquire().await?;
    let holds = open_holds::page(&mut conn, after, i64::from(limit)).await?;
    let states = states_of(&mut conn, &holds).await?;
    let cursor = (holds.len() == limit as usize).then(|| holds.last().map(|h| h.id.to_string())).flatten();
    Ok(Page { items: holds.iter().map(|h| view(h, states.get(&h.call).copied())).collect(), cursor })
}

/// Releases holds whose call has ended, in the name of a member of staff.
pub async fn sweep(store: &Store, staff: &StaffName, request: &SweepRequest) -> Result<SweepReply, StoreError> {
    let actor = format!("staff:{staff}");
    match Command::begin(store, &actor, "holds.sweep", &request.request_id, request.dry_run, request).await? {
        Begun::Before(reply) => Ok(reply),
        Begun::New(mut command) => {
            let result = run(&mut command, &actor, request.dry_run).await;
            command.finish(result).await
        }
    }
}

/// Releases holds whose call has ended: what the house itself does every minute, and what must find none.
pub async fn sweep_house(store: &Store) -> Result<SweepReply, StoreError> {
    // Looking takes no lock; only where there is something to release a transaction is opened.
    let mut conn = store.pool().acquire().await?;
    let (looked_at, left) = left_behind(&mut conn).await?;
    drop(conn);
    if left.is_empty() {
        return Ok(SweepReply { looked_at, released: Vec::new(), dry_run: false });
    }
    let mut tx = store.pool().begin().await?;
    let reply = run(&mut tx, "house", false).await?;
    tx.commit().await?;
    Ok(reply)
}

async fn run(conn: &mut PgConnection, actor: &str, dry_run: bool) -> Result<SweepReply, StoreError> {
    let (looked_at, mut left) = left_behind(&mut *conn).await?;
    left.truncate(AT_ONCE);
    let mut shards: Vec<i16> = left.iter().map(|h| shard_of(h.call)).collect();
    shards.sort_unstable();
    shards.dedup();
    for shard in shards {
        lock_shard(&mut *conn, shard).await?;
    }
    // Under the locks they are looked at again: a call that was just ending has released its holds by now.
    let ids: Vec<HoldId> = left.iter().map(|h| h.id).collect();
    let holds = open_holds::still_open(&mut *conn, &ids).await?;
    let states = states_of(&mut *conn, &holds).await?;
    let holds: Vec<OpenHold> = holds.into_iter().filter(|h| is_over(states.get(&h.call).copied())).collect();
    let at = now(&mut *conn).await?;
    open_holds::release(&mut *conn, &holds, at).await?;
    let released: Vec<HoldView> = holds.iter().map(|h| view(h, states.get(&h.call).copied())).collect();
    for hold in &released {
        let after = serde_json::to_value(hold).map_err(|e| StoreError::corrupt("a hold", e))?;
        let action = Action {
            actor,
            act: "holds.sweep",
            target: format!("hold {}", hold.hold_id),
            reason: Some("its call has ended".to_owned()),
            before: Some(serde_json::json!({ "held": hold.held })),
            after: Some(after),
        };
        log_action(&mut *conn, &action).await?;
    }
    Ok(SweepReply { looked_at, released, dry_run })
}

/// Open holds whose call has ended or never was, and how many were looked at.
async fn left_behind(conn: &mut PgConnection) -> Result<(u64, Vec<OpenHold>), StoreError> {
    let (mut after, mut looked_at, mut left) = (None, 0, Vec::new());
    loop {
        let page = open_holds::page(&mut *conn, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok((looked_at, left)) };
        after = Some(last.id);
        looked_at += page.len() as u64;
        let states = states_of(&mut *conn, &page).await?;
        left.extend(page.into_iter().filter(|h| is_over(states.get(&h.call).copied())));
    }
}

async fn states_of(conn: &mut PgConnection, holds: &[OpenHold]) -> Result<BTreeMap<CallId, CallState>, StoreError> {
    let calls: Vec<CallId> = holds.iter().map(|h| h.call).collect();
    states(conn, &calls).await
}

/// Where calls stand; those that do not exist are left out.
pub(crate) async fn states(
    conn: &mut PgConnection,
    calls: &[CallId],
) -> Result<BTreeMap<CallId, CallState>, StoreError> {
    let ids: Vec<Uuid> = calls.iter().map(|c| c.as_uuid()).collect();
    let rows = sqlx::query!("select id, state from calls.calls where id = any($1)", &ids).fetch_all(conn).await?;
    rows.into_iter().map(|r| Ok((CallId::from_uuid(r.id), word(&r.state)?))).collect()
}

fn is_over(state: Option<CallState>) -> bool {
    state.is_none_or(CallState::is_over)
}

/// A hold of a call that is not there is shown as one of a call that never started.
fn view(hold: &OpenHold, state: Option<CallState>) -> HoldView {
    HoldView {
        hold_id: hold.id,
        leg_id: hold.leg,
        call_id: hold.call,
        call_state: state.unwrap_or(CallState::Expired),
        payer: hold.payer.clone(),
        granted: hold.granted,
        settled: hold.settled,
        held: Coins::from_units(hold.granted.units() - hold.settled.units()),
        placed_at: hold.placed,
    }
}
