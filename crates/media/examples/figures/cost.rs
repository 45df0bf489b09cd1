//! What a programme costs, in cores, against the bare elements, and several programmes at once.

use std::time::{Duration, Instant};

use callboard_media::MediaError;
use callboard_media::control::{EncoderSpeed, IceSpec, Status};
use callboard_media::synthetic::{Plain, Settings};
use callboard_media::trial::{Trial, usage};
use serde::Serialize;

use crate::bare::{Bare, FIRST_PORT};

/// Until everything runs evenly: encoders have found their rate, pools are filled.
const WARM: Duration = Duration::from_secs(5);
const WATCHED: Duration = Duration::from_secs(10);
/// Programmes that are to run at once on two cores.
const TOGETHER: usize = 3;

/// What a programme costs.
#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    guests: usize,
    /// Of each guest.
    width: i32,
    height: i32,
    fps: i32,
    /// In cores, each of two runs.
    programme: Vec<f64>,
    /// The same elements bare, between and after these.
    bare: Vec<f64>,
    /// Pictures that the programme left out while it was measured.
    left_out: u64,
    /// Pictures a second that came out of the bare elements.
    bare_fps: f64,
}

/// Several programmes at once.
#[derive(Debug, Serialize)]
pub(crate) struct Together {
    speed: EncoderSpeed,
    programmes: usize,
    guests_each: usize,
    /// Of all of them, in cores.
    cores: f64,
    /// Of the slowest, pictures a second.
    least_fps: f64,
    /// By all of them.
    left_out: u64,
    /// Whether the machine had time left, in cores, guests taken into account.
    idle: f64,
}

/// A guest of a number, of the size that as many guests have.
fn guest(n: usize, of: usize) -> Settings {
    let colours = [[220, 30, 30], [30, 200, 30], [30, 30, 220], [200, 200, 30], [30, 200, 200], [200, 30, 200]];
    // The senders are on the same machine: nine large ones would leave nothing of it.
    let (width, height, fps, kbps) = if of > 4 { (320, 240, 15, 400) } else { (640, 480, 30, 1_000) };
    Settings {
        name: format!("guest {n}"),
        colour: colours[n % colours.len()],
        tone_hz: 500 + 200 * u32::try_from(n).unwrap_or(0),
        width,
        height,
        fps,
        kbps,
        ice: IceSpec { loopback_only: true, ..IceSpec::default() },
        ..Settings::default()
    }
}

/// The programme and the bare elements in turn, twice.
pub(crate) fn of(guests: usize) -> Result<Cost, MediaError> {
    let settings: Vec<Settings> = (0..guests).map(|n| guest(n, guests)).collect();
    let Settings { width, height, fps, .. } = settings[0];
    let mut cost =
        Cost { guests, width, height, fps, programme: vec![], bare: vec![], left_out: 0, bare_fps: f64::INFINITY };
    for _ in 0..2 {
        let (cores, left_out) = programme(&settings)?;
        cost.programme.push(cores);
        cost.left_out += left_out;
        let (cores, fps) = bare(&settings)?;
        cost.bare.push(cores);
        cost.bare_fps = cost.bare_fps.min(fps);
        eprintln!("{cost:?}");
    }
    Ok(cost)
}

fn programme(guests: &[Settings]) -> Result<(f64, u64), MediaError> {
    let folder = crate::folder()?;
    let mut trial = Trial::start(&mut crate::programme()?, &crate::spec(folder.path(), EncoderSpeed::Veryfast))?;
    for guest in guests {
        // Names of guests are names of members.
        let uid = trial.join(&Settings { name: guest.name.replace(' ', "-"), ..guest.clone() })?;
        trial.is_seen(&uid)?;
    }
    trial.run_on(WARM)?;
    let before = trial.status().left_out;
    let cores = watch(trial.pid(), || trial.run_on(WATCHED))?;
    let left_out = trial.status().left_out - before;
    trial.stop()?;
    Ok((cores, left_out))
}

fn bare(guests: &[Settings]) -> Result<(f64, f64), MediaError> {
    let folder = crate::folder()?;
    let ports = (FIRST_PORT..).step_by(2);
    let senders =
        guests.iter().zip(ports).map(|(guest, port)| Plain::start(guest, port)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<&str> = guests.iter().map(|guest| guest.name.as_str()).collect();
    let mut bare = Bare::start(&senders, &names, folder.path())?;
    bare.run_on(WARM)?;
    let pid = bare.pid();
    let cores = watch(pid, || bare.run_on(WATCHED))?;
    Ok((cores, bare.end(guests)?))
}

/// Cores that a process uses while something takes its time.
fn watch(pid: u32, span: impl FnOnce() -> Result<(), MediaError>) -> Result<f64, MediaError> {
    let gone = || MediaError::pipeline("measuring", "a process is gone");
    let (before, begun) = (usage(pid).ok_or_else(gone)?, Instant::now());
    span()?;
    let used = usage(pid).ok_or_else(gone)?.cpu.saturating_sub(before.cpu);
    Ok(used.as_secs_f64() / begun.elapsed().as_secs_f64())
}

/// Three programmes of two guests each, at once.
pub(crate) fn together(speed: EncoderSpeed) -> Result<Together, MediaError> {
    let folders = (0..TOGETHER).map(|_| crate::folder()).collect::<Result<Vec<_>, _>>()?;
    let mut trials = Vec::new();
    for folder in &folders {
        let mut trial = Trial::start(&mut crate::programme()?, &crate::spec(folder.path(), speed))?;
        for n in 0..2 {
            // Small ones, for they are six, on the same machine.
            let uid = trial.join(&Settings { name: format!("guest-{n}"), ..guest(n, 9) })?;
            trial.is_seen(&uid)?;
        }
        trials.push(trial);
    }
    trials.iter().try_for_each(|trial| trial.run_on(WARM))?;
    let read = |trial: &Trial| trial.usage().map(|usage| (trial.status(), usage.cpu));
    let before = trials.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let (begun, idle_before) = (Instant::now(), idle());
    trials[0].run_on(WATCHED)?;
    let after = trials.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let span = begun.elapsed().as_secs_f64();
    let idle = idle().saturating_sub(idle_before).as_secs_f64() / span;
    let used: Duration = after.iter().zip(&before).map(|((_, after), (_, before))| after.saturating_sub(*before)).sum();
    let pairs = || after.iter().zip(&before).map(|((after, _), (before, _))| (after, before));
    let fps = |(after, before): (&Status, &Status)| {
        let number = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        1000.0 * number(after.pictures - before.pictures) / number(after.running_ms - before.running_ms).max(1.0)
    };
    for trial in trials {
        trial.stop()?;
    }
    Ok(Together {
        speed,
        programmes: TOGETHER,
        guests_each: 2,
        cores: used.as_secs_f64() / span,
        least_fps: pairs().map(fps).fold(f64::INFINITY, f64::min),
        left_out: pairs().map(|(after, before)| after.left_out - before.left_out).sum(),
        idle,
    })
}

/// How long the processors had nothing to do, all together.
fn idle() -> Duration {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = text.lines().next().and_then(|line| line.split_whitespace().nth(4)?.parse::<u64>().ok());
    Duration::from_millis(ticks.unwrap_or_default() * 1000 / rustix::param::clock_ticks_per_second().max(1))
}
