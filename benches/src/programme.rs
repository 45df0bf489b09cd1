//! Programmes: measured by a program of `crates/media`, which needs `GStreamer`; here its figures are only read, so that everything else is
//! measured without.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde::Deserialize;

use crate::report::Figure;

const GROUP: &str = "programme";
const BARE: &str = "the same elements in gst-launch-1.0";
/// Of two cores, what a worker fills.
const FILLED: f64 = 1.6;

#[derive(Deserialize)]
struct Measured {
    cost: Vec<Cost>,
    together: Vec<Together>,
    delay: Delay,
}

#[derive(Deserialize)]
struct Cost {
    guests: u32,
    width: u32,
    height: u32,
    fps: u32,
    programme: Vec<f64>,
    bare: Vec<f64>,
    left_out: u32,
}

#[derive(Deserialize)]
struct Together {
    speed: String,
    programmes: u32,
    guests_each: u32,
    cores: f64,
    least_fps: f64,
    idle: f64,
}

#[derive(Deserialize)]
struct Delay {
    to_programme: Spread,
    to_playlist: Spread,
    to_player: Spread,
    join_to_air: Spread,
}

#[derive(Deserialize)]
struct Spread {
    median: f64,
    p95: f64,
}

/// Where the program is that measures, beside this one; none where it was not built.
pub(crate) fn meter() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    Some(own.parent()?.join("examples/figures")).filter(|path| path.exists())
}

/// Lets it measure.
pub(crate) fn run(meter: &PathBuf) -> anyhow::Result<Vec<Figure>> {
    let output =
        Command::new(meter).stderr(Stdio::inherit()).output().context("starting the measurement of programmes")?;
    anyhow::ensure!(output.status.success(), "programmes could not be measured: {}", output.status);
    let measured = serde_json::from_slice(&output.stdout).context("reading what was measured of programmes")?;
    Ok(figures(&measured))
}

fn figures(measured: &Measured) -> Vec<Figure> {
    let Measured { cost, together, delay } = measured;
    let mut figures = Vec::new();
    for Cost { guests, width, height, fps, programme, bare, left_out } in cost {
        let name = format!("720p30 of {guests} guests with {width}x{height} at {fps}");
        let cores = mean(programme);
        figures.push(Figure::new(GROUP, name.clone(), cores, "cores").against(BARE, mean(bare)).ratio_at_most(1.15));
        figures.push(
            Figure::new(GROUP, format!("{name}: pictures left out"), f64::from(*left_out), "pictures").below(1.0),
        );
        if *guests == 2 {
            let name = format!("{name}: on two cores of which {FILLED} are filled");
            figures.push(Figure::new(GROUP, name, (FILLED / cores).floor(), "programmes").at_least(3.0));
        }
    }
    for Together { speed, programmes, guests_each, cores, least_fps, idle } in together {
        let name = format!("{programmes} programmes of {guests_each} guests at once, {speed}");
        figures.push(Figure::new(GROUP, format!("{name}: all of them"), *cores, "cores").below(FILLED));
        figures.push(Figure::new(GROUP, format!("{name}: the slowest"), *least_fps, "pictures/s").at_least(29.5));
        figures.push(Figure::new(GROUP, format!("{name}: left idle, guests on the same machine"), *idle, "cores"));
    }
    for (name, spread) in [
        ("from a guest to the encoded programme", &delay.to_programme),
        ("from a guest to the playlist, a segment of 1 s", &delay.to_playlist),
        ("from a guest to a player that begins 3 segments behind", &delay.to_player),
        ("from a newcomer's start to his picture on air", &delay.join_to_air),
    ] {
        figures.push(Figure::new(GROUP, format!("{name}, median"), spread.median, "ms"));
        figures.push(Figure::new(GROUP, format!("{name}, p95"), spread.p95, "ms"));
    }
    figures
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / f64::from(u32::try_from(of.len().max(1)).unwrap_or(1))
}
