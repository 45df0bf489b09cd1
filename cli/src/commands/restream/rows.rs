//! The columns of programmes, their guests and their targets: what is wanted, beside how it does.

use callboard_contract::adm::restream::{ProgrammeDetail, ProgrammeMember, ProgrammeRow, TargetRow};
use callboard_contract::programme::{GuestStatus, TargetStatus};
use callboard_domain::At;
use serde::Serialize;

use crate::report::{Cell, Column, Row, column};

const SAID: usize = 60;

impl Row for ProgrammeRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("programme_id", "PROGRAMME", |p| Cell::text(p.programme_id)),
        column("title", "TITLE", |p| Cell::cut(&p.title, 30)),
        column("state", "STATE", |p| Cell::text(p.state)),
        column("layout", "LAYOUT", |p| Cell::text(p.layout)),
        column("slate", "SLATE", |p| Cell::text(p.slate)),
        column("preset", "PRESET", |p| Cell::text(p.preset)),
        column("mode", "MODE", |p| Cell::text(p.mode)),
        column("guests", "GUESTS", |p| Cell::number(p.guests)),
        column("targets_live", "LIVE", |p| Cell::number(p.targets_live)),
        column("targets", "OF", |p| Cell::number(p.targets)),
        column("fps_tenths", "FPS", |p| figure(p.status.as_ref(), |s| tenths(s.fps_tenths))),
        column("bitrate_kbps", "KBIT/S", |p| figure(p.status.as_ref(), |s| s.bitrate_kbps.to_string())),
        column("frames_dropped", "DROPPED", |p| figure(p.status.as_ref(), |s| s.frames_dropped.to_string())),
        column("cpu_permille", "CORES", |p| figure(p.status.as_ref(), |s| cores(s.cpu_permille))),
        column("viewers", "VIEWERS", |p| figure(p.status.as_ref(), |s| s.viewers.to_string())),
        column("running_ms", "RUNNING", |p| {
            Cell::maybe_span(p.status.as_ref().map(|s| i64::try_from(s.running_ms).unwrap_or(i64::MAX)))
        }),
        column("worker", "WORKER", |p| Cell::maybe(p.status.as_ref().map(|s| &s.worker))),
        column("call_id", "CALL", |p| Cell::text(p.call_id)),
        column("started_by", "BY", |p| Cell::text(&p.started_by)),
        column("created_at", "ORDERED", |p| Cell::at(p.created_at)),
        column("hls_url", "WATCH", |p| Cell::maybe(p.hls_url.as_ref())),
        column("said", "SAID", |p| p.said.as_ref().map_or_else(|| Cell::maybe(None::<String>), |s| Cell::cut(s, SAID))),
    ];

    fn id(&self) -> String {
        self.programme_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.created_at)
    }
}

/// A member of a call on air, with how his line to the programme does.
#[derive(Clone, Debug, Serialize)]
pub(super) struct GuestLine {
    member: ProgrammeMember,
    status: Option<GuestStatus>,
}

impl Row for GuestLine {
    const COLUMNS: &'static [Column<Self>] = &[
        column("uid", "UID", |g| Cell::text(&g.member.uid)),
        column("state", "STATE", |g| Cell::text(format!("{:?}", g.member.state).to_lowercase())),
        column("consent", "CONSENT", |g| Cell::text(g.member.consent)),
        column("place", "STAGE", |g| Cell::text(place(&g.member))),
        column("part", "WANTED", |g| Cell::text(g.member.part)),
        column("connected", "CONNECTED", |g| light(g, |s| s.connected)),
        column("picture", "PICTURE", |g| light(g, |s| s.picture)),
        column("shown", "SHOWN", |g| light(g, |s| s.shown)),
        column("sound", "SOUND", |g| light(g, |s| s.sound)),
        column("muted_by_staff", "MUTED", |g| Cell::yes(g.member.muted_by_staff)),
        column("gain_permille", "GAIN", |g| Cell::number(g.member.gain_permille)),
        column("level_db", "LEVEL DB", |g| figure(g.status.as_ref(), |s| s.level_db.to_string())),
        column("fps_tenths", "FPS", |g| figure(g.status.as_ref(), |s| tenths(s.fps_tenths))),
        column("loss_permille", "LOSS %", |g| figure(g.status.as_ref(), |s| tenths(s.loss_permille))),
        column("fault", "FAULT", |g| Cell::maybe(g.status.as_ref().and_then(|s| s.fault.as_ref()))),
    ];

    fn id(&self) -> String {
        self.member.uid.to_string()
    }
}

/// A target that is wanted, with how it does.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TargetLine {
    target: TargetRow,
    status: Option<TargetStatus>,
}

impl Row for TargetLine {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "NAME", |t| Cell::text(&t.target.name)),
        column("kind", "KIND", |t| Cell::text(t.target.kind)),
        column("state", "STATE", |t| Cell::maybe(t.status.as_ref().map(|s| s.state))),
        column("bytes", "BYTES", |t| figure(t.status.as_ref(), |s| s.bytes.to_string())),
        column("drops", "DROPS", |t| figure(t.status.as_ref(), |s| s.drops.to_string())),
        column("reconnects", "RECONNECTS", |t| figure(t.status.as_ref(), |s| s.reconnects.to_string())),
        column("since", "SINCE", |t| Cell::maybe_at(t.status.as_ref().map(|s| s.since))),
        column("blame", "WHOSE FAULT", |t| Cell::maybe(t.status.as_ref().map(|s| s.blame))),
        column("reason", "REASON", |t| Cell::maybe(t.status.as_ref().and_then(|s| s.reason.as_ref()))),
        column("url", "ADDRESS", |t| Cell::maybe(t.target.url.as_ref().or_else(|| t.status.as_ref()?.file.as_ref()))),
    ];

    fn id(&self) -> String {
        self.target.name.to_string()
    }
}

/// Where a member stands towards the stage, and in the queue at which place.
fn place(member: &ProgrammeMember) -> String {
    match (member.host, member.turn) {
        (true, _) => "host".to_owned(),
        (false, Some(turn)) => format!("hand {turn}"),
        (false, None) => member.place.to_string(),
    }
}

/// The members of a programme's call.
pub(super) fn guests(detail: &ProgrammeDetail) -> Vec<GuestLine> {
    let status = |member: &ProgrammeMember| {
        detail.programme.status.as_ref()?.guests.iter().find(|g| g.uid == member.uid).cloned()
    };
    detail.members.iter().map(|member| GuestLine { status: status(member), member: member.clone() }).collect()
}

/// The targets of a programme.
pub(super) fn targets(detail: &ProgrammeDetail) -> Vec<TargetLine> {
    let status =
        |target: &TargetRow| detail.programme.status.as_ref()?.targets.iter().find(|t| t.name == target.name).cloned();
    detail.targets.iter().map(|target| TargetLine { status: status(target), target: target.clone() }).collect()
}

fn light(guest: &GuestLine, on: fn(&GuestStatus) -> bool) -> Cell {
    guest.status.as_ref().map_or_else(|| Cell::maybe(None::<String>), |status| Cell::yes(on(status)))
}

fn figure<T>(status: Option<&T>, text: fn(&T) -> String) -> Cell {
    Cell::maybe(status.map(text)).on_the_right()
}

fn tenths(tenths: u32) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn cores(permille: u32) -> String {
    format!("{}.{:02}", permille / 1000, permille % 1000 / 10)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::report::Format;

    const CALL: &str = "019b0f6e-7c00-7a10-8000-4f6d5a3b2c10";
    const PROGRAMME: &str = "019b0f6e-7c00-7a15-8000-4f6d5a3b2c15";
    const THEN: &str = "2026-12-11T18:00:00.000Z";

    #[test]
    fn a_programme_is_shown_with_what_is_wanted_beside_how_it_does() {
        let guest = |uid: &str, muted: bool| {
            json!({ "uid": uid, "device": "phone", "connected": true, "picture": true, "shown": true, "sound": !muted, "muted": muted, "level_db": -18,
                "fps_tenths": 298, "loss_permille": 12 })
        };
        let member = |uid: &str, consent: &str, muted: bool| {
            let (place, part) = if consent == "agreed" { ("on_stage", "full") } else { ("queued", "none") };
            json!({ "uid": uid, "name": uid, "state": "joined", "consent": consent, "muted_by_staff": muted, "host": uid == "maya",
                "on_programme": part == "full", "part": part, "place": place, "turn": (place == "queued").then_some(1) })
        };
        let targets = json!([
            { "name": "web", "kind": "hls", "state": "live", "blame": "none", "bytes": 1_234_567, "drops": 0, "reconnects": 0, "since": THEN },
            { "name": "push", "kind": "rtmp", "state": "retrying", "blame": "target", "reason": "the other side closed the connection",
              "bytes": 4_096, "drops": 17, "reconnects": 3, "since": THEN },
        ]);
        let detail = json!({
            "as_of": THEN,
            "programme": { "programme_id": PROGRAMME, "call_id": CALL, "title": "maya", "state": "on_air", "layout": "grid", "slate": "none",
                "preset": "720p30", "mode": "stage", "guests": 2, "targets": 2, "targets_live": 1, "started_by": "staff:oskar", "created_at": THEN,
                "on_air_at": THEN, "hls_url": "http://127.0.0.1:8490/live.m3u8", "version": 4,
                "status": { "programme_id": PROGRAMME, "call_id": CALL, "worker": "w1", "at": THEN, "state": "on_air", "running_ms": 65_000,
                    "fps_tenths": 300, "bitrate_kbps": 2_480, "frames_dropped": 2, "cpu_permille": 483, "memory_kib": 91_000, "restarts": 0, "viewers": 37,
                    "level_db": -17, "guests": [guest("maya", false), guest("leo", true)], "targets": targets } },
            "members": [member("maya", "agreed", false), member("leo", "agreed", true), member("felix", "refused", false)],
            "targets": [{ "name": "web", "kind": "hls" }, { "name": "push", "kind": "rtmp", "url": "rtmp://127.0.0.1/live/•••" },
                { "name": "rec", "kind": "file" }],
        });
        let detail = serde_json::from_value(detail).expect("a programme");
        let report = super::super::detail(&detail);
        insta::assert_snapshot!("programme", report.render(Format::Table, false, false));
        let csv = report.render(Format::Csv, false, false);
        assert!(
            csv.starts_with("programme_id,title,state,") && csv.contains(",30.0,2480,2,0.48,37,65000,w1,"),
            "{csv}"
        );
        assert_eq!(report.render(Format::Table, true, false), format!("{PROGRAMME}\n"));
    }
}
