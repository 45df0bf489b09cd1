//! The legs and members of the opened call as rows of tables.

use callboard_contract::adm::calls::{LegDetail, MemberDetail};
use callboard_contract::view::MemberState;
use callboard_domain::{Coins, LegState};

use super::dialog::role_word;
use super::live::{Level, state_sign};
use super::opened::Opened;
use super::table::{Cell, Column, Ctx, Tone};
use crate::text;

/// How many looks stand in the quality column.
const LOOKS: usize = 12;

/// A leg as it is now.
pub(crate) struct LegRow {
    leg: LegDetail,
    connected_ms: i64,
    runway_ms: Option<i64>,
    charge: Coins,
}

/// A member as he is now.
pub(crate) struct MemberRow {
    member: MemberDetail,
    looks: String,
}

/// The legs, carried forward to now.
pub(crate) fn legs(opened: &Opened, now: i64) -> Vec<LegRow> {
    let row = |leg: &LegDetail| LegRow {
        connected_ms: opened.connected_ms(leg, now),
        runway_ms: opened.runway_ms(leg, now),
        charge: opened.charge(leg, now),
        leg: leg.clone(),
    };
    opened.detail.legs.iter().map(row).collect()
}

/// The members with the last looks at their lines.
pub(crate) fn members(opened: &Opened) -> Vec<MemberRow> {
    let row = |member: &MemberDetail| {
        let mut looks: Vec<char> = opened.samples(&member.uid).rev().take(LOOKS).map(|s| s.level.sign()).collect();
        looks.reverse();
        MemberRow { member: member.clone(), looks: looks.into_iter().collect() }
    };
    opened.detail.members.iter().map(row).collect()
}

const fn left<R>(
    title: &'static str,
    (min, max): (u16, u16),
    priority: u8,
    cell: fn(&R, &Ctx<'_>) -> Cell,
    help: &'static str,
) -> Column<R> {
    Column { title, help, min, max, right: false, priority, sort: None, cell }
}

const fn right<R>(
    title: &'static str,
    (min, max): (u16, u16),
    priority: u8,
    cell: fn(&R, &Ctx<'_>) -> Cell,
    help: &'static str,
) -> Column<R> {
    Column { title, help, min, max, right: true, priority, sort: None, cell }
}

fn amount(of: Coins) -> Cell {
    Cell::new(text::coins(of), if of.is_zero() { Tone::Dim } else { Tone::Plain })
}

fn runway(row: &LegRow, ctx: &Ctx<'_>) -> Cell {
    match (row.leg.state, row.runway_ms) {
        (LegState::Suspended, _) => {
            let left = row.leg.lost_at.map_or(0, |at| at.since(ctx.server).as_ms());
            Cell::new(format!("lost {}", text::span(left)), Tone::Bad)
        }
        (LegState::Settled, _) | (_, None) => Cell::new("—", Tone::Dim),
        (_, Some(ms)) if ms < super::columns::SHORT_RUNWAY_MS => Cell::new(format!("! {}", text::span(ms)), Tone::Bad),
        (_, Some(ms)) => Cell::plain(text::span(ms)),
    }
}

fn cutoff(row: &LegRow, ctx: &Ctx<'_>) -> Cell {
    let at = if row.leg.state == LegState::Settled { None } else { row.leg.cutoff_at };
    at.map_or_else(|| Cell::new("—", Tone::Dim), |at| Cell::plain(text::clock(at, ctx.tz)))
}

/// The columns of legs.
pub(crate) static LEGS: &[Column<LegRow>] = &[
    left("PAYER", (12, 24), 0, |r, _| Cell::plain(r.leg.payer.as_str()), "who pays"),
    left(
        "LEG",
        (11, 11),
        4,
        |r, _| {
            let (sign, tone) = state_sign(r.leg.state.as_str());
            Cell::new(format!("{sign} {}", r.leg.state), tone)
        },
        "where it stands",
    ),
    right("TIME", (7, 8), 5, |r, _| Cell::plain(text::span(r.connected_ms)), "connected time"),
    right("CHARGE", (9, 12), 1, |r, _| amount(r.charge), "charged so far"),
    right("HELD", (9, 11), 3, |r, _| amount(r.leg.held), "still held"),
    right("RUNWAY", (9, 10), 2, runway, "connected time left"),
    right("CUT-OFF", (8, 9), 6, cutoff, "when it ends unless more is granted"),
    right("GRANTED", (9, 11), 8, |r, _| amount(r.leg.granted), "granted in all"),
    right("SETTLED", (9, 11), 9, |r, _| amount(r.leg.settled), "posted"),
    right("REFUNDED", (9, 11), 7, |r, _| amount(r.leg.refunded), "given back"),
    right("BURN", (7, 9), 10, |r, _| amount(r.leg.burn_per_minute), "coins per minute now"),
    right("SPENDABLE", (9, 12), 11, |r, _| amount(r.leg.available), "what the payer can spend beside the hold"),
    right(
        "THROUGH",
        (8, 9),
        12,
        |r, c| Cell::plain(r.leg.metered_through.map_or_else(|| "—".to_owned(), |at| text::clock(at, c.tz))),
        "up to when it is metered",
    ),
];

fn figure(value: Option<u32>, unit: &str) -> Cell {
    value.map_or_else(|| Cell::new("—", Tone::Dim), |v| Cell::plain(format!("{v} {unit}")))
}

fn loss(row: &MemberRow, _: &Ctx<'_>) -> Cell {
    row.member
        .quality
        .loss_permille
        .map_or_else(|| Cell::new("—", Tone::Dim), |v| Cell::plain(format!("{}.{} %", v / 10, v % 10)))
}

fn devices(row: &MemberRow, _: &Ctx<'_>) -> Cell {
    let state = row.member.device_state;
    let mic = if state.muted_by_staff {
        "mic STAFF-MUTED"
    } else if state.muted {
        "mic off"
    } else {
        "mic on"
    };
    let camera = if state.camera { "cam on" } else { "cam off" };
    Cell::new(format!("{mic}, {camera}"), if state.muted_by_staff { Tone::Warn } else { Tone::Plain })
}

/// The columns of members.
pub(crate) static MEMBERS: &[Column<MemberRow>] = &[
    left("MEMBER", (12, 24), 0, |r, _| Cell::plain(r.member.uid.as_str()), "the user"),
    left("ROLE", (7, 8), 4, |r, _| Cell::plain(role_word(r.member.role)), "what the user is to the call"),
    left(
        "STATE",
        (8, 9),
        3,
        |r, _| {
            Cell::new(
                r.member.state.as_str(),
                if r.member.state == MemberState::Joined { Tone::Good } else { Tone::Dim },
            )
        },
        "where the member stands",
    ),
    left("DEVICES", (16, 24), 1, devices, "microphone and camera"),
    left(
        "QUALITY",
        (17, 17),
        2,
        |r, _| {
            let level = Level::of(&r.member.quality);
            Cell::new(format!("{:<12} {}", r.looks, level.word()), level.tone())
        },
        "the looks while it was open, and a word",
    ),
    right("RTT", (8, 8), 5, |r, _| figure(r.member.quality.rtt_ms, "ms"), "round trip"),
    right("LOSS", (7, 7), 6, loss, "packets lost"),
    right("JITTER", (7, 8), 7, |r, _| figure(r.member.quality.jitter_ms, "ms"), "jitter"),
    right("RECEIVES", (9, 10), 8, |r, _| figure(r.member.quality.bitrate_kbps, "kb/s"), "bitrate"),
    right(
        "BEAT",
        (7, 8),
        9,
        |r, _| r.member.quality.silent_ms.map_or_else(|| Cell::new("—", Tone::Dim), |ms| Cell::plain(text::age(ms))),
        "since the last sign of life",
    ),
];
