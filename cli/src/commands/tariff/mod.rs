//! `tariff`: prices of the house.

mod ls;
mod rows;
mod set;
mod show;
mod simulate;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Prices of the house
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Show(show::Options),
    Set(Box<set::Options>),
    Simulate(simulate::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Show(options) => show::run(context, options).await,
        Verb::Set(options) => set::run(context, *options).await,
        Verb::Simulate(options) => simulate::run(context, &options),
    }
}
