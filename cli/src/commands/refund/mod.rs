//! `refund`: giving coins back.

mod create;
mod ls;
mod preview;
mod rows;

use callboard_contract::adm::refund::RefundFrom;
use callboard_domain::{Coins, LegId};
use clap::{Args, Subcommand, ValueEnum};

use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};

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
    #[arg(value_name = "CALL", add = complete::calls())]
    call: String,
    /// The leg; may be left out where the call has only one
    #[arg(long, value_name = "LEG")]
    leg: Option<LegId>,
    /// How many coins; all that is left if absent
    #[arg(long, value_name = "COINS")]
    amount: Option<Coins>,
    /// Who bears it
    #[arg(long, value_enum, default_value_t)]
    from: From,
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
