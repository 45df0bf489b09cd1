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

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Sanctions, reports, appeals, automod and policy lists
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Warn(act::Warn),
    Mute(act::Mute),
    Unmute(lift::Of),
    Kick(act::Kick),
    Ban(act::Ban),
    Unban(lift::Of),
    Restrict(act::Restrict),
    Unrestrict(lift::Of),
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
    use callboard_domain::SanctionKind::{Ban, Mute, RestrictPayments};
    match verb {
        Verb::Warn(options) => options.run(context).await,
        Verb::Mute(options) => options.run(context).await,
        Verb::Unmute(options) => lift::run_of(context, options, &[Mute]).await,
        Verb::Kick(options) => options.run(context).await,
        Verb::Ban(options) => options.run(context).await,
        Verb::Unban(options) => lift::run_of(context, options, &[Ban]).await,
        Verb::Restrict(options) => options.run(context).await,
        Verb::Unrestrict(options) => lift::run_of(context, options, &[RestrictPayments]).await,
        Verb::Undo(options) => lift::run(context, options).await,
        Verb::DeleteMessage(options) => delete_message::run(context, options).await,
        Verb::Sanctions(options) => sanctions::run(context, options).await,
        Verb::Reports(verb) => reports::run(context, verb).await,
        Verb::Appeals(verb) => appeals::run(context, verb).await,
        Verb::Automod(verb) => automod::run(context, verb).await,
        Verb::Policy(verb) => policy::run(context, verb).await,
    }
}
