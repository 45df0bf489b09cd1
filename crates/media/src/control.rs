//! What is said between the process that runs a programme and the one that started it: one JSON object a line, orders in, reports out.
//!
//! Orders that carry a list ([`Order::Guests`], [`Order::Targets`]) carry the whole list that is wanted from now on, so that saying it twice changes
//! nothing and a lost thread is picked up by the next one.

use std::net::IpAddr;
use std::path::PathBuf;

pub use callboard_contract::api::calls::SignalKind;
pub use callboard_domain::TargetSpec;
use callboard_domain::{
    At, Blame, DeviceId, Layout, OutputPreset, ProgrammeId, Slate, TargetKind, TargetName, TargetState, Uid,
};
use serde::{Deserialize, Serialize};

/// What the process is started with, so that its memory stays level and no picture is paid for twice. Its threads come and go with guests, and glibc
/// gives them up to eight arenas for each core, which all fill: with two it is a fifth less. The mixer takes memory for every guest's picture
/// thirty times a second. Were that a mapping of its own, or given back to the system at once, the kernel would clear it anew each time, which cost
/// a tenth of the programme; so a block of up to 4 MiB (a picture of 1080p has 3.1) lies in an arena, and 32 MiB may be free at its top. Sizes that
/// are set also stay: glibc would raise the first by itself. What is free goes back when a guest has gone, and once a minute. `GLib` before 2.76 has
/// an allocator of its own on top, which keeps all that it ever had.
pub const ENVIRONMENT: [(&str, &str); 4] = [
    ("MALLOC_ARENA_MAX", "2"),
    ("MALLOC_MMAP_THRESHOLD_", "4194304"),
    ("MALLOC_TRIM_THRESHOLD_", "33554432"),
    ("G_SLICE", "always-malloc"),
];

/// What the programme is told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The first order: what programme this is. Nothing is made before it.
    Start(Box<ProgrammeSpec>),
    /// Everyone who may be seen and heard. Who is not in it is gone at once.
    Guests(Vec<GuestWish>),
    /// Something that a guest's device said on the way to a connection.
    Signal(Signal),
    /// How the picture is laid out.
    Layout {
        /// The layout.
        layout: Layout,
        /// Who is shown large where the layout shows one large; without it whoever speaks.
        #[serde(default)]
        focus: Option<Uid>,
    },
    /// What covers the picture and silences the guests, if anything.
    Slate {
        /// Which one.
        slate: Slate,
        /// What it says instead of the usual.
        #[serde(default)]
        text: Option<String>,
    },
    /// Everywhere that the programme goes.
    Targets(Vec<TargetSpec>),
    /// Asks for a picture, answered by [`Report::Still`] with the same id.
    Still {
        /// Repeated in the answer.
        id: u64,
        /// Of whom; without it of the programme.
        #[serde(default)]
        guest: Option<Uid>,
        /// How wide, in pixels.
        width: u32,
    },
    /// Ends the programme: files are finished, then [`Report::Stopped`]. The end of the orders means the same.
    Stop,
}

/// What the programme tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The mixer runs: the programme has picture and sound.
    Ready,
    /// Something for a guest's device on the way to a connection.
    Signal(Signal),
    /// How it stands, once a second.
    Status(Box<Status>),
    /// The answer to [`Order::Still`].
    Still {
        /// Which question.
        id: u64,
        /// The picture.
        #[serde(flatten)]
        outcome: StillOutcome,
    },
    /// Something went wrong.
    Fault {
        /// What, in words for people.
        text: String,
        /// Whose matter it is.
        blame: Blame,
        /// Whether the programme breaks off with it.
        #[serde(default)]
        fatal: bool,
    },
    /// All is finished; the process ends now.
    Stopped,
}

/// What a programme is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammeSpec {
    /// Which programme.
    pub id: ProgrammeId,
    /// Size and rate of what goes out.
    pub preset: OutputPreset,
    /// How much work goes into each picture.
    #[serde(default)]
    pub speed: EncoderSpeed,
    /// The layout at the start.
    pub layout: Layout,
    /// The slate at the start.
    pub slate: Slate,
    /// What stands on the slate when nobody is there.
    #[serde(default)]
    pub title: String,
    /// Where the playlist and its segments are written.
    pub hls_dir: PathBuf,
    /// Where files are written.
    pub recordings_dir: PathBuf,
    /// How guests reach it.
    #[serde(default)]
    pub ice: IceSpec,
    /// Whether an earlier process ran the same programme: playlists go on behind a discontinuity.
    #[serde(default)]
    pub discontinuity: bool,
    /// Where it goes, from the start.
    #[serde(default)]
    pub targets: Vec<TargetSpec>,
}

/// How much work the encoder puts into a picture: less work, worse pictures at the same rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EncoderSpeed {
    /// The least.
    Ultrafast,
    /// A little more, worth it where there is room.
    #[default]
    Veryfast,
}

/// How guests reach the programme.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceSpec {
    /// The machine's addresses to offer; none means all it has.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// Only the machine itself may be reached: other candidates are dropped.
    #[serde(default)]
    pub loopback_only: bool,
    /// The first and the last of the machine's UDP ports that may be used; none means any.
    #[serde(default)]
    pub ports: Option<(u16, u16)>,
}

/// Someone who may be seen and heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestWish {
    /// Who.
    pub uid: Uid,
    /// From which device. Another device than before means a new connection.
    pub device: DeviceId,
    /// The name on the picture.
    pub name: String,
    /// Silent; the picture stays.
    #[serde(default)]
    pub muted: bool,
    /// How loud, in thousandths.
    #[serde(default = "as_it_is")]
    pub gain_permille: u32,
    /// Whether his picture is shown; else he is there in sound alone, and shown again at once when it is wanted.
    #[serde(default = "yes")]
    pub picture: bool,
}

const fn yes() -> bool {
    true
}

const fn as_it_is() -> u32 {
    1000
}

/// Something on the way to a connection with a guest's device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Who.
    pub uid: Uid,
    /// Which device.
    pub device: DeviceId,
    /// What it is.
    pub kind: SignalKind,
    /// The SDP, or the candidate as JSON (empty at the end of candidates).
    pub payload: String,
}

/// How the programme stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// How long it runs.
    pub running_ms: u64,
    /// Pictures sent out in the last second.
    pub fps: u32,
    /// Pictures sent out since the start.
    #[serde(default)]
    pub pictures: u64,
    /// Pictures that were due since the start and left out because the machine was too slow.
    #[serde(default)]
    pub left_out: u64,
    /// Of what goes out, picture and sound, in the last second.
    pub kbps: u32,
    /// How loud it is, in decibels below full; -100 is silence.
    pub level_db: i32,
    /// The layout that is shown.
    pub layout: Option<Layout>,
    /// The slate that is shown because it was asked for.
    pub slate: Option<Slate>,
    /// Whether the picture is the slate because nobody is there.
    pub empty: bool,
    /// Who speaks, as the layout sees it.
    #[serde(default)]
    pub speaker: Option<Uid>,
    /// Everyone who is wanted.
    #[serde(default)]
    pub guests: Vec<GuestStatus>,
    /// Everywhere it goes.
    #[serde(default)]
    pub targets: Vec<TargetStatus>,
}

/// How a guest's line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestLine {
    /// No connection has been offered yet, or it is being set up.
    Waiting,
    /// Picture or sound arrives.
    Live,
    /// Nothing has come for 4 seconds: the tile is gone until something does.
    Vanished,
    /// The connection failed; a new offer starts another.
    Failed,
}

/// How a guest is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestStatus {
    /// Who.
    pub uid: Uid,
    /// From which device.
    pub device: DeviceId,
    /// The line.
    pub line: GuestLine,
    /// Pictures that arrived in the last second.
    pub fps: u32,
    /// Of a thousand packets that were due of late, how many were lost.
    #[serde(default)]
    pub loss_permille: u32,
    /// How loud, in decibels below full; -100 is silence.
    pub level_db: i32,
    /// Whether the sound is off.
    pub muted: bool,
    /// Whether he has a tile in the picture.
    #[serde(default)]
    pub shown: bool,
    /// Why the line failed, in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// How a target is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetStatus {
    /// Its name.
    pub name: TargetName,
    /// What it is.
    pub kind: TargetKind,
    /// Where it stands.
    pub state: TargetState,
    /// Whose matter it is that it is not live.
    pub blame: Blame,
    /// Why, in words for people; empty where all is well.
    #[serde(default)]
    pub reason: String,
    /// Bytes that went there.
    pub bytes: u64,
    /// Packets left out because it was too slow.
    pub drops: u64,
    /// How often it was connected anew.
    pub reconnects: u32,
    /// Since when it is in this state.
    pub since: At,
    /// The recording on this machine's disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

/// A picture, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StillOutcome {
    /// A JPEG.
    Jpeg {
        /// The file, in base64.
        base64: String,
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// Why not, in words for people.
    Error(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_reports_come_back_as_they_were() {
        let uid = Uid::new("ann").expect("a uid");
        let orders = [
            Order::Layout { layout: Layout::Grid, focus: Some(uid.clone()) },
            Order::Guests(vec![]),
            Order::Still { id: 7, guest: Some(uid), width: 160 },
            Order::Stop,
        ];
        for order in orders {
            let line = serde_json::to_string(&order).expect("JSON");
            assert!(!line.contains('\n'));
            assert_eq!(serde_json::from_str::<Order>(&line).expect("an order"), order);
        }
        let reports = [
            Report::Ready,
            Report::Still { id: 7, outcome: StillOutcome::Error("nobody is there".into()) },
            Report::Still { id: 8, outcome: StillOutcome::Jpeg { base64: "AA==".into(), width: 2, height: 1 } },
            Report::Status(Box::default()),
            Report::Stopped,
        ];
        for report in reports {
            let line = serde_json::to_string(&report).expect("JSON");
            assert_eq!(serde_json::from_str::<Report>(&line).expect("a report"), report);
        }
    }
}
