//! What the demo came to, read from the house, and whether it is all right.

use std::collections::BTreeMap;

use callboard_client::synthetic::Summary as Seen;
use callboard_contract::adm::books::{Reconcile, ReconcileRequest};
use callboard_contract::adm::calls::{CallRow, Ls, LsRequest, Show};
use callboard_contract::adm::holds;
use callboard_contract::adm::refund;
use callboard_contract::api::calls::CallRef;
use callboard_domain::{At, CallState, Coins, EndReason};
use serde::Serialize;

use super::cast::METERED;
use crate::connect::House;
use crate::fail::{Failure, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;
use crate::report::{Cell, Column, Report, Row, column};

const ALL: PageFlags = PageFlags { limit: None, cursor: None, all: true };

/// What the demo came to.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    calls: usize,
    calls_by_end_reason: BTreeMap<EndReason, usize>,
    calls_by_tariff: BTreeMap<String, usize>,
    connected_ms: i64,
    charged: Coins,
    split: BTreeMap<String, Coins>,
    refunds: usize,
    refunded: Coins,
    balanced: bool,
    open_holds: usize,
    holds_left_behind: usize,
    /// What the apps of the crowd saw.
    apps: Seen,
    verdicts: Vec<Verdict>,
    passed: bool,
}

/// One thing that had to be so.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Verdict {
    what: String,
    passed: bool,
}

impl Row for Verdict {
    const COLUMNS: &'static [Column<Self>] = &[
        column("passed", "VERDICT", |v| Cell::text(if v.passed { "pass" } else { "FAIL" })),
        column("what", "WHAT", |v| Cell::text(&v.what)),
    ];

    fn id(&self) -> String {
        self.what.clone()
    }
}

/// A line of figures: calls by reason, coins by party.
#[derive(Serialize)]
struct Figure {
    name: String,
    figure: String,
}

impl Row for Figure {
    const COLUMNS: &'static [Column<Self>] =
        &[column("name", "NAME", |f| Cell::text(&f.name)), column("figure", "FIGURE", |f| Cell::number(&f.figure))];

    fn id(&self) -> String {
        self.name.clone()
    }
}

impl Row for Summary {
    const COLUMNS: &'static [Column<Self>] = &[
        column("calls", "CALLS", |s| Cell::number(s.calls)),
        column("connected_ms", "TIME", |s| Cell::span(s.connected_ms)),
        column("charged", "CHARGED", |s| Cell::amount(s.charged)),
        column("refunds", "REFUNDS", |s| Cell::number(s.refunds)),
        column("refunded", "REFUNDED", |s| Cell::amount(s.refunded)),
        column("balanced", "BALANCED", |s| Cell::yes(s.balanced)),
        column("open_holds", "OPEN HOLDS", |s| Cell::number(s.open_holds)),
        column("passed", "ALL RIGHT", |s| Cell::yes(s.passed)),
    ];

    fn id(&self) -> String {
        if self.passed { "passed" } else { "failed" }.to_owned()
    }
}

impl Summary {
    /// Whether all is right.
    pub(super) const fn passed(&self) -> bool {
        self.passed
    }

    /// The summary for stdout.
    pub(super) fn report(&self) -> Report {
        let figures = |map: Vec<(String, String)>| -> Vec<Figure> {
            map.into_iter().map(|(name, figure)| Figure { name, figure }).collect()
        };
        Report::one("callboard.demo.v1", self)
            .with("CALLS BY END REASON", &figures(texts(&self.calls_by_end_reason)))
            .with("CALLS BY TARIFF", &figures(texts(&self.calls_by_tariff)))
            .with("SPLIT OF WHAT WAS CHARGED", &figures(texts(&self.split)))
            .with("VERDICTS", &self.verdicts)
    }
}

fn texts<K: ToString, V: ToString>(map: &BTreeMap<K, V>) -> Vec<(String, String)> {
    map.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// Calls made since then, newest first.
pub(super) async fn calls(house: &House, since: At) -> Result<Vec<CallRow>> {
    let page = list::read(&ALL, PeriodFlags::default(), async |query| {
        let request =
            LsRequest { since: Some(since), limit: query.limit, cursor: query.cursor, ..LsRequest::default() };
        house.call::<Ls>(&request).await
    })
    .await?;
    Ok(page.items)
}

/// Reads everything since then and judges it, beside what was seen on air.
pub(super) async fn draw_up(house: &House, since: At, apps: Seen, on_air: Vec<(bool, String)>) -> Result<Summary> {
    let calls = calls(house, since).await?;
    let too_much = |e| Failure::failed(format!("the sums of the demo: {e}"));
    let mut summary = Summary {
        calls: calls.len(),
        calls_by_end_reason: BTreeMap::new(),
        calls_by_tariff: BTreeMap::new(),
        connected_ms: calls.iter().map(|call| call.connected_ms).sum(),
        charged: Coins::ZERO,
        split: BTreeMap::new(),
        refunds: 0,
        refunded: Coins::ZERO,
        balanced: false,
        open_holds: 0,
        holds_left_behind: 0,
        apps,
        verdicts: Vec::new(),
        passed: false,
    };
    for call in &calls {
        if let Some(reason) = call.end_reason {
            *summary.calls_by_end_reason.entry(reason).or_default() += 1;
        }
        if call.state != CallState::Completed {
            continue;
        }
        *summary.calls_by_tariff.entry(call.tariff_name.clone()).or_default() += 1;
        let detail = house.call::<Show>(&CallRef { call_id: call.call_id }).await?;
        for leg in &detail.legs {
            summary.charged = summary.charged.checked_add(leg.charge).map_err(too_much)?;
            for part in &leg.split {
                let sum = summary.split.entry(part.party.clone()).or_default();
                *sum = sum.checked_add(part.amount).map_err(too_much)?;
            }
        }
    }
    let period = PeriodFlags { since: Some(since), until: None };
    for refund in list::read(&ALL, period, async |query| house.call::<refund::Ls>(&query).await).await?.items {
        summary.refunds += 1;
        summary.refunded = summary.refunded.checked_add(refund.amount).map_err(too_much)?;
    }
    let holds =
        list::read(&ALL, PeriodFlags::default(), async |query| house.call::<holds::Ls>(&query).await).await?.items;
    summary.open_holds = holds.len();
    summary.holds_left_behind = holds.iter().filter(|hold| hold.call_state.is_over()).count();
    summary.balanced = house.call_slow::<Reconcile>(&ReconcileRequest::default()).await?.balanced;
    summary.judge(calls.iter().filter(|call| !call.state.is_over()).count(), on_air)?;
    Ok(summary)
}

impl Summary {
    fn judge(&mut self, still_live: usize, on_air: Vec<(bool, String)>) -> Result<()> {
        let parts = self.split.values().try_fold(Coins::ZERO, |sum, part| sum.checked_add(*part));
        let parts = parts.map_err(|e| Failure::failed(format!("the sums of the demo: {e}")))?;
        let mut verdicts = vec![
            (self.apps.errors.is_empty(), format!("{} errors in the apps", self.apps.errors.len())),
            (still_live == 0, format!("{still_live} calls still live")),
            (self.balanced, "the books are balanced".to_owned()),
            (
                self.holds_left_behind == 0,
                format!("{} holds left behind by calls that have ended", self.holds_left_behind),
            ),
            (parts == self.charged, format!("the parts add up to {parts} of {} charged", self.charged)),
            (self.refunds > 0, format!("{} refunds", self.refunds)),
        ];
        for preset in METERED {
            let completed = self.calls_by_tariff.get(preset.as_str()).copied().unwrap_or_default();
            verdicts.push((completed > 0, format!("{completed} calls completed under {preset}")));
        }
        let dry = self.calls_by_end_reason.get(&EndReason::CutOff).copied().unwrap_or_default();
        verdicts.push((dry > 0, format!("{dry} calls cut off when the coins ran out")));
        verdicts.extend(on_air);
        self.passed = verdicts.iter().all(|(passed, _)| *passed);
        self.verdicts = verdicts.into_iter().map(|(passed, what)| Verdict { what, passed }).collect();
        Ok(())
    }
}
