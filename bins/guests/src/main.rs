//! `callboard-guests`: a group call of synthetic guests who agree to be on air and send real pictures and sound over WebRTC. For
//! demonstrations: what they send among each other is scripted, what they send to a programme is not.
//!
//! What must always hold: it ends when its stdin does, and with it the call; it changes nothing but what the apps of its people may.

mod app;
mod uplink;

use std::io::{BufRead as _, Read as _, Write as _};
use std::net::IpAddr;
use std::process::ExitCode;

use callboard_client::synthetic::guests::{Cast, Told};
use callboard_media::control::IceSpec;
use clap::Parser;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Plays a group of guests with real pictures and sound: who they are comes as one line of JSON on stdin, whose end ends them.
#[derive(Clone, Debug, Parser)]
#[command(name = "callboard-guests", version)]
struct Settings {
    /// This machine's addresses that are offered to the programme; all of them if none is said.
    #[arg(long, env = "CALLBOARD_ICE_ADDRESSES", value_delimiter = ',')]
    ice_addresses: Vec<IpAddr>,
    /// The programme is on this machine.
    #[arg(long, env = "CALLBOARD_ICE_LOOPBACK_ONLY", default_value_t = false, action = clap::ArgAction::Set)]
    ice_loopback_only: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN).init();
    let settings = Settings::parse();
    let ice =
        IceSpec { addresses: settings.ice_addresses, loopback_only: settings.ice_loopback_only, ..IceSpec::default() };
    match play(ice).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn play(ice: IceSpec) -> Result<(), String> {
    let (first, ended) = read_stdin()?;
    let line = first.await.map_err(|_| "nobody said on stdin who plays".to_owned())?;
    let cast: Cast = serde_json::from_str(&line).map_err(|e| format!("the first line must say who plays: {e}"))?;
    let (tell, told) = mpsc::channel(64);
    let stop = CancellationToken::new();
    let mut people = JoinSet::new();
    let troupe = app::Troupe::new(cast, ice, tell);
    for number in 0..troupe.len() {
        people.spawn(app::play(troupe.clone(), number, stop.clone()));
    }
    drop(troupe);
    tokio::spawn(say(told));
    tokio::select! {
        _ = ended => {}
        () = async { while people.join_next().await.is_some() {} } => return Err("the call ended".to_owned()),
    }
    stop.cancel();
    while people.join_next().await.is_some() {}
    Ok(())
}

/// The first line of stdin, and its end: both on a thread of its own, because reading waits. Whatever else comes is meant for nobody.
fn read_stdin() -> Result<(oneshot::Receiver<String>, oneshot::Receiver<()>), String> {
    let (first, line) = oneshot::channel();
    let (end, ended) = oneshot::channel::<()>();
    let reading = std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut text = String::new();
        if stdin.read_line(&mut text).is_ok() && first.send(text).is_ok() {
            let mut rest = [0; 64];
            while stdin.read(&mut rest).is_ok_and(|read| read > 0) {}
        }
        drop(end);
    });
    reading.map_err(|e| format!("cannot read stdin: {e}"))?;
    Ok((line, ended))
}

async fn say(mut told: mpsc::Receiver<Told>) {
    while let Some(told) = told.recv().await {
        let line = serde_json::to_string(&told).expect("ids and texts always serialise");
        // Whoever does not listen any more closes stdin, too.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
}
