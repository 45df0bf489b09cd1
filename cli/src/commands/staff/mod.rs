//! `staff`: who works here.

mod add;
mod link;
mod ls;
mod me;
mod revoke;
mod rows;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Who works here
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Add(add::Options),
    Link(link::Options),
    Revoke(revoke::Options),
    Me(me::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Add(options) => add::run(context, options).await,
        Verb::Link(options) => link::run(context, options).await,
        Verb::Revoke(options) => revoke::run(context, options).await,
        Verb::Me(options) => me::run(context, options).await,
    }
}
