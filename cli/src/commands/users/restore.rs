use callboard_domain::{SanctionKind, Scope, Uid};
use clap::Args;

use crate::commands::moderation::lift::lift_all;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};

/// Lets a user in again: takes back what suspends or bans him on the whole platform (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Whom; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let uid: Uid = named_one(&options.uid)?;
    let out = [SanctionKind::Ban, SanctionKind::Suspend];
    lift_all(context, uid, &out, Scope::Platform, options.reason, &options.change).await
}
