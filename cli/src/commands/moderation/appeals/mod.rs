//! `mod appeals`: looked at by somebody else than who imposed the sanction.

mod decide;
mod file;
mod ls;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

const EXAMPLES: &str = "\
Examples:
  callboard mod appeals ls
  callboard mod appeals file SANCTION \"he wrote by mail: it was my brother\"
  callboard mod appeals grant SANCTION --reason \"fault:the wrong person\"";

/// Appeals against sanctions
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Verb {
    Ls(ls::Options),
    File(file::Options),
    Grant(decide::Options),
    Deny(decide::Deny),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::File(options) => file::run(context, options).await,
        Verb::Grant(options) => decide::run(context, options, true).await,
        Verb::Deny(decide::Deny { options }) => decide::run(context, options, false).await,
    }
}
