//! `calls`: watch them burn, look into them, act.

mod end;
mod history;
mod ls;
mod mute;
mod remove;
mod rows;
mod show;
mod timeline;
mod watch;

use callboard_contract::adm::calls::CallDetail;
use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Live and past calls
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Show(show::Options),
    Watch(watch::Options),
    End(end::Options),
    Mute(mute::Options),
    Remove(remove::Options),
    History(history::Options),
    Timeline(timeline::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Show(options) => show::run(context, options).await,
        Verb::Watch(options) => watch::run(context, options).await,
        Verb::End(options) => end::run(context, options).await,
        Verb::Mute(options) => mute::run(context, options).await,
        Verb::Remove(options) => remove::run(context, options).await,
        Verb::History(options) => history::run(context, options).await,
        Verb::Timeline(options) => timeline::run(context, options).await,
    }
}

/// A call with its legs and members.
fn detail(detail: &CallDetail) -> Report {
    Report::one_as("callboard.call.v1", &detail.call, detail)
        .with("LEGS", &detail.legs)
        .with("MEMBERS", &detail.members)
}
