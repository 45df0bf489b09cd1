//! What the people saw.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callboard_bus::{CallError, CallErrorKind};
use callboard_contract::view::{CallView, Receipt};
use callboard_contract::{ErrorCode, Push};
use callboard_domain::{Coins, EndReason, Uid};
use serde::Serialize;

const ERRORS_KEPT: usize = 100;

/// What a population saw, as its apps saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Calls asked for, and groups opened.
    pub attempted: u64,
    /// Those that came about, by how they ended.
    pub ended: BTreeMap<EndReason, u64>,
    /// Those that the house refused, by code (no coins, callee busy).
    pub refused: BTreeMap<String, u64>,
    /// Invitations to groups that were taken.
    pub invitations: u64,
    /// Times that time stopped counting.
    pub suspended: u64,
    /// Times that it went on.
    pub resumed: u64,
    /// Beats sent.
    pub beats: u64,
    /// Beats without an answer.
    pub beats_lost: u64,
    /// Pushes received.
    pub pushes: u64,
    /// Receipts that payers got.
    pub receipts: u64,
    /// What those say was charged.
    pub charged: Coins,
    /// What those say was talked, in milliseconds.
    pub connected_ms: i64,
    /// What should not have happened; the first hundred.
    pub errors: Vec<String>,
}

/// Where the people of one population write down what they see.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Summary>>);

impl Tally {
    /// What has been seen so far.
    pub fn summary(&self) -> Summary {
        self.lock().clone()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Summary> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ended(&self, call: &CallView) {
        match call.end_reason {
            Some(reason) => *self.lock().ended.entry(reason).or_default() += 1,
            None => self.error(&call.caller, &format!("call {} is over without a reason", call.call_id)),
        }
    }

    pub(super) fn error(&self, uid: &Uid, what: &str) {
        tracing::warn!(%uid, what, "a synthetic app met something unexpected");
        let mut summary = self.lock();
        if summary.errors.len() < ERRORS_KEPT {
            summary.errors.push(format!("{uid}: {what}"));
        }
    }

    /// A call or an invitation that the house did not take: that is its right where coins are short or people are busy.
    pub(super) fn refused(&self, uid: &Uid, what: &str, error: &CallError) {
        match error.kind() {
            CallErrorKind::Api(
                code @ (ErrorCode::InsufficientFunds
                | ErrorCode::Conflict
                | ErrorCode::Stale
                | ErrorCode::NotFound
                | ErrorCode::Limit
                | ErrorCode::RateLimited),
            ) => *self.lock().refused.entry(code.to_string()).or_default() += 1,
            _ => self.error(uid, &format!("{what}: {error}")),
        }
    }

    pub(super) fn pushed(&self, uid: &Uid, push: &Push) {
        let mut summary = self.lock();
        summary.pushes += 1;
        match push.event.as_str() {
            "calls.suspended" => summary.suspended += 1,
            "calls.resumed" => summary.resumed += 1,
            "calls.receipt" => match serde_json::from_value::<Receipt>(push.data.clone()) {
                Ok(receipt) if receipt.payer == *uid => {
                    summary.receipts += 1;
                    summary.connected_ms += receipt.connected_ms;
                    summary.charged = summary.charged.checked_add(receipt.charge).unwrap_or(summary.charged);
                }
                Ok(_) => {}
                Err(error) => {
                    drop(summary);
                    self.error(uid, &format!("a receipt cannot be read: {error}"));
                }
            },
            _ => {}
        }
    }
}
