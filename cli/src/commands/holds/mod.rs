//! `holds`: coins set aside, and the broom for those left behind.

mod ls;
mod rows;
mod sweep;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Coins set aside for calls
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Sweep(sweep::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Sweep(options) => sweep::run(context, options).await,
    }
}
