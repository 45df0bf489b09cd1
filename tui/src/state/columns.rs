//! The columns of every table, as data.

use std::cmp::Reverse;

use callboard_contract::adm::calls::CallRow;
use callboard_contract::adm::money::TransferView;
use callboard_contract::adm::refund::RefundView;
use callboard_contract::adm::wallet::WalletView;
use callboard_domain::{CallId, Coins};

use super::live::{LiveRow, state_sign};
use super::table::{Cell, Column, Compare, Ctx, Listed, Tone};
use crate::text;

/// Time left below which the runway is marked.
pub(crate) const SHORT_RUNWAY_MS: i64 = 60_000;

pub(super) const fn col<R>(
    title: &'static str,
    (min, max): (u16, u16),
    priority: u8,
    cell: fn(&R, &Ctx<'_>) -> Cell,
    help: &'static str,
) -> Column<R> {
    Column { title, help, min, max, right: false, priority, sort: None, cell }
}

pub(super) const fn num<R>(
    title: &'static str,
    (min, max): (u16, u16),
    priority: u8,
    cell: fn(&R, &Ctx<'_>) -> Cell,
    help: &'static str,
) -> Column<R> {
    Column { title, help, min, max, right: true, priority, sort: None, cell }
}

pub(super) const fn sorted<R>(mut column: Column<R>, sort: Compare<R>) -> Column<R> {
    column.sort = Some(sort);
    column
}

fn amount(of: Coins) -> Cell {
    Cell::new(text::coins(of), if of.is_zero() { Tone::Dim } else { Tone::Plain })
}

fn state_cell(word: &str) -> Cell {
    let (sign, tone) = state_sign(word);
    Cell::new(format!("{sign} {word}"), tone)
}

fn runway_cell(row: &LiveRow, ctx: &Ctx<'_>) -> Cell {
    match row.runway_ms(ctx.now) {
        None => Cell::new("—", Tone::Dim),
        Some(ms) if ms < SHORT_RUNWAY_MS => Cell::new(format!("! {}", text::span(ms)), Tone::Bad),
        Some(ms) => Cell::plain(text::span(ms)),
    }
}

/// The live table. At 80 columns the last three of the ranking fall away; what warns stays.
pub(crate) static CALLS: &[Column<LiveRow>] = &[
    sorted(
        col("WHO", (20, 40), 0, |r, _| Cell::plain(r.who()), "who calls whom; a group by its host and its members"),
        |a, b, _| a.who().cmp(&b.who()),
    ),
    sorted(
        col("KIND", (5, 6), 7, |r, _| Cell::plain(r.call.kind.as_str()), "chat, audio, video or group"),
        |a, b, _| a.call.kind.cmp(&b.call.kind),
    ),
    sorted(
        col("STATE", (11, 11), 1, |r, _| state_cell(r.state_word()), "ringing, accepted, waiting, metered, suspended"),
        |a, b, _| a.state_word().cmp(b.state_word()),
    ),
    sorted(
        num(
            "MIN",
            (7, 8),
            6,
            |r, c| Cell::plain(text::span(r.connected_ms(c.now))),
            "connected time of the longest leg",
        ),
        |a, b, c| a.connected_ms(c.now).cmp(&b.connected_ms(c.now)),
    ),
    sorted(num("BURN", (7, 10), 2, |r, _| amount(r.call.burn_per_minute), "coins per minute now"), |a, b, _| {
        a.call.burn_per_minute.cmp(&b.call.burn_per_minute)
    }),
    sorted(num("RUNWAY", (8, 9), 3, runway_cell, "connected time left for the leg that runs dry first"), |a, b, c| {
        let key = |r: &LiveRow| Reverse(r.runway_ms(c.now).unwrap_or(i64::MAX));
        key(a).cmp(&key(b))
    }),
    sorted(num("HELD", (9, 11), 9, |r, _| amount(r.call.held), "coins held now"), |a, b, _| {
        a.call.held.cmp(&b.call.held)
    }),
    sorted(
        num(
            "BALANCE",
            (9, 12),
            8,
            |r, _| r.call.available.map_or_else(|| Cell::new("—", Tone::Dim), amount),
            "what the payer can spend beside the hold",
        ),
        |a, b, _| a.call.available.cmp(&b.call.available),
    ),
    sorted(
        col("QUALITY", (9, 10), 5, |r, _| r.quality(), "the worst line of its members, the last four looks and a word"),
        |a, b, _| a.level().cmp(&b.level()).reverse(),
    ),
    col("FLAGS", (14, 34), 4, LiveRow::flags, "low balance, line lost, muted by staff"),
];

impl Listed for CallRow {
    const NAME: &'static str = "ended calls";
    const COLUMNS: &'static [Column<Self>] = &[
        col("WHO", (20, 44), 0, |r, _| Cell::plain(format!("{} → {}", r.caller, r.payee)), "who called whom"),
        col("KIND", (5, 6), 6, |r, _| Cell::plain(r.kind.as_str()), "chat, audio, video or group"),
        col("STATE", (11, 11), 4, |r, _| state_cell(r.state.as_str()), "how it ended"),
        col(
            "REASON",
            (12, 14),
            2,
            |r, _| Cell::plain(r.end_reason.map_or("—", callboard_domain::EndReason::as_str)),
            "why it ended",
        ),
        num("MIN", (7, 8), 5, |r, _| Cell::plain(text::span(r.connected_ms)), "connected time"),
        num("CHARGE", (9, 12), 1, |r, _| amount(r.charge), "what was charged"),
        num(
            "ENDED",
            (8, 9),
            3,
            |r, c| Cell::plain(r.ended_at.map_or_else(|| "—".to_owned(), |at| text::clock(at, c.tz))),
            "when it was over",
        ),
        col("TARIFF", (10, 24), 7, |r, _| Cell::plain(text::clean(&r.tariff_name)), "the tariff's name"),
    ];
    fn key(&self) -> String {
        self.call_id.to_string()
    }
    fn call(&self) -> Option<CallId> {
        Some(self.call_id)
    }
}

impl Listed for WalletView {
    const NAME: &'static str = "wallets";
    const COLUMNS: &'static [Column<Self>] = &[
        col("WHO", (16, 40), 0, |r, _| Cell::plain(r.uid.as_str()), "whose wallet"),
        num("POSTED", (10, 14), 4, |r, _| amount(r.posted), "all coins in it"),
        num("HELD", (9, 13), 3, |r, _| amount(r.held), "of them held for calls"),
        num("AVAILABLE", (10, 14), 1, |r, _| amount(r.available), "what can be spent"),
        num("BURN", (8, 10), 5, |r, _| amount(r.burn_per_minute), "coins per minute now"),
        num("EARNINGS", (10, 14), 2, |r, _| amount(r.earnings), "earned and not paid out"),
        num("OWED", (8, 12), 6, |r, _| amount(r.owed), "owed to the house"),
    ];
    fn key(&self) -> String {
        self.uid.to_string()
    }
}

impl Listed for TransferView {
    const NAME: &'static str = "transfers";
    const COLUMNS: &'static [Column<Self>] = &[
        num("AT", (8, 8), 1, |r, c| Cell::plain(text::clock(r.at, c.tz)), "when"),
        col("KIND", (8, 10), 2, |r, _| Cell::plain(text::clean(&r.kind)), "topup, settle, refund"),
        col(
            "POSTINGS",
            (34, 110),
            0,
            |r, _| Cell::plain(postings(&r.postings)),
            "what was added to and taken from whom",
        ),
        col("BY", (12, 20), 3, |r, _| Cell::plain(text::clean(&r.actor)), "who made it"),
        col(
            "WHY",
            (12, 40),
            4,
            |r, _| Cell::plain(text::clean(r.reason.as_deref().unwrap_or(""))),
            "the reason, where staff made it",
        ),
    ];
    fn key(&self) -> String {
        self.transfer_id.to_string()
    }
}

impl Listed for RefundView {
    const NAME: &'static str = "refunds";
    const COLUMNS: &'static [Column<Self>] = &[
        num("AT", (8, 8), 1, |r, c| Cell::plain(text::clock(r.at, c.tz)), "when"),
        col("TO", (14, 30), 0, |r, _| Cell::plain(r.payer.as_str()), "who got it"),
        num("AMOUNT", (9, 12), 2, |r, _| amount(r.amount), "how much"),
        col("BY", (12, 20), 3, |r, _| Cell::plain(text::clean(&r.actor)), "who did it"),
        col("WHY", (14, 50), 4, |r, _| Cell::plain(text::clean(&r.reason)), "why"),
        col("POSTINGS", (30, 80), 5, |r, _| Cell::plain(postings(&r.postings)), "who bore it"),
    ];
    fn key(&self) -> String {
        self.transfer_id.to_string()
    }
    fn call(&self) -> Option<CallId> {
        self.call_id
    }
}

/// A worker, as micro discovery told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WorkerRow {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) endpoints: u64,
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) average: String,
    /// Seen before, and did not answer now.
    pub(crate) missing: bool,
}

impl Listed for WorkerRow {
    const NAME: &'static str = "workers";
    const COLUMNS: &'static [Column<Self>] = &[
        col("WORKER", (20, 30), 0, |r, _| Cell::plain(text::clean(&r.name)), "the worker"),
        col(
            "HEALTH",
            (10, 12),
            1,
            |r, _| if r.missing { Cell::new("! missing", Tone::Bad) } else { Cell::new("● answers", Tone::Good) },
            "whether it answered just now",
        ),
        col("VERSION", (8, 16), 4, |r, _| Cell::plain(text::clean(&r.version)), "its version"),
        num("REQUESTS", (10, 14), 2, |r, _| Cell::plain(text::grouped(r.requests)), "answered since it started"),
        num(
            "ERRORS",
            (7, 10),
            3,
            |r, _| Cell::new(text::grouped(r.errors), if r.errors > 0 { Tone::Warn } else { Tone::Dim }),
            "of them refused or failed",
        ),
        num("AVERAGE", (9, 10), 5, |r, _| Cell::plain(r.average.clone()), "time per request"),
        num("VERBS", (5, 6), 6, |r, _| Cell::plain(r.endpoints.to_string()), "requests that it knows"),
        col("ID", (12, 28), 7, |r, _| Cell::plain(text::clean(&r.id)), "its id in micro discovery"),
    ];
    fn key(&self) -> String {
        self.id.clone()
    }
}

fn postings(postings: &[callboard_contract::adm::refund::Posting]) -> String {
    let parts: Vec<String> =
        postings.iter().map(|p| format!("{} {}", text::clean(&p.account), text::signed(p.amount))).collect();
    parts.join("  ")
}
