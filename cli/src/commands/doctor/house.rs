//! The way to the house, and whether everybody is there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use callboard_contract::Worker;
use callboard_contract::adm::money::{Summary, SummaryRequest};
use callboard_contract::adm::staff::{Me, StaffMe};
use callboard_contract::api::Nothing;

use super::Finding;
use crate::connect::{self, House, Target};
use crate::context::Context;

/// More than the way to a far house takes.
const CLOCK_TOLERANCE_MS: i64 = 2_000;

pub(super) async fn check(context: &Context) -> Vec<Finding> {
    let target = match connect::target(&context.global) {
        Ok(target) => target,
        Err(failure) => {
            let mend = failure.hint.unwrap_or_else(|| "`callboard context add`".to_owned());
            return vec![Finding::broken("context", failure.message, mend)];
        }
    };
    let mut findings = vec![Finding::good("context", describe(&target)), credential(&target.context.credential)];
    match context.house().await {
        Ok(house) => findings.extend(ask(&house).await),
        Err(failure) => {
            let mend = failure
                .hint
                .unwrap_or_else(|| "is the server running, the address right and the credential known?".to_owned());
            findings.push(Finding::broken("connection", failure.message, mend));
        }
    }
    findings
}

fn describe(target: &Target) -> String {
    let Target { context, unnamed } = target;
    let changes = if *unnamed || context.may_change() { "" } else { ", read-only" };
    format!("{}: {} {}{changes}", context.name, context.environment, context.server)
}

fn credential(file: &Path) -> Finding {
    let mode = match std::fs::metadata(file) {
        Ok(data) => data.permissions().mode() & 0o777,
        Err(error) => {
            return Finding::broken(
                "credential",
                format!("{}: {error}", file.display()),
                "name the right file with --creds",
            );
        }
    };
    // Nothing for group and others: the lowest six bits.
    if mode.trailing_zeros() >= 6 {
        return Finding::good("credential", format!("{} is yours alone", file.display()));
    }
    let what = format!("{} can be read by others (mode {mode:o})", file.display());
    Finding::broken("credential", what, format!("chmod 600 {}", file.display()))
}

async fn ask(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    let before = jiff::Timestamp::now().as_millisecond();
    match house.call::<Me>(&Nothing {}).await {
        Ok(me) => {
            findings.push(Finding::good("connection", format!("signed in as {}, {}", me.name, me.role)));
            findings.push(clock(&me, before, jiff::Timestamp::now().as_millisecond()));
        }
        Err(failure) => {
            findings.push(Finding::broken("connection", failure.message, "is callboard-signaling running?"));
        }
    }
    findings.push(workers(house).await);
    findings.push(match house.call::<Summary>(&SummaryRequest { minutes: Some(1) }).await {
        Ok(now) if now.ledger_sum.is_zero() => {
            Finding::good("ledger", "the sum of all balances is nothing, as it must be")
        }
        Ok(now) => Finding::broken(
            "ledger",
            format!("the balances add up to {}", now.ledger_sum),
            "`callboard reconcile` tells where",
        ),
        Err(failure) => {
            Finding::broken("ledger", failure.message, "is callboard-billing running and its database reachable?")
        }
    });
    findings
}

fn clock(me: &StaffMe, before: i64, after: i64) -> Finding {
    let off = (me.server_time.as_ms() - i64::midpoint(before, after)).abs();
    if off <= CLOCK_TOLERANCE_MS + (after - before) / 2 {
        return Finding::good("clock", format!("within {} ms of the house's", off.max(1)));
    }
    let what = format!("{}.{:03} s off the house's; sign-in tokens may be refused", off / 1000, off % 1000);
    Finding::broken("clock", what, "let NTP set this machine's clock")
}

async fn workers(house: &House) -> Finding {
    let found = match house.workers().await {
        Ok(found) => found,
        Err(failure) => return Finding::broken("workers", failure.message, "is the server running?"),
    };
    let here = |worker: &Worker| found.iter().any(|w| w.name.ends_with(worker.name()));
    let missing: Vec<&str> =
        Worker::ALL.iter().filter(|w| !w.is_optional() && !here(w)).map(|worker| worker.name()).collect();
    let other: Vec<String> = found
        .iter()
        .filter(|w| w.version != env!("CARGO_PKG_VERSION"))
        .map(|w| format!("{} {}", w.name, w.version))
        .collect();
    if !missing.is_empty() {
        let mend = format!("start callboard-{}", missing.join(", callboard-"));
        return Finding::broken("workers", format!("no answer from: {}", missing.join(", ")), mend);
    }
    if !other.is_empty() {
        let what = format!("of another version than this tool: {}", other.join(", "));
        return Finding::warning("workers", what, "install the same version everywhere");
    }
    Finding::good("workers", format!("{} answer", found.len()))
}
