//! The action log of staff: who, what, why, before, after; written in the act's own transaction, chained by hash.

use callboard_domain::At;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::{StoreError, now};

/// What a member of staff did.
#[derive(Clone, Debug)]
pub struct Action<'a> {
    /// Who: `staff:ines`.
    pub actor: &'a str,
    /// What: `calls.end`.
    pub act: &'a str,
    /// On what.
    pub target: String,
    /// Why.
    pub reason: Option<String>,
    /// How it was before.
    pub before: Option<Value>,
    /// How it is after.
    pub after: Option<Value>,
}

/// A row of the log that does not fit its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionFault {
    /// The row.
    pub no: i64,
    /// What is wrong with it.
    pub what: String,
}

/// Writes an act into the log. The head of the chain is the last lock that a command takes.
pub async fn log_action(conn: &mut PgConnection, action: &Action<'_>) -> Result<i64, StoreError> {
    let head = sqlx::query!("select no, hash from store.action_head for update").fetch_one(&mut *conn).await?;
    let no = head.no + 1;
    let at = now(&mut *conn).await?;
    let row = Row {
        no,
        at_ms: at.as_ms(),
        actor: action.actor,
        act: action.act,
        target: &action.target,
        reason: action.reason.as_deref(),
        before: action.before.as_ref(),
        after: action.after.as_ref(),
    };
    let hash = row.hash(&head.hash);
    sqlx::query!(
        "insert into store.actions (no, at_ms, actor, act, target, reason, before, after, prev, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        no,
        row.at_ms,
        row.actor,
        row.act,
        row.target,
        row.reason,
        action.before,
        action.after,
        head.hash,
        hash
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("update store.action_head set no = $1, hash = $2", no, hash).execute(conn).await?;
    Ok(no)
}

/// How many rows of the log are read at once.
const PAGE: i64 = 1_000;

/// Walks the whole chain, a page at a time; gives how many rows it has and which do not fit.
pub async fn verify_actions(conn: &mut PgConnection) -> Result<(u64, Vec<ActionFault>), StoreError> {
    let mut faults = Vec::new();
    let (mut looked_at, mut no, mut prev) = (0, 0, Vec::new());
    loop {
        let rows = sqlx::query!(
            "select no, at_ms, actor, act, target, reason, before, after, prev, hash from store.actions
             where no > $1 order by no limit $2",
            no,
            PAGE
        )
        .fetch_all(&mut *conn)
        .await?;
        if rows.is_empty() {
            break;
        }
        looked_at += rows.len() as u64;
        for r in rows {
            let row = Row {
                no: r.no,
                at_ms: r.at_ms,
                actor: &r.actor,
                act: &r.act,
                target: &r.target,
                reason: r.reason.as_deref(),
                before: r.before.as_ref(),
                after: r.after.as_ref(),
            };
            if r.no != no + 1 {
                faults.push(ActionFault { no: r.no, what: format!("row {} is missing before it", no + 1) });
            }
            if r.prev != prev || r.hash != row.hash(&r.prev) {
                faults.push(ActionFault { no: r.no, what: "was changed after it was written".to_owned() });
            }
            (no, prev) = (r.no, r.hash);
        }
    }
    let head = sqlx::query!("select no, hash from store.action_head").fetch_one(conn).await?;
    if head.no != no || head.hash != prev {
        faults.push(ActionFault { no: head.no, what: format!("the log ends at row {no}, its head says {}", head.no) });
    }
    Ok((looked_at, faults))
}

struct Row<'a> {
    no: i64,
    at_ms: i64,
    actor: &'a str,
    act: &'a str,
    target: &'a str,
    reason: Option<&'a str>,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
}

impl Row<'_> {
    // JSON of a map with sorted keys is the same before it is stored and after it is read: serde_json sorts them.
    fn hash(&self, prev: &[u8]) -> Vec<u8> {
        let text = serde_json::json!([
            self.no,
            At::from_ms(self.at_ms),
            self.actor,
            self.act,
            self.target,
            self.reason,
            self.before,
            self.after
        ]);
        Sha256::new().chain_update(prev).chain_update(text.to_string()).finalize().to_vec()
    }
}
