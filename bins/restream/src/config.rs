//! The settings of restream: those of every worker, where programmes lie, how guests and players reach them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use callboard_media::control::{EncoderSpeed, IceSpec};
use callboard_worker::{CallTimes, WorkerConfig};

/// Puts calls on air. `--check` says whether this machine has what is needed, and needs no other setting.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "callboard-restream", version)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) worker: WorkerConfig,
    #[command(flatten)]
    pub(crate) times: CallTimes,
    /// Folder for segments and recordings.
    #[arg(long, env = "CALLBOARD_PROGRAMMES_DIR")]
    pub(crate) programmes_dir: PathBuf,
    /// Where players are served.
    #[arg(long, env = "CALLBOARD_HLS_LISTEN", default_value = "127.0.0.1:8090")]
    pub(crate) hls_listen: SocketAddr,
    /// The address under which players reach that; the programme's own path follows.
    #[arg(long, env = "CALLBOARD_HLS_URL", default_value = "http://127.0.0.1:8090")]
    pub(crate) hls_url: String,
    /// File with the secret that signs tickets of viewers; the same for all copies.
    #[arg(long, env = "CALLBOARD_VIEWER_TICKET_SECRET_FILE")]
    pub(crate) viewer_ticket_secret_file: PathBuf,
    /// Minutes that one viewer may watch without asking again.
    #[arg(long, env = "CALLBOARD_VIEWER_MINUTES", default_value_t = 720, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) viewer_minutes: u32,
    /// This machine's addresses that are offered to guests; all of them if none is said.
    #[arg(long, env = "CALLBOARD_ICE_ADDRESSES", value_delimiter = ',')]
    pub(crate) ice_addresses: Vec<IpAddr>,
    /// Guests are on this machine only.
    #[arg(long, env = "CALLBOARD_ICE_LOOPBACK_ONLY", default_value_t = false, action = clap::ArgAction::Set)]
    pub(crate) ice_loopback_only: bool,
    /// UDP ports that guests are answered from, as `40000-40999`, for firewalls; any if none is said. A guest takes one on each of this
    /// machine's addresses.
    #[arg(long, env = "CALLBOARD_ICE_PORTS", value_parser = ports)]
    pub(crate) ice_ports: Option<(u16, u16)>,
    /// Cores that programmes may use; all of the machine's if none is said. A fifth of them is left free.
    #[arg(long, env = "CALLBOARD_PROGRAMME_CORES", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) programme_cores: Option<u32>,
    /// How much work goes into each picture: less work, worse pictures at the same rate.
    #[arg(long, env = "CALLBOARD_ENCODER_SPEED", value_enum, default_value_t = Speed::Veryfast)]
    pub(crate) encoder_speed: Speed,
}

fn ports(text: &str) -> Result<(u16, u16), String> {
    let read = || {
        let (first, last) = text.split_once('-')?;
        Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
    };
    read().filter(|(first, last)| (1024..=*last).contains(first)).ok_or_else(|| {
        "say the first and the last port, as in 40000-40999: both from 1024 up, the first not above the last".to_owned()
    })
}

/// As the encoder's own names go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Speed {
    /// The least work.
    Ultrafast,
    /// A little more, worth it where there is room.
    Veryfast,
}

impl From<Speed> for EncoderSpeed {
    fn from(speed: Speed) -> Self {
        match speed {
            Speed::Ultrafast => Self::Ultrafast,
            Speed::Veryfast => Self::Veryfast,
        }
    }
}

impl Config {
    /// How guests reach a programme.
    pub(crate) fn ice(&self) -> IceSpec {
        IceSpec { addresses: self.ice_addresses.clone(), loopback_only: self.ice_loopback_only, ports: self.ice_ports }
    }

    /// Where one kind of a programme's files lies.
    pub(crate) fn folder(&self, kind: &str) -> PathBuf {
        self.programmes_dir.join(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_a_first_and_a_last() {
        assert_eq!(ports("40000-40999"), Ok((40_000, 40_999)));
        assert_eq!(ports("50000 - 50000"), Ok((50_000, 50_000)));
        for bad in ["", "40000", "40999-40000", "80-90", "40000-70000", "a-b"] {
            assert!(ports(bad).is_err(), "{bad}");
        }
    }
}
