//! Calls on air as rows: the columns of the list, and of the guests and targets of the opened programme.

use callboard_contract::adm::restream::{ProgrammeMember, ProgrammeRow, TargetRow};
use callboard_contract::programme::{GuestStatus, TargetStatus};
use callboard_contract::view::MemberState;
use callboard_domain::{
    Blame, CallId, Consent, OutputPreset, ProgrammePart, ProgrammeState, Slate, StagePlace, TargetState,
};

use super::columns::{col, num, sorted};
use super::on_air::OpenedProgramme;
use super::table::{Cell, Column, Ctx, Listed, Tone};
use crate::text;

/// Silence, in decibels below full scale.
const SILENCE_DB: i32 = -60;
/// From here on it is about to clip.
const LOUD_DB: i32 = -3;
/// How many cells the meter has.
const METER: usize = 12;

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

/// Who is to be looked at and listened to in an opened programme: the whole of it first, then each member of its call.
pub(crate) struct GuestRow {
    /// The member; the whole programme if absent.
    pub(crate) member: Option<ProgrammeMember>,
    status: Option<GuestStatus>,
    /// Of the whole: loudness, pictures a second, and what covers it.
    whole: Option<(i32, u32)>,
    slate: Slate,
}

/// A target that is wanted, with how it does.
pub(crate) struct TargetLine {
    target: TargetRow,
    status: Option<TargetStatus>,
}

/// The rows of guests.
pub(crate) fn guests(opened: &OpenedProgramme) -> Vec<GuestRow> {
    let row = &opened.detail.programme;
    let status = row.status.as_ref().filter(|_| !row.state.is_over());
    let whole =
        GuestRow { member: None, status: None, whole: status.map(|s| (s.level_db, s.fps_tenths)), slate: row.slate };
    let of = |member: &ProgrammeMember| GuestRow {
        status: status.and_then(|s| s.guests.iter().find(|g| g.uid == member.uid).cloned()),
        member: Some(member.clone()),
        whole: None,
        slate: row.slate,
    };
    std::iter::once(whole).chain(opened.detail.members.iter().map(of)).collect()
}

/// The rows of targets.
pub(crate) fn targets(opened: &OpenedProgramme) -> Vec<TargetLine> {
    let row = &opened.detail.programme;
    let status = |target: &TargetRow| row.status.as_ref()?.targets.iter().find(|t| t.name == target.name).cloned();
    opened.detail.targets.iter().map(|t| TargetLine { status: status(t), target: t.clone() }).collect()
}

/// A loudness as a bar and as a number.
pub(crate) fn meter(level_db: i32) -> Cell {
    let level = level_db.clamp(SILENCE_DB, 0);
    let lit = usize::try_from(level - SILENCE_DB).unwrap_or(0) * METER / 60;
    let bar: String = (0..METER).map(|i| if i < lit { '▮' } else { '·' }).collect();
    if level == SILENCE_DB {
        return Cell::new(format!("{bar}  quiet"), Tone::Dim);
    }
    Cell::new(format!("{bar} {level:>3} dB"), if level >= LOUD_DB { Tone::Warn } else { Tone::Good })
}

fn line(row: &GuestRow) -> Cell {
    let Some(member) = &row.member else { return slate_cell(row.slate) };
    match &row.status {
        None if member.on_programme => Cell::new("○ awaited", Tone::Warn),
        None => none(),
        Some(s) if !s.connected => Cell::new("▽ no line", Tone::Bad),
        Some(s) => match (s.picture, s.sound) {
            (true, true) => Cell::new("● both", Tone::Good),
            (true, false) => Cell::new("● picture", Tone::Good),
            (false, true) => Cell::new("● sound", Tone::Good),
            (false, false) => Cell::new("◌ nothing", Tone::Warn),
        },
    }
}

fn consent(row: &GuestRow) -> Cell {
    match row.member.as_ref().map(|m| m.consent) {
        None => Cell::plain(""),
        Some(Consent::Asked) => Cell::new("asked", Tone::Dim),
        Some(Consent::Agreed) => Cell::plain("agreed"),
        Some(Consent::Refused) => Cell::new("refused", Tone::Warn),
    }
}

/// What of the member is in it, and where he stands towards the stage.
fn part(row: &GuestRow) -> Cell {
    let Some(member) = &row.member else { return Cell::plain("") };
    let part = match member.part {
        ProgrammePart::None => "not in it",
        ProgrammePart::Sound => "heard",
        ProgrammePart::Full => "in it",
    };
    let place = match (member.host, member.place, member.turn) {
        (true, ..) => ", host".to_owned(),
        (_, StagePlace::Audience, _) => String::new(),
        (_, StagePlace::Queued, turn) => turn.map_or_else(|| ", hand up".to_owned(), |n| format!(", hand up, {n}.")),
        (_, StagePlace::Invited, _) => ", invited".to_owned(),
        (_, StagePlace::OnStage, _) => ", on stage".to_owned(),
    };
    Cell::new(format!("{part}{place}"), if member.part == ProgrammePart::None { Tone::Dim } else { Tone::Plain })
}

fn note(row: &GuestRow) -> Cell {
    let Some(member) = &row.member else { return Cell::plain("") };
    let mut says = Vec::new();
    let mut tone = Tone::Plain;
    if member.state != MemberState::Joined {
        says.push(member.state.as_str().to_owned());
    }
    if member.muted_by_staff {
        says.push("muted by staff".to_owned());
        tone = Tone::Warn;
    } else if row.status.as_ref().is_some_and(|s| s.muted) {
        says.push("muted".to_owned());
    }
    if member.gain_permille != 1000 {
        says.push(format!("gain {} %", member.gain_permille / 10));
    }
    if let Some(fault) = row.status.as_ref().and_then(|s| s.fault.as_ref()) {
        says.push(text::clean(fault));
        tone = Tone::Bad;
    }
    Cell::new(says.join(", "), tone)
}

/// The columns of guests.
pub(crate) static GUESTS: &[Column<GuestRow>] = &[
    col(
        "WHO",
        (12, 24),
        0,
        |r, _| match &r.member {
            Some(member) => Cell::plain(member.uid.as_str()),
            None => Cell::new("the programme", Tone::Strong),
        },
        "the whole programme, or a member of the call",
    ),
    col("LINE", (9, 10), 2, |r, _| line(r), "what comes in from the guest; what covers the whole"),
    col(
        "LEVEL",
        (19, 19),
        1,
        |r, _| r.whole.map(|w| w.0).or(r.status.as_ref().map(|s| s.level_db)).map_or_else(none, meter),
        "loudness in decibels below full scale",
    ),
    num(
        "FPS",
        (5, 5),
        5,
        |r, _| {
            let fps = r.whole.map(|w| w.1).or(r.status.as_ref().map(|s| s.fps_tenths));
            fps.map_or_else(none, |fps| Cell::plain(tenths(fps)))
        },
        "pictures a second",
    ),
    num(
        "LOSS",
        (6, 7),
        6,
        |r, _| r.status.as_ref().map_or_else(none, |s| Cell::plain(format!("{} %", tenths(s.loss_permille)))),
        "packets lost",
    ),
    col("CONSENT", (7, 8), 4, |r, _| consent(r), "whether the member agreed to be on air"),
    col("NOTE", (14, 60), 3, |r, _| note(r), "muted, gone, at fault"),
    col("PART", (11, 22), 7, |r, _| part(r), "what of the member is in it, and the place towards the stage"),
];

/// Whose fault it is that a target does not do.
pub(crate) const fn blame_word(blame: Blame) -> &'static str {
    match blame {
        Blame::None => "",
        Blame::Settings => "its settings",
        Blame::Target => "the other side",
        Blame::House => "the house",
    }
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

fn of_target(line: &TargetLine, cell: impl Fn(&TargetStatus) -> Cell) -> Cell {
    line.status.as_ref().map_or_else(none, cell)
}

/// The columns of targets. What is wrong comes before figures.
pub(crate) static TARGETS: &[Column<TargetLine>] = &[
    col("TARGET", (12, 24), 0, |r, _| Cell::plain(r.target.name.as_str()), "its name"),
    col("KIND", (4, 5), 6, |r, _| Cell::plain(r.target.kind.as_str()), "hls, rtmp, srt, file"),
    col(
        "STATE",
        (10, 10),
        1,
        |r, _| {
            of_target(r, |s| {
                let (sign, tone) = target_sign(s.state);
                Cell::new(format!("{sign} {}", s.state), tone)
            })
        },
        "starting, live, retrying, failed, finished",
    ),
    num("SENT", (8, 9), 4, |r, _| of_target(r, |s| Cell::plain(bytes(s.bytes))), "bytes that went out"),
    num("DROPS", (5, 8), 7, |r, _| of_target(r, |s| drops(s.drops)), "pictures that it had to leave out"),
    num(
        "RETRIES",
        (7, 7),
        5,
        |r, _| {
            of_target(r, |s| Cell::new(s.reconnects.to_string(), if s.reconnects > 0 { Tone::Warn } else { Tone::Dim }))
        },
        "how often it was connected anew",
    ),
    num(
        "SINCE",
        (8, 8),
        8,
        |r, c| of_target(r, |s| Cell::plain(text::clock(s.since, c.tz))),
        "since when it stands so",
    ),
    col(
        "FAULT OF",
        (14, 14),
        3,
        |r, _| of_target(r, |s| Cell::new(blame_word(s.blame), Tone::Warn)),
        "whose fault it is",
    ),
    col(
        "WHY",
        (12, 70),
        2,
        |r, _| of_target(r, |s| Cell::new(text::clean(s.reason.as_deref().unwrap_or("")), Tone::Warn)),
        "what is wrong",
    ),
    col(
        "ADDRESS",
        (16, 50),
        9,
        |r, _| Cell::new(text::clean(r.target.url.as_deref().unwrap_or("")), Tone::Dim),
        "where to, without what is secret",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loudness_is_a_bar_and_a_number() {
        for (db, says) in [
            (-60, "············  quiet"),
            (-90, "············  quiet"),
            (-18, "▮▮▮▮▮▮▮▮···· -18 dB"),
            (0, "▮▮▮▮▮▮▮▮▮▮▮▮   0 dB"),
            (7, "▮▮▮▮▮▮▮▮▮▮▮▮   0 dB"),
        ] {
            assert_eq!(meter(db).text, says);
        }
        assert_eq!((meter(-18).tone, meter(-1).tone), (Tone::Good, Tone::Warn));
    }

    #[test]
    fn bytes_read_well() {
        let read = [0, 999, 1_234, 1_234_567, 12_345_678_900].map(bytes);
        assert_eq!(read, ["0 B", "999 B", "1.2 kB", "1.2 MB", "12.3 GB"]);
    }
}
