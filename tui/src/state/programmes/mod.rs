//! Calls on air as rows: the columns of the list; of guests and targets of the opened programme in the modules below.

mod guests;
mod targets;

use callboard_contract::adm::restream::ProgrammeRow;
use callboard_domain::{CallId, OutputPreset, ProgrammeState, Slate, TargetState};

use super::columns::{col, num, sorted};
use super::table::{Cell, Column, Ctx, Listed, Tone};
use crate::text;

pub(crate) use self::guests::{GUESTS, guests};
pub(crate) use self::targets::{TARGETS, blame_word, targets};

/// A programme, with what the console knows of its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AirRow {
    pub(crate) row: ProgrammeRow,
    /// Who hosts the call, where it is among the live ones.
    pub(crate) host: Option<String>,
}

/// The word and the sign of where a programme stands.
pub(crate) fn state_cell(state: ProgrammeState) -> Cell {
    let (sign, word, tone) = match state {
        ProgrammeState::Waiting => ('○', "waiting", Tone::Warn),
        ProgrammeState::Starting => ('◌', "starting", Tone::Plain),
        ProgrammeState::OnAir => ('●', "on air", Tone::Good),
        ProgrammeState::Interrupted => ('▽', "interrupted", Tone::Bad),
        ProgrammeState::Finished => ('■', "finished", Tone::Dim),
        ProgrammeState::Failed => ('✗', "failed", Tone::Bad),
    };
    Cell::new(format!("{sign} {word}"), tone)
}

const fn target_sign(state: TargetState) -> (char, Tone) {
    match state {
        TargetState::Starting => ('◌', Tone::Plain),
        TargetState::Live => ('●', Tone::Good),
        TargetState::Retrying => ('▽', Tone::Warn),
        TargetState::Failed => ('✗', Tone::Bad),
        TargetState::Finished => ('■', Tone::Dim),
    }
}

/// The targets in short: how many of them are live, with the sign of the one that stands worst.
fn targets_cell(row: &ProgrammeRow) -> Cell {
    let Some(status) = row.status.as_ref().filter(|_| !row.state.is_over()) else {
        return Cell::new(format!("{} wanted", row.targets), Tone::Dim);
    };
    let has = |state: &TargetState| status.targets.iter().any(|t| t.state == *state);
    let worst_first = [TargetState::Failed, TargetState::Retrying, TargetState::Starting, TargetState::Live];
    let Some(worst) = worst_first.into_iter().find(has) else { return Cell::new("none", Tone::Dim) };
    let (sign, tone) = target_sign(worst);
    Cell::new(format!("{sign} {} of {} live", row.targets_live, row.targets), tone)
}

fn of_status(row: &AirRow, cell: impl Fn(&callboard_contract::programme::ProgrammeStatus) -> Cell) -> Cell {
    row.row.status.as_ref().map_or_else(none, cell)
}

fn none() -> Cell {
    Cell::new("—", Tone::Dim)
}

/// Tenths as a number with one decimal.
pub(crate) fn tenths(tenths: u32) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Thousandths of a core as cores.
pub(crate) fn cores(permille: u32) -> String {
    format!("{}.{:02}", permille / 1000, permille % 1000 / 10)
}

fn fps_cell(preset: OutputPreset, fps_tenths: u32) -> Cell {
    if preset.size().is_none() {
        return Cell::new("sound", Tone::Dim);
    }
    Cell::new(tenths(fps_tenths), if fps_tenths < 250 { Tone::Warn } else { Tone::Plain })
}

fn drops(frames: u64) -> Cell {
    Cell::new(text::grouped(frames), if frames > 0 { Tone::Warn } else { Tone::Dim })
}

fn status_figure(row: &AirRow, of: fn(&callboard_contract::programme::ProgrammeStatus) -> u64) -> Option<u64> {
    row.row.status.as_ref().map(of)
}

/// For how long it has been on air, or was.
pub(crate) fn on_air_ms(row: &ProgrammeRow, ctx: &Ctx<'_>) -> Option<i64> {
    row.on_air_at.map(|from| row.ended_at.unwrap_or(ctx.server).since(from).as_ms().max(0))
}

impl Listed for AirRow {
    const NAME: &'static str = "calls on air";
    const COLUMNS: &'static [Column<Self>] = &[
        sorted(col("PROGRAMME", (12, 30), 0, |r, _| Cell::plain(text::clean(&r.row.title)), "its title"), |a, b, _| {
            a.row.title.cmp(&b.row.title)
        }),
        sorted(
            col("STATE", (13, 13), 1, |r, _| state_cell(r.row.state), "waiting, starting, on air, interrupted, over"),
            |a, b, _| a.row.state.as_str().cmp(b.row.state.as_str()),
        ),
        sorted(
            num("GUESTS", (6, 6), 3, |r, _| Cell::plain(r.row.guests.to_string()), "members in it who agreed"),
            |a, b, _| a.row.guests.cmp(&b.row.guests),
        ),
        col(
            "TARGETS",
            (14, 16),
            2,
            |r, _| targets_cell(&r.row),
            "where it goes: how many are live, ▽ tried again, ✗ given up",
        ),
        sorted(
            num(
                "KBIT/S",
                (6, 8),
                4,
                |r, _| of_status(r, |s| Cell::plain(text::grouped(s.bitrate_kbps.into()))),
                "what goes out to each target",
            ),
            |a, b, _| status_figure(a, |s| s.bitrate_kbps.into()).cmp(&status_figure(b, |s| s.bitrate_kbps.into())),
        ),
        sorted(
            num(
                "FPS",
                (5, 5),
                5,
                |r, _| of_status(r, |s| fps_cell(r.row.preset, s.fps_tenths)),
                "pictures a second that go out",
            ),
            |a, b, _| status_figure(a, |s| s.fps_tenths.into()).cmp(&status_figure(b, |s| s.fps_tenths.into())),
        ),
        sorted(
            num(
                "VIEWERS",
                (7, 9),
                9,
                |r, _| of_status(r, |s| Cell::plain(text::grouped(s.viewers.into()))),
                "players that watch it at this house",
            ),
            |a, b, _| status_figure(a, |s| s.viewers.into()).cmp(&status_figure(b, |s| s.viewers.into())),
        ),
        sorted(
            num("DROPS", (5, 8), 6, |r, _| of_status(r, |s| drops(s.frames_dropped)), "pictures that were left out"),
            |a, b, _| status_figure(a, |s| s.frames_dropped).cmp(&status_figure(b, |s| s.frames_dropped)),
        ),
        sorted(
            num("CORES", (5, 6), 7, |r, _| of_status(r, |s| Cell::plain(cores(s.cpu_permille))), "what it costs"),
            |a, b, _| status_figure(a, |s| s.cpu_permille.into()).cmp(&status_figure(b, |s| s.cpu_permille.into())),
        ),
        sorted(
            num(
                "ON AIR",
                (7, 8),
                8,
                |r, c| on_air_ms(&r.row, c).map_or_else(none, |ms| Cell::plain(text::span(ms))),
                "for how long",
            ),
            |a, b, c| on_air_ms(&a.row, c).cmp(&on_air_ms(&b.row, c)),
        ),
        col(
            "HOST",
            (10, 20),
            9,
            |r, _| r.host.as_ref().map_or_else(none, |h| Cell::plain(h.clone())),
            "who hosts the call",
        ),
        col("LAYOUT", (9, 12), 10, |r, _| Cell::plain(r.row.layout.as_str()), "how the guests stand in the picture"),
        col("SLATE", (9, 9), 11, |r, _| slate_cell(r.row.slate), "what covers the picture"),
        col("MODE", (6, 6), 12, |r, _| Cell::plain(r.row.mode.as_str()), "who of those who agreed is in it"),
        col(
            "CALL",
            (12, 12),
            13,
            |r, _| Cell::new(text::short_id(&r.row.call_id.to_string()).to_owned(), Tone::Dim),
            "the end of its call's id",
        ),
        col(
            "WORKER",
            (10, 24),
            14,
            |r, _| of_status(r, |s| Cell::new(text::clean(&s.worker), Tone::Dim)),
            "which copy of the worker runs it",
        ),
    ];
    fn key(&self) -> String {
        self.row.programme_id.to_string()
    }
    fn call(&self) -> Option<CallId> {
        Some(self.row.call_id)
    }
}

fn slate_cell(slate: Slate) -> Cell {
    Cell::new(slate.as_str(), if slate == Slate::None { Tone::Dim } else { Tone::Accent })
}
