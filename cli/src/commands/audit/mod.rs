//! `audit`: the log of what staff did.

mod export;
mod ls;
mod rows;
mod verify;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

const EXAMPLES: &str = "\
Examples:
  callboard audit ls leo --since 7d
  callboard audit ls --actor ines --act mod
  callboard audit verify
  callboard audit export -o csv";

/// The log of what staff did
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Verify(verify::Options),
    Export(export::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Verify(options) => verify::run(context, options).await,
        Verb::Export(options) => export::run(context, options).await,
    }
}
