//! `events`: what was told.

mod ls;
mod rows;
mod tail;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// What was told
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Tail(tail::Options),
    Ls(ls::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Tail(options) => tail::run(context, options).await,
        Verb::Ls(options) => ls::run(context, options).await,
    }
}
