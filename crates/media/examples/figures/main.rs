//! Measures programmes: what they cost against the same elements run bare by `gst-launch-1.0`, how many a machine carries, how late they are. Tells
//! it as one line of JSON; `scripts/bench programme` builds and runs it and makes a table of that, `docs/bench.md` tells what the figures mean.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells what it measured")]

mod bare;
mod cost;
mod delay;
mod tape;

use std::path::Path;
use std::process::{Command, ExitCode};

use callboard_domain::{Layout, OutputPreset, ProgrammeId, Slate, TargetKind, TargetName, TargetSpec};
use callboard_media::control::{EncoderSpeed, IceSpec, ProgrammeSpec};
use callboard_media::{MediaError, run_child};
use serde::Serialize;

/// The argument by which this program runs a programme itself, as the worker does.
const PROGRAMME: &str = "programme";

/// All that was measured.
#[derive(Serialize)]
struct Figures {
    cost: Vec<cost::Cost>,
    together: Vec<cost::Together>,
    delay: delay::Delay,
}

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some(PROGRAMME) => run_child(std::io::stdin(), std::io::stdout()),
        Some("delay") => delay::measure().map(|delay| tell(&delay)),
        Some("together") => together().map(|together| tell(&together)),
        Some(guests) => cost::of(guests.parse().unwrap_or(2)).map(|cost| tell(&cost)),
        None => all().map(|figures| tell(&figures)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn all() -> Result<Figures, MediaError> {
    let delay = delay::measure()?;
    let cost = [2, 4, 9].into_iter().map(cost::of).collect::<Result<Vec<_>, _>>()?;
    Ok(Figures { cost, together: together()?, delay })
}

fn together() -> Result<Vec<cost::Together>, MediaError> {
    [EncoderSpeed::Veryfast, EncoderSpeed::Ultrafast].into_iter().map(cost::together).collect()
}

fn tell(what: &impl Serialize) {
    println!("{}", serde_json::to_string(what).expect("numbers and texts always serialise"));
}

/// A programme of 720p30 to players and to a file.
fn spec(folder: &Path, speed: EncoderSpeed) -> ProgrammeSpec {
    let target = |name: &str, kind| TargetSpec { name: TargetName::new(name).expect("a name"), kind, url: None };
    ProgrammeSpec {
        id: ProgrammeId::generate(),
        preset: OutputPreset::P720,
        speed,
        layout: Layout::Grid,
        slate: Slate::None,
        title: "The programme".to_owned(),
        hls_dir: folder.join("hls"),
        recordings_dir: folder.join("recordings"),
        ice: IceSpec { loopback_only: true, ..IceSpec::default() },
        discontinuity: false,
        targets: vec![target("players", TargetKind::Hls), target("tape", TargetKind::File)],
    }
}

/// This program as the process of a programme.
fn programme() -> Result<Command, MediaError> {
    let own =
        std::env::current_exe().map_err(|source| MediaError::Io { what: "finding this program".to_owned(), source })?;
    let mut command = Command::new(own);
    command.arg(PROGRAMME);
    Ok(command)
}

fn folder() -> Result<tempfile::TempDir, MediaError> {
    tempfile::tempdir().map_err(|source| MediaError::Io { what: "making a folder".to_owned(), source })
}
