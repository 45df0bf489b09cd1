//! `mod`: what is imposed on people and taken back; what they report, and appeals.

mod act;
mod appeals;
mod automod;
mod delete_message;
pub(super) mod impose;
pub(super) mod lift;
mod policy;
mod reports;
pub(super) mod rows;
mod sanctions;

use callboard_domain::SanctionKind;
use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

const EXAMPLES: &str = "\
Examples:
  callboard mod mute leo --for 1h --room ROOM --reason abuse:insults
  callboard mod ban leo --tenant maya --for 7d --reason abuse --dry-run
  callboard mod unban leo --tenant maya --reason goodwill
  callboard mod sanctions --uid leo --standing
  callboard mod undo SANCTION --reason \"fault:meant somebody else\"";

/// Sanctions, reports, appeals, automod and policy lists
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Verb {
    Warn(act::Warn),
    Mute(act::Mute),
    /// Lets somebody speak again: takes back the mutes that stand there (changes)
    Unmute(lift::Of),
    Kick(act::Kick),
    Ban(act::Ban),
    /// Lets somebody in again: takes back the bans that stand there (changes)
    Unban(lift::Of),
    Restrict(act::Restrict),
    /// Lets somebody spend coins again: takes back what restricts his payments (changes)
    Unrestrict(lift::OfPlatform),
    Undo(lift::Options),
    DeleteMessage(delete_message::Options),
    Sanctions(sanctions::Options),
    #[command(subcommand, visible_alias = "cases")]
    Reports(reports::Verb),
    #[command(subcommand)]
    Appeals(appeals::Verb),
    #[command(subcommand)]
    Automod(automod::Verb),
    #[command(subcommand)]
    Policy(policy::Verb),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Warn(options) => options.run(context).await,
        Verb::Mute(options) => options.run(context).await,
        Verb::Unmute(options) => lift::run_of(context, options, SanctionKind::Mute).await,
        Verb::Kick(options) => options.run(context).await,
        Verb::Ban(options) => options.run(context).await,
        Verb::Unban(options) => lift::run_of(context, options, SanctionKind::Ban).await,
        Verb::Restrict(options) => options.run(context).await,
        Verb::Unrestrict(options) => lift::unrestrict(context, options).await,
        Verb::Undo(options) => lift::run(context, options).await,
        Verb::DeleteMessage(options) => delete_message::run(context, options).await,
        Verb::Sanctions(options) => sanctions::run(context, options).await,
        Verb::Reports(verb) => reports::run(context, verb).await,
        Verb::Appeals(verb) => appeals::run(context, verb).await,
        Verb::Automod(verb) => automod::run(context, verb).await,
        Verb::Policy(verb) => policy::run(context, verb).await,
    }
}
