//! Who is to be looked at and listened to in an opened programme.

use callboard_contract::adm::restream::ProgrammeMember;
use callboard_contract::programme::GuestStatus;
use callboard_contract::view::MemberState;
use callboard_domain::{Consent, ProgrammePart, Slate, StagePlace};

use super::{none, slate_cell, tenths};
use crate::state::columns::{col, num};
use crate::state::on_air::OpenedProgramme;
use crate::state::table::{Cell, Column, Tone};
use crate::text;

/// Silence, in decibels below full scale.
const SILENCE_DB: i32 = -60;
/// From here on it is about to clip.
const LOUD_DB: i32 = -3;
/// How many cells the meter has.
const METER: usize = 12;

/// Who is to be looked at and listened to in an opened programme: the whole of it first, then each member of its call.
pub(crate) struct GuestRow {
    /// The member; the whole programme if absent.
    pub(crate) member: Option<ProgrammeMember>,
    status: Option<GuestStatus>,
    /// Of the whole: loudness, pictures a second, and what covers it.
    whole: Option<(i32, u32)>,
    slate: Slate,
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
}
