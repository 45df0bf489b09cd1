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
    /// Cores that programmes may use; all of the machine's if none is said. A fifth of them is left free.
    #[arg(long, env = "CALLBOARD_PROGRAMME_CORES", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) programme_cores: Option<u32>,
    /// How much work goes into each picture: less work, worse pictures at the same rate.
    #[arg(long, env = "CALLBOARD_ENCODER_SPEED", value_enum, default_value_t = Speed::Veryfast)]
    pub(crate) encoder_speed: Speed,
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
        IceSpec { addresses: self.ice_addresses.clone(), loopback_only: self.ice_loopback_only }
    }

    /// Where one kind of a programme's files lies.
    pub(crate) fn folder(&self, kind: &str) -> PathBuf {
        self.programmes_dir.join(kind)
    }
}
