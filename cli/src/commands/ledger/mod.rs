//! `ledger`: the books themselves.

pub(super) mod rows;
mod transfers;
mod verify;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// The books themselves
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Verify(verify::Options),
    Transfers(transfers::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Verify(options) => verify::run(context, options).await,
        Verb::Transfers(options) => transfers::run(context, options).await,
    }
}
