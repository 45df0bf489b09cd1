use callboard_contract::adm::people::{Reveal, RevealRequest};
use clap::Args;

use super::rows::sessions;
use crate::change;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ReasonFlag, RepeatFlag, named_one};

/// Shows a user's devices unmasked; that you looked, and why, is logged (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Whose; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    repeat: RepeatFlag,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let (uid, reason) = (named_one(&options.uid)?, options.reason.reason);
    let house = context.house().await?;
    let ask = async |request_id| house.call::<Reveal>(&RevealRequest { request_id, uid, reason }).await;
    change::at_once(context, options.repeat.request_id, ask, sessions).await
}
