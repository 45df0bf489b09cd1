//! `rooms`: look into rooms, make them, keep them.

mod close;
mod create;
mod history;
mod lock;
mod ls;
mod members;
mod messages;
mod rows;
mod show;
mod slow;

use callboard_contract::adm::rooms::{ActReply, RoomDetail};
use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;
use rows::RolePowers;

const EXAMPLES: &str = "\
Examples:
  callboard rooms ls --tenant maya --state open
  callboard rooms messages ROOM --watch
  callboard rooms create maya \"Tea salon\" --fee 20 --reason \"request:asked by mail\" --dry-run
  callboard rooms slow ROOM 30s --reason abuse:flood
  callboard rooms close ROOM --reason content";

/// Rooms of creators
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Show(show::Options),
    Create(create::Options),
    Members(members::Options),
    Messages(messages::Options),
    History(history::Options),
    /// Locks a room: nobody enters, only who may lock it speaks (changes)
    Lock(lock::Options),
    /// Opens a locked room (changes)
    Unlock(lock::Options),
    Slow(slow::Options),
    Close(close::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Show(options) => show::run(context, options).await,
        Verb::Create(options) => create::run(context, options).await,
        Verb::Members(options) => members::run(context, options).await,
        Verb::Messages(options) => messages::run(context, options).await,
        Verb::History(options) => history::run(context, options).await,
        Verb::Lock(options) => lock::run(context, options, true).await,
        Verb::Unlock(options) => lock::run(context, options, false).await,
        Verb::Slow(options) => slow::run(context, options).await,
        Verb::Close(options) => close::run(context, options).await,
    }
}

/// A room with what is in it, what roles may do and who keeps order.
fn detail(detail: &RoomDetail) -> Report {
    let powers: Vec<RolePowers> = detail.powers.iter().map(|(role, may)| RolePowers::new(*role, may)).collect();
    Report::one_as("callboard.room.v1", &detail.room, detail)
        .with("INSIDE", std::slice::from_ref(detail))
        .with("POWERS", &powers)
        .with("KEEPERS", &detail.keepers)
}

/// A room after an act.
fn acted(reply: &ActReply) -> Report {
    detail(&reply.room).field("dry_run", &reply.dry_run)
}
