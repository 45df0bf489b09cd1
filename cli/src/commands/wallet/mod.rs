//! `wallet`: what people have, where it went, adding coins.

mod history;
mod ls;
mod rows;
mod show;
mod topup;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// What people have, and adding coins
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Show(show::Options),
    History(history::Options),
    Topup(topup::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Show(options) => show::run(context, options).await,
        Verb::History(options) => history::run(context, options).await,
        Verb::Topup(options) => topup::run(context, options).await,
    }
}
