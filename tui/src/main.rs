//! `callboard-console`: the moderators' and operators' console.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use callboard_client::{ClientError, Contexts};
use callboard_console::{Options, Pictures};
use clap::Parser;
use clap::builder::RangedU64ValueParser;

/// Watch live calls burn, open them, and act: end, mute, remove, refund.
#[derive(Parser, Debug)]
#[command(name = "callboard-console", version, about, after_help = AFTER)]
struct Args {
    /// The context to use: which house, and as whom
    #[arg(long, value_name = "NAME", env = "CALLBOARD_CONTEXT")]
    context: Option<String>,
    /// The data folder of a stack on this machine, to use that one
    #[arg(long, value_name = "DIR", env = "CALLBOARD_DATA")]
    data: Option<PathBuf>,
    /// Use no colours; `NO_COLOR` and `TERM=dumb` say the same
    #[arg(long)]
    no_color: bool,
    /// How pictures are shown
    #[arg(long, value_name = "HOW", value_enum, default_value_t, env = "CALLBOARD_PICTURES")]
    pictures: Pictures,
    /// How often live calls are read, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = RangedU64ValueParser::<u64>::new().range(250..=60_000))]
    poll: u64,
}

const AFTER: &str = "Keys: ? in the console lists them, : is the palette, q leaves. \
Without --context and --data the selected context is used, else the stack on this machine. \
The log is console.log in the state folder (XDG_STATE_HOME); CALLBOARD_LOG says how much is in it.";

fn main() -> ExitCode {
    let args = Args::parse();
    match start(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("callboard-console: {error:#}");
            ExitCode::from(error.downcast_ref::<ClientError>().map_or(1, ClientError::exit_code))
        }
    }
}

fn start(args: &Args) -> color_eyre::Result<()> {
    let context = Contexts::open()?.resolve(args.context.as_deref(), args.data.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let options = Options {
        name: context.name.clone(),
        context,
        colour: !args.no_color && colour_wanted(),
        pictures: args.pictures,
        poll: Duration::from_millis(args.poll),
    };
    let ended = runtime.block_on(callboard_console::run(options));
    // Reading the terminal may hold a thread; nothing is lost by not waiting for it.
    runtime.shutdown_background();
    ended
}

/// As <https://no-color.org> has it: set and not empty means none.
fn colour_wanted() -> bool {
    let none = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !none && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
