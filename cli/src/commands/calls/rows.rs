//! The columns of calls, legs, members and what happened to them.

use callboard_contract::adm::calls::{CallRow, LegDetail, LiveCall, MemberDetail, Quality, TimelineItem};
use callboard_domain::At;

use crate::report::{Cell, Column, Row, column};

impl Row for LiveCall {
    const COLUMNS: &'static [Column<Self>] = &[
        column("call_id", "CALL", |c| Cell::text(c.call_id)),
        column("kind", "KIND", |c| Cell::text(c.kind)),
        column("state", "STATE", |c| Cell::text(c.state)),
        column("leg_state", "LEG", |c| Cell::text(c.leg_state)),
        column("payers", "PAYER", |c| Cell::words(&c.payers)),
        column("payee", "PAYEE", |c| Cell::text(&c.payee)),
        column("tariff_name", "TARIFF", |c| Cell::text(&c.tariff_name)),
        column("connected_ms", "TIME", |c| Cell::span(c.connected_ms)),
        column("burn_per_minute", "BURN/MIN", |c| Cell::amount(c.burn_per_minute)),
        column("runway_ms", "RUNWAY", |c| Cell::maybe_span(c.runway_ms)),
        column("charge", "CHARGED", |c| Cell::amount(c.charge)),
        column("held", "HELD", |c| Cell::amount(c.held)),
        column("available", "AVAILABLE", |c| Cell::maybe_amount(c.available)),
        column("quality", "QUALITY", |c| Cell::text(quality(&c.quality))),
        column("flags", "FLAGS", |c| Cell::text(flags(c))),
    ];

    fn id(&self) -> String {
        self.call_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.created_at)
    }
}

fn flags(call: &LiveCall) -> String {
    let flags = [(call.low_balance, "low"), (call.muted_by_staff, "muted"), (call.lost_at.is_some(), "lost")];
    let set: Vec<&str> = flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).collect();
    set.join(" ")
}

fn quality(quality: &Quality) -> String {
    let mut words = Vec::new();
    if let Some(line) = quality.line {
        words.push(format!("{line:?}").to_lowercase());
    }
    if let Some(rtt) = quality.rtt_ms {
        words.push(format!("{rtt}ms"));
    }
    if let Some(loss) = quality.loss_permille {
        words.push(format!("{}.{}%", loss / 10, loss % 10));
    }
    words.join(" ")
}

impl Row for CallRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("call_id", "CALL", |c| Cell::text(c.call_id)),
        column("kind", "KIND", |c| Cell::text(c.kind)),
        column("state", "STATE", |c| Cell::text(c.state)),
        column("caller", "CALLER", |c| Cell::text(&c.caller)),
        column("payee", "PAYEE", |c| Cell::text(&c.payee)),
        column("tariff_name", "TARIFF", |c| Cell::text(&c.tariff_name)),
        column("created_at", "MADE", |c| Cell::at(c.created_at)),
        column("ended_at", "ENDED", |c| Cell::maybe_at(c.ended_at)),
        column("end_reason", "REASON", |c| Cell::maybe(c.end_reason)),
        column("legs", "LEGS", |c| Cell::number(c.legs)),
        column("connected_ms", "TIME", |c| Cell::span(c.connected_ms)),
        column("charge", "CHARGED", |c| Cell::amount(c.charge)),
    ];

    fn id(&self) -> String {
        self.call_id.to_string()
    }
}

impl Row for LegDetail {
    const COLUMNS: &'static [Column<Self>] = &[
        column("leg_id", "LEG", |l| Cell::text(l.leg_id)),
        column("payer", "PAYER", |l| Cell::text(&l.payer)),
        column("payee", "PAYEE", |l| Cell::text(&l.payee)),
        column("state", "STATE", |l| Cell::text(l.state)),
        column("end_reason", "REASON", |l| Cell::maybe(l.end_reason)),
        column("connected_ms", "TIME", |l| Cell::span(l.connected_ms)),
        column("charge", "CHARGED", |l| Cell::amount(l.charge)),
        column("settled", "SETTLED", |l| Cell::amount(l.settled)),
        column("granted", "GRANTED", |l| Cell::amount(l.granted)),
        column("held", "HELD", |l| Cell::amount(l.held)),
        column("refunded", "REFUNDED", |l| Cell::amount(l.refunded)),
        column("burn_per_minute", "BURN/MIN", |l| Cell::amount(l.burn_per_minute)),
        column("runway_ms", "RUNWAY", |l| Cell::maybe_span(l.runway_ms)),
        column("split", "SPLIT", |l| Cell::words(l.split.iter().map(|part| format!("{}={}", part.party, part.amount)))),
    ];

    fn id(&self) -> String {
        self.leg_id.to_string()
    }
}

impl Row for MemberDetail {
    const COLUMNS: &'static [Column<Self>] = &[
        column("uid", "UID", |m| Cell::text(&m.uid)),
        column("role", "ROLE", |m| Cell::text(m.role)),
        column("state", "STATE", |m| Cell::text(m.state.as_str())),
        column("device", "DEVICE", |m| Cell::maybe(m.device.as_ref())),
        column("muted", "MUTED", |m| Cell::yes(m.device_state.muted)),
        column("camera", "CAMERA", |m| Cell::yes(m.device_state.camera)),
        column("muted_by_staff", "BY STAFF", |m| Cell::yes(m.device_state.muted_by_staff)),
        column("quality", "QUALITY", |m| Cell::text(quality(&m.quality))),
    ];

    fn id(&self) -> String {
        self.uid.to_string()
    }
}

impl Row for TimelineItem {
    const COLUMNS: &'static [Column<Self>] = &[
        column("at", "AT", |i| Cell::at(i.at)),
        column("track", "TRACK", |i| Cell::text(&i.track)),
        column("event", "EVENT", |i| Cell::text(&i.event)),
        column("actor", "BY", |i| Cell::text(&i.actor)),
        column("amount", "AMOUNT", |i| Cell::maybe_amount(i.amount)),
        column("text", "WHAT", |i| Cell::text(&i.text)),
    ];

    fn id(&self) -> String {
        self.event.clone()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}
