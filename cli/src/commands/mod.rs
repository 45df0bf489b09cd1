//! The commands: one file each, with its options and its one `run`.

mod audit;
mod calls;
mod completions;
mod console;
mod contexts;
mod demo;
mod doctor;
mod down;
mod events;
mod gifts;
mod holds;
mod ledger;
mod man;
mod moderation;
mod reconcile;
mod refund;
mod restream;
mod rooms;
mod staff;
mod status;
mod tariff;
mod up;
mod users;
mod wallet;
mod workers;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Everything that can be asked for.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Up(up::Options),
    Down(down::Options),
    Status(status::Options),
    Demo(demo::Options),
    Console(console::Options),
    #[command(subcommand)]
    Calls(calls::Verb),
    #[command(subcommand)]
    Wallet(wallet::Verb),
    #[command(subcommand)]
    Refund(refund::Verb),
    #[command(subcommand)]
    Gifts(gifts::Verb),
    #[command(subcommand)]
    Restream(restream::Verb),
    #[command(subcommand)]
    Rooms(rooms::Verb),
    #[command(subcommand)]
    Holds(holds::Verb),
    #[command(subcommand)]
    Tariff(tariff::Verb),
    #[command(subcommand)]
    Staff(staff::Verb),
    #[command(subcommand)]
    Users(users::Verb),
    #[command(subcommand)]
    Mod(moderation::Verb),
    #[command(subcommand)]
    Audit(audit::Verb),
    Reconcile(reconcile::Options),
    #[command(subcommand)]
    Ledger(ledger::Verb),
    Workers(workers::Options),
    #[command(subcommand)]
    Events(events::Verb),
    #[command(subcommand)]
    Context(contexts::Verb),
    Doctor(doctor::Options),
    Completions(completions::Options),
    Man(man::Options),
}

impl Command {
    /// Whether the command ends in order by itself when it is asked to end.
    pub(crate) const fn owns_signals(&self) -> bool {
        matches!(self, Self::Up(_) | Self::Demo(_))
    }
}

/// Runs a command.
pub(crate) async fn run(command: Command, context: &Context) -> Result<Outcome> {
    match command {
        Command::Up(options) => up::run(context, options).await,
        Command::Down(options) => down::run(context, options).await,
        Command::Status(options) => status::run(context, options).await,
        Command::Demo(options) => demo::run(context, options).await,
        Command::Console(options) => console::run(context, &options),
        Command::Calls(verb) => calls::run(context, verb).await,
        Command::Wallet(verb) => wallet::run(context, verb).await,
        Command::Refund(verb) => refund::run(context, verb).await,
        Command::Gifts(verb) => gifts::run(context, verb).await,
        Command::Restream(verb) => restream::run(context, verb).await,
        Command::Rooms(verb) => rooms::run(context, verb).await,
        Command::Holds(verb) => holds::run(context, verb).await,
        Command::Tariff(verb) => tariff::run(context, verb).await,
        Command::Staff(verb) => staff::run(context, verb).await,
        Command::Users(verb) => users::run(context, verb).await,
        Command::Mod(verb) => moderation::run(context, verb).await,
        Command::Audit(verb) => audit::run(context, verb).await,
        Command::Reconcile(options) => reconcile::run(context, options).await,
        Command::Ledger(verb) => ledger::run(context, verb).await,
        Command::Workers(options) => workers::run(context, options).await,
        Command::Events(verb) => events::run(context, verb).await,
        Command::Context(verb) => contexts::run(context, &verb),
        Command::Doctor(options) => doctor::run(context, options).await,
        Command::Completions(options) => completions::run(context, &options),
        Command::Man(options) => man::run(context, &options),
    }
}
