//! Where an opened programme goes, and how each of its targets does.

use callboard_contract::adm::restream::TargetRow;
use callboard_contract::programme::TargetStatus;
use callboard_domain::Blame;

use super::{drops, none, target_sign};
use crate::state::columns::{col, num};
use crate::state::on_air::OpenedProgramme;
use crate::state::table::{Cell, Column, Tone};
use crate::text;

/// A target that is wanted, with how it does.
pub(crate) struct TargetLine {
    target: TargetRow,
    status: Option<TargetStatus>,
}

/// The rows of targets.
pub(crate) fn targets(opened: &OpenedProgramme) -> Vec<TargetLine> {
    let row = &opened.detail.programme;
    let status = |target: &TargetRow| row.status.as_ref()?.targets.iter().find(|t| t.name == target.name).cloned();
    opened.detail.targets.iter().map(|t| TargetLine { status: status(t), target: t.clone() }).collect()
}

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
    col("KIND", (4, 9), 6, |r, _| Cell::plain(r.target.kind.as_str()), "hls, hls-event, rtmp, srt, file"),
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
        |r, _| {
            let file = || r.status.as_ref().and_then(|status| status.file.as_deref());
            Cell::new(text::clean(r.target.url.as_deref().or_else(file).unwrap_or("")), Tone::Dim)
        },
        "where to, without what is secret; a recording lies on its worker's disk",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_well() {
        let read = [0, 999, 1_234, 1_234_567, 12_345_678_900].map(bytes);
        assert_eq!(read, ["0 B", "999 B", "1.2 kB", "1.2 MB", "12.3 GB"]);
    }
}
