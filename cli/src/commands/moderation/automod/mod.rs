//! `mod automod`: rules about messages, tested before they are switched on.

mod held;
mod hits;
mod ls;
mod rows;
mod set;
mod switch;
mod test;

use callboard_contract::adm::automod::RuleSetView;
use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

pub(super) use rows::tallies;

/// Rules about messages: of the platform, of a tenant or of a room
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Set(set::Options),
    Enable(switch::Options),
    Disable(switch::Options),
    Test(test::Options),
    Hits(hits::Options),
    Held(held::Options),
    Approve(held::Decide),
    Reject(held::Decide),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Set(options) => set::run(context, options).await,
        Verb::Enable(options) => switch::run(context, options, true).await,
        Verb::Disable(options) => switch::run(context, options, false).await,
        Verb::Test(options) => test::run(context, options).await,
        Verb::Hits(options) => hits::run(context, options).await,
        Verb::Held(options) => held::run(context, options).await,
        Verb::Approve(options) => held::decide(context, options, true).await,
        Verb::Reject(options) => held::decide(context, options, false).await,
    }
}

/// The rules of one scope as rows, with the whole set for programs.
fn one(view: &RuleSetView) -> Report {
    Report::list_as("callboard.automod.v1", &rows::of(view), view)
}
