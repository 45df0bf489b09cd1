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

const EXAMPLES: &str = "\
Examples:
  callboard mod automod test platform --file rules.yaml --days 7
  callboard mod automod set room:ROOM --file rules.yaml --reason content
  callboard mod automod test room:ROOM --text \"BUY COINS\"
  callboard mod automod enable room:ROOM shouting --reason content
  callboard mod automod held -q";

/// Rules about messages: of the platform, of a tenant or of a room
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Set(set::Options),
    /// Switches a rule on; it holds everywhere within a second (changes)
    Enable(switch::Options),
    /// Switches a rule off; it holds nowhere any more within a second (changes)
    Disable(switch::Options),
    Test(test::Options),
    Hits(hits::Options),
    Held(held::Options),
    /// Lets messages through that wait for review: the room sees them (changes)
    Approve(held::Decide),
    /// Takes messages out that wait for review: nobody sees them (changes)
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
