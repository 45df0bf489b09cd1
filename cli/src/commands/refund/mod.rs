//! `refund`: giving coins back.

mod create;
mod ls;
mod preview;
mod rows;

use callboard_contract::adm::refund::RefundFrom;
use callboard_domain::{CallId, Coins, LegId, TransferId};
use clap::{Args, Subcommand, ValueEnum};

use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;

/// Giving coins back
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Preview(preview::Options),
    Create(create::Options),
    Ls(ls::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Preview(options) => preview::run(context, options).await,
        Verb::Create(options) => create::run(context, options).await,
        Verb::Ls(options) => ls::run(context, options).await,
    }
}

/// What is refunded.
#[derive(Args, Clone, Debug)]
struct What {
    /// The call; `-` takes it from stdin
    #[arg(value_name = "CALL", add = complete::calls(), required_unless_present = "transfer")]
    call: Option<String>,
    /// The leg; may be left out where the call has only one
    #[arg(long, value_name = "LEG", conflicts_with = "transfer")]
    leg: Option<LegId>,
    /// Instead of a call: the transfer by which an entry fee or a gift was paid
    #[arg(long, value_name = "ID", conflicts_with = "call")]
    transfer: Option<TransferId>,
    /// How many coins; all that is left if absent
    #[arg(long, value_name = "COINS")]
    amount: Option<Coins>,
    /// Who bears it
    #[arg(long, value_enum, default_value_t)]
    from: From,
}

impl What {
    /// The call that was named, if one was.
    fn call(&self) -> Result<Option<CallId>> {
        self.call.as_deref().map(named_one).transpose()
    }
}

/// Who bears a refund.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum From {
    /// Those who received the coins, each his part
    #[default]
    Receivers,
    /// The house
    Platform,
}

impl From {
    const fn on_the_wire(self) -> RefundFrom {
        match self {
            Self::Receivers => RefundFrom::Receivers,
            Self::Platform => RefundFrom::Platform,
        }
    }
}
