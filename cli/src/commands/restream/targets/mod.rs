//! `restream targets`: where a programme goes, changed while it is on air.

mod add;
mod rm;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Where a programme goes
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Add(add::Options),
    Rm(rm::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Add(options) => add::run(context, options).await,
        Verb::Rm(options) => rm::run(context, options).await,
    }
}
