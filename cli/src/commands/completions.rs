use clap::{Args, ValueEnum};
use clap_complete::env::Shells;

use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};

/// Prints the script that completes commands, flags and live ids in a shell (reads)
#[derive(Args, Clone, Debug)]
#[command(after_help = "For bash: source <(callboard completions bash)")]
pub(crate) struct Options {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// The shells that are known.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

pub(crate) fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let name = options.shell.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let shells = Shells::builtins();
    let shell =
        shells.completer(&name).ok_or_else(|| Failure::failed(format!("no completions are known for {name}")))?;
    let mut script = Vec::new();
    shell
        .write_registration("COMPLETE", "callboard", "callboard", "callboard", &mut script)
        .map_err(|error| Failure::failed(format!("cannot write the script for {name}: {error}")))?;
    context.print_text(&String::from_utf8_lossy(&script))
}
