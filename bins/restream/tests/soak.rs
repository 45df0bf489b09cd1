//! A programme through which guests come and go, some orderly, some without a word, some taken out by staff: memory, threads and open files
//! of its process stay level, and everybody who comes is seen.
//!
//! The short form runs with all tests, guests following each other as fast as they can. `CALLBOARD_SOAK_MINUTES` makes it last that long, with
//! four joins and four leaves a minute: `scripts/soak programme`.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]
#![allow(clippy::print_stdout, reason = "the figures are what the long form is for")]

use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use callboard_domain::{
    Layout, OutputPreset, ProgrammeId, Slate, TargetKind, TargetName, TargetSpec, TargetState, Uid,
};
use callboard_media::control::{EncoderSpeed, IceSpec, Order, ProgrammeSpec};
use callboard_media::synthetic::{Codec, Settings};
use callboard_media::trial::{Leaving, Trial, Usage};

/// How long the short form lasts.
const SHORT: Duration = Duration::from_secs(75);
/// How long two guests stay unchanged in the long form.
const STAY: Duration = Duration::from_secs(15);
const SAMPLE_EVERY: Duration = Duration::from_secs(3);
/// More than this the last quarter may not use than the second: the allocator's slack, and a connection that is just being ended. Of memory the
/// median; of threads and files the least, because a guest whose packets get lost has a thread or two more for a while, and what is never given
/// back is in every sample.
const MEMORY_PERMILLE: u64 = 60;
const MEMORY_KIB: u64 = 6 * 1024;
const THREADS: u64 = 2;
const FILES: u64 = 3;

fn spec(folder: &Path) -> ProgrammeSpec {
    let target = |name: &str, kind| TargetSpec { name: TargetName::new(name).unwrap(), kind, url: None };
    ProgrammeSpec {
        id: ProgrammeId::generate(),
        preset: OutputPreset::P480,
        speed: EncoderSpeed::Ultrafast,
        layout: Layout::Grid,
        slate: Slate::None,
        title: "Endurance".to_owned(),
        hls_dir: folder.join("hls"),
        recordings_dir: folder.join("recordings"),
        ice: IceSpec { loopback_only: true, ..IceSpec::default() },
        discontinuity: false,
        targets: vec![target("players", TargetKind::Hls), target("tape", TargetKind::File)],
    }
}

/// The guest of a number: names come again, so that old friends return.
fn guest(n: usize) -> Settings {
    let codecs = [Codec::Vp8, Codec::Vp8, Codec::H264, Codec::Vp8, Codec::Vp9];
    Settings {
        name: format!("guest-{}", n % 7),
        codec: codecs[n % codecs.len()],
        ice: IceSpec { loopback_only: true, ..IceSpec::default() },
        ..Settings::default()
    }
}

#[test]
fn guests_come_and_go_and_the_process_stays_as_it_is() {
    let minutes = std::env::var("CALLBOARD_SOAK_MINUTES").ok().map(|text| text.parse::<u64>().expect("minutes"));
    let (span, stay) = minutes.map_or((SHORT, Duration::ZERO), |n| (Duration::from_mins(n), STAY));
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(folder.path());
    let mut program = Command::new(env!("CARGO_BIN_EXE_callboard-restream"));
    let mut trial = Trial::start(program.arg("programme").arg(spec.id.to_string()), &spec).expect("a programme");

    let mut inside: VecDeque<Uid> = VecDeque::new();
    let (mut joins, mut leaves) = (0_usize, 0_usize);
    let mut samples: Vec<Usage> = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < span {
        if inside.len() == 2 {
            let how = [Leaving::Orderly, Leaving::Vanishing, Leaving::Removed, Leaving::Orderly][leaves % 4];
            trial.leave(&inside.pop_front().unwrap(), how).expect("he leaves");
            leaves += 1;
        }
        let uid = trial.join(&guest(joins)).expect("he joins");
        trial.is_seen(&uid).expect("he is seen");
        inside.push_back(uid);
        joins += 1;
        let layout = Layout::ALL[joins % Layout::ALL.len()];
        trial.order(&Order::Layout { layout, focus: None }).unwrap();
        trial.still().expect("a picture");
        let stays_until = Instant::now() + stay;
        loop {
            samples.push(trial.usage().expect("the process lives"));
            if Instant::now() >= stays_until {
                break;
            }
            trial.run_on(SAMPLE_EVERY).expect("it runs on");
            if minutes.is_some() && joins % 20 == 0 {
                tell(begun.elapsed(), joins, &trial, samples.last().unwrap());
            }
        }
    }
    tell(begun.elapsed(), joins, &trial, samples.last().unwrap());
    let status = trial.status();
    assert!(status.targets.len() == 2 && status.targets.iter().all(|t| t.state == TargetState::Live), "{status:?}");
    assert!(
        status.running_ms + 5_000 > u64::try_from(span.as_millis()).unwrap(),
        "one process all the time: {status:?}"
    );
    assert_eq!(trial.faults(), Vec::<String>::new());
    assert!(trial.stop().expect("an end").success());

    let rate = 60.0 * f64::from(u32::try_from(joins).unwrap()) / begun.elapsed().as_secs_f64();
    println!("{joins} joins, {leaves} leaves, {rate:.1} joins a minute, {} samples", samples.len());
    assert!(samples.len() >= 8, "the machine is too slow: {} samples say nothing", samples.len());
    let quarter = |n: usize| &samples[n * samples.len() / 4..(n + 1) * samples.len() / 4];
    let quarters: Vec<(Usage, Usage)> = (0..4).map(|n| (median(quarter(n)), least(quarter(n)))).collect();
    for (n, (Usage { memory_kib, threads, files, .. }, least)) in quarters.iter().enumerate() {
        println!(
            "quarter {}: {memory_kib} KiB, {threads} threads ({} at least), {files} open files ({} at least)",
            n + 1,
            least.threads,
            least.files
        );
    }
    let (second, last) = (&quarters[1], &quarters[3]);
    let most_memory = second.0.memory_kib + (second.0.memory_kib * MEMORY_PERMILLE / 1000).max(MEMORY_KIB);
    assert!(last.0.memory_kib <= most_memory, "memory grew: {quarters:?}");
    assert!(last.1.threads <= second.1.threads + THREADS, "threads grew: {quarters:?}");
    assert!(last.1.files <= second.1.files + FILES, "open files grew: {quarters:?}");
}

fn tell(since: Duration, joins: usize, trial: &Trial, usage: &Usage) {
    let status = trial.status();
    println!(
        "{:>5} s: {joins} joins, {} fps, {} KiB, {} threads, {} open files, {:.2} cores on average",
        since.as_secs(),
        status.fps,
        usage.memory_kib,
        usage.threads,
        usage.files,
        usage.cpu.as_secs_f64() / since.as_secs_f64()
    );
}

fn median(samples: &[Usage]) -> Usage {
    ranked(samples, samples.len() / 2)
}

fn least(samples: &[Usage]) -> Usage {
    ranked(samples, 0)
}

/// Of each figure the one at that place when they are sorted.
fn ranked(samples: &[Usage], place: usize) -> Usage {
    let of = |read: fn(&Usage) -> u64| {
        let mut all: Vec<u64> = samples.iter().map(read).collect();
        all.sort_unstable();
        all[place]
    };
    Usage { memory_kib: of(|u| u.memory_kib), threads: of(|u| u.threads), files: of(|u| u.files), ..Usage::default() }
}
