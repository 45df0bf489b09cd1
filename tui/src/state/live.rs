//! Live calls as the console holds them: the last row that was read, carried forward by the clock until the next one comes.

use std::collections::HashMap;

use callboard_contract::adm::calls::{CallDetail, LiveCall, LivePage, Quality};
use callboard_contract::api::calls::Line;
use callboard_domain::{CallId, CallState, Coins, LegState};

use super::table::{Cell, Ctx, Tone};
use crate::text;

/// Time is carried forward no longer than this without news.
const MAX_CARRY_MS: i64 = 15_000;
/// How many rounds of quality a row remembers.
const SEEN: usize = 4;

/// How a line is, in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Lost,
    Poor,
    Fair,
    Good,
    #[default]
    Unknown,
}

impl Level {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "—",
            Self::Lost => "lost",
            Self::Poor => "poor",
            Self::Fair => "fair",
            Self::Good => "good",
        }
    }

    /// As a bar.
    pub(crate) const fn sign(self) -> char {
        match self {
            Self::Unknown => ' ',
            Self::Lost => '·',
            Self::Poor => '▂',
            Self::Fair => '▅',
            Self::Good => '▇',
        }
    }

    pub(crate) const fn tone(self) -> Tone {
        match self {
            Self::Unknown => Tone::Dim,
            Self::Lost => Tone::Bad,
            Self::Poor => Tone::Warn,
            Self::Fair | Self::Good => Tone::Good,
        }
    }

    /// Reads the figures of a beat.
    pub(crate) fn of(quality: &Quality) -> Self {
        let over = |value: Option<u32>, limit: u32| value.is_some_and(|v| v >= limit);
        match quality.line {
            None | Some(Line::Connecting) => Self::Unknown,
            Some(Line::Broken) => Self::Lost,
            Some(_) if quality.silent_ms.is_some_and(|ms| ms > callboard_contract::limits::GRACE_MS) => Self::Lost,
            Some(Line::Connected)
                if over(quality.loss_permille, 50) || over(quality.rtt_ms, 400) || over(quality.jitter_ms, 80) =>
            {
                Self::Poor
            }
            Some(Line::Connected)
                if over(quality.loss_permille, 20) || over(quality.rtt_ms, 250) || over(quality.jitter_ms, 40) =>
            {
                Self::Fair
            }
            Some(Line::Connected) => Self::Good,
        }
    }
}

/// A live call and when it was read.
#[derive(Clone, Debug)]
pub(crate) struct LiveRow {
    pub(crate) call: LiveCall,
    /// When it was read, on the console's clock.
    pub(crate) seen: i64,
    levels: [Level; SEEN],
    round: u64,
}

impl LiveRow {
    /// The state in the word that people use: the leg's, or `ringing` and `accepted` before there is a running leg.
    pub(crate) fn state_word(&self) -> &'static str {
        state_word(self.call.state, self.call.leg_state)
    }

    fn carried(&self, now: i64) -> i64 {
        if self.call.leg_state == LegState::Metered { (now - self.seen).clamp(0, MAX_CARRY_MS) } else { 0 }
    }

    /// Connected time now.
    pub(crate) fn connected_ms(&self, now: i64) -> i64 {
        self.call.connected_ms + self.carried(now)
    }

    /// Connected time left now.
    pub(crate) fn runway_ms(&self, now: i64) -> Option<i64> {
        self.call.runway_ms.map(|ms| (ms - self.carried(now)).max(0))
    }

    pub(crate) fn level(&self) -> Level {
        if self.call.leg_state == LegState::Suspended { Level::Lost } else { Level::of(&self.call.quality) }
    }

    /// The last few levels as bars, and the word.
    pub(crate) fn quality(&self) -> Cell {
        let bars: String = self.levels.iter().map(|l| l.sign()).collect();
        let level = self.level();
        Cell::new(format!("{bars} {}", level.word()), level.tone())
    }

    pub(crate) fn who(&self) -> String {
        who(&self.call)
    }

    /// What stands out.
    pub(crate) fn flags(&self, ctx: &Ctx<'_>) -> Cell {
        let mut flags = Vec::new();
        let mut tone = Tone::Plain;
        if self.call.leg_state == LegState::Suspended {
            let left = self.call.lost_at.map(|at| format!(" {}", text::span(at.since(ctx.server).as_ms())));
            flags.push(format!("line lost{}", left.unwrap_or_default()));
            tone = Tone::Bad;
        }
        if self.call.low_balance {
            flags.push("low balance".to_owned());
            tone = if tone == Tone::Plain { Tone::Warn } else { tone };
        }
        if self.call.muted_by_staff {
            flags.push("muted by staff".to_owned());
        }
        Cell::new(flags.join(", "), tone)
    }
}

/// The state of a call as one word.
pub(crate) const fn state_word(call: CallState, leg: LegState) -> &'static str {
    match call {
        CallState::Pending => "ringing",
        CallState::Accepted => "accepted",
        CallState::Active => leg.as_str(),
        over => over.as_str(),
    }
}

/// The sign that goes with a state, so that it is never colour alone.
pub(crate) fn state_sign(word: &str) -> (char, Tone) {
    match word {
        "metered" => ('●', Tone::Good),
        "suspended" => ('▽', Tone::Bad),
        "ringing" | "reserved" => ('○', Tone::Dim),
        "accepted" | "waiting" => ('◌', Tone::Dim),
        _ => ('■', Tone::Dim),
    }
}

/// Who calls whom.
pub(crate) fn who(call: &LiveCall) -> String {
    match call.payers.as_slice() {
        _ if call.kind == callboard_domain::CallKind::Group => format!("group: {} ({})", call.payee, call.members),
        [] => format!("— → {}", call.payee),
        [payer] => format!("{payer} → {}", call.payee),
        [first, rest @ ..] => format!("{first} +{} → {}", rest.len(), call.payee),
    }
}

/// Every live call.
#[derive(Default)]
pub(crate) struct Live {
    rows: HashMap<CallId, LiveRow>,
    /// When the last page came, on the console's clock.
    pub(crate) seen: Option<i64>,
    /// How long the last full round took.
    pub(crate) round_ms: i64,
    round: u64,
    round_began: i64,
}

/// What a page changed, so that alarms look at no more than that.
#[derive(Default)]
pub(crate) struct Change {
    pub(crate) touched: Vec<CallId>,
    pub(crate) gone: Vec<CallId>,
}

impl Live {
    pub(crate) fn rows(&self) -> impl Iterator<Item = &LiveRow> {
        self.rows.values()
    }

    pub(crate) fn get(&self, id: CallId) -> Option<&LiveRow> {
        self.rows.get(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Takes a page of a round. The last page of a round drops what no page of it named.
    pub(crate) fn take(&mut self, page: LivePage, round: u64, first: bool, now: i64) -> Change {
        let mut change = Change::default();
        self.round = round;
        if first {
            self.round_began = now;
        }
        let last = page.cursor.is_none();
        for call in page.items {
            change.touched.push(call.call_id);
            self.put(call, round, now);
        }
        if last {
            change.gone = self.rows.iter().filter(|(_, row)| row.round < round).map(|(id, _)| *id).collect();
            for id in &change.gone {
                self.rows.remove(id);
            }
            self.round_ms = now - self.round_began;
        }
        self.seen = Some(now);
        change
    }

    fn put(&mut self, call: LiveCall, round: u64, now: i64) {
        let before = self.rows.get(&call.call_id);
        if before.is_some_and(|row| row.call.version > call.version) {
            if let Some(row) = self.rows.get_mut(&call.call_id) {
                row.round = round;
            }
            return;
        }
        let mut levels = before.map_or([Level::Unknown; SEEN], |row| row.levels);
        levels.rotate_left(1);
        let id = call.call_id;
        let mut row = LiveRow { call, seen: now, levels, round };
        row.levels[SEEN - 1] = row.level();
        self.rows.insert(id, row);
    }

    /// Takes the details of a call that something just happened to. `true` if it is over and was dropped.
    pub(crate) fn touch(&mut self, detail: &CallDetail, now: i64) -> bool {
        let id = detail.call.call_id;
        if detail.call.state.is_over() {
            return self.rows.remove(&id).is_some();
        }
        let round = self.rows.get(&id).map_or(self.round, |row| row.round);
        let call = from_detail(detail, self.rows.get(&id).map(|row| &row.call));
        self.put(call, round, now);
        false
    }

    /// Drops a call that an event says is over.
    pub(crate) fn remove(&mut self, id: CallId) -> bool {
        self.rows.remove(&id).is_some()
    }
}

/// A row made of a call's details; what they do not tell is taken from the row before.
fn from_detail(detail: &CallDetail, before: Option<&LiveCall>) -> LiveCall {
    let legs: Vec<_> = detail.legs.iter().filter(|leg| leg.state != LegState::Settled).collect();
    let sum = |of: fn(&callboard_contract::adm::calls::LegDetail) -> Coins| {
        Coins::from_units(detail.legs.iter().map(|leg| of(leg).units()).sum())
    };
    let rank = |state: LegState| match state {
        LegState::Metered => 4,
        LegState::Suspended => 3,
        LegState::Waiting => 2,
        LegState::Reserved => 1,
        LegState::Settled => 0,
    };
    let runway_ms = legs.iter().filter_map(|leg| leg.runway_ms).min();
    let mut payers: Vec<_> = legs.iter().map(|leg| leg.payer.clone()).collect();
    payers.dedup();
    LiveCall {
        call_id: detail.call.call_id,
        kind: detail.call.kind,
        state: detail.call.state,
        leg_state: legs.iter().map(|leg| leg.state).max_by_key(|s| rank(*s)).unwrap_or(LegState::Reserved),
        payers,
        payee: detail.call.payee.clone(),
        members: u32::try_from(detail.members.iter().filter(|m| m.state.is_in()).count()).unwrap_or(u32::MAX),
        tariff_name: detail.call.tariff_name.clone(),
        created_at: detail.call.created_at,
        connected_ms: detail.legs.iter().map(|leg| leg.connected_ms).max().unwrap_or_default(),
        burn_per_minute: sum(|leg| leg.burn_per_minute),
        platform_per_minute: before.map_or(Coins::ZERO, |call| call.platform_per_minute),
        runway_ms,
        charge: sum(|leg| leg.charge),
        held: sum(|leg| leg.held),
        available: if let [leg] = legs.as_slice() { Some(leg.available) } else { None },
        quality: detail.members.iter().map(|m| m.quality).min_by_key(Level::of).unwrap_or_default(),
        lost_at: legs.iter().filter_map(|leg| leg.lost_at).min(),
        low_balance: runway_ms.is_some_and(|ms| ms < i64::from(detail.tariff.warn_s) * 1000),
        muted_by_staff: detail.members.iter().any(|m| m.device_state.muted_by_staff),
        version: detail.version,
    }
}
