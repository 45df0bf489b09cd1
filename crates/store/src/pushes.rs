//! Stored pushes, numbered per user without gaps, so that an app can tell that it missed some and ask for them.

use std::collections::BTreeMap;

use callboard_contract::api::session::SyncReply;
use callboard_contract::limits::MAX_SYNC;
use callboard_contract::{Event, Push};
use callboard_domain::{At, EventId, Uid};
use serde_json::Value;
use sqlx::PgConnection;

use crate::outbox::WirePush;
use crate::{Store, StoreError};

/// How long pushes are kept for `session.sync`: a week.
const KEEP_MS: i64 = 7 * 24 * 3600 * 1000;

/// The pushes that follow from events, not yet numbered.
pub(crate) fn plan(events: &[Event]) -> Vec<WirePush> {
    let mut planned = Vec::new();
    for event in events {
        for push in &event.pushes {
            for uid in &push.uids {
                let data = push.data.clone().unwrap_or_else(|| event.data.clone());
                planned.push(WirePush {
                    uid: uid.clone(),
                    push: Push { ev: event.id, seq: None, at: event.at, event: push.event.clone(), data },
                });
            }
        }
    }
    planned
}

/// Numbers pushes and stores them. Only the holder of the relay's lease calls this, so users' counters are never contended.
pub(crate) async fn number(conn: &mut PgConnection, pushes: &mut [WirePush]) -> Result<(), StoreError> {
    if pushes.is_empty() {
        return Ok(());
    }
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for push in pushes.iter() {
        *counts.entry(push.uid.to_string()).or_default() += 1;
    }
    let (uids, added): (Vec<String>, Vec<i64>) = counts.into_iter().unzip();
    let rows = sqlx::query!(
        "insert into store.push_seq as s (uid, seq) select * from unnest($1::text[], $2::bigint[])
         on conflict (uid) do update set seq = s.seq + excluded.seq returning uid, seq",
        &uids,
        &added
    )
    .fetch_all(&mut *conn)
    .await?;
    let ends: BTreeMap<String, i64> = rows.into_iter().map(|r| (r.uid, r.seq)).collect();
    let mut next: BTreeMap<&str, i64> =
        uids.iter().zip(&added).map(|(uid, n)| (uid.as_str(), ends.get(uid).copied().unwrap_or(*n) - n + 1)).collect();
    let (mut owners, mut seqs, mut evs, mut kinds, mut ats, mut data) =
        (vec![], vec![], vec![], vec![], vec![], Vec::<Value>::new());
    for wire in pushes.iter_mut() {
        let seq =
            next.get_mut(wire.uid.as_str()).ok_or_else(|| StoreError::corrupt("a push", "a user without a counter"))?;
        wire.push.seq = Some(u64::try_from(*seq).unwrap_or_default());
        owners.push(wire.uid.to_string());
        seqs.push(*seq);
        evs.push(wire.push.ev.as_uuid());
        kinds.push(wire.push.event.clone());
        ats.push(wire.push.at.as_ms());
        data.push(wire.push.data.clone());
        *seq += 1;
    }
    sqlx::query!(
        "insert into store.pushes (uid, seq, ev, event, at_ms, data)
         select * from unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::bigint[], $6::jsonb[])",
        &owners,
        &seqs,
        &evs,
        &kinds,
        &ats,
        &data
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The number of a user's last push.
pub async fn latest_seq(store: &Store, uid: &Uid) -> Result<u64, StoreError> {
    let seq = sqlx::query_scalar!("select seq from store.push_seq where uid = $1", uid.as_str())
        .fetch_optional(store.pool())
        .await?;
    Ok(u64::try_from(seq.unwrap_or_default()).unwrap_or_default())
}

/// A user's pushes after a number.
pub async fn pushes_after(store: &Store, uid: &Uid, after: u64) -> Result<SyncReply, StoreError> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = sqlx::query!(
        "select seq, ev, event, at_ms, data from store.pushes where uid = $1 and seq > $2 order by seq limit $3",
        uid.as_str(),
        after,
        i64::from(MAX_SYNC)
    )
    .fetch_all(store.pool())
    .await?;
    let seq = latest_seq(store, uid).await?;
    let pushes: Vec<Push> = rows
        .into_iter()
        .map(|r| Push {
            ev: EventId::from_uuid(r.ev),
            seq: u64::try_from(r.seq).ok(),
            at: At::from_ms(r.at_ms),
            event: r.event,
            data: r.data,
        })
        .collect();
    let complete = pushes.len() < MAX_SYNC as usize || pushes.last().and_then(|p| p.seq) == Some(seq);
    Ok(SyncReply { pushes, seq, complete })
}

/// Drops pushes older than a week; gives how many.
pub async fn prune_pushes(store: &Store) -> Result<u64, StoreError> {
    let done = sqlx::query!("delete from store.pushes where at_ms < store.now_ms() - $1", KEEP_MS)
        .execute(store.pool())
        .await?;
    Ok(done.rows_affected())
}
