use callboard_contract::adm::people::{Reveal, RevealRequest};
use callboard_domain::RequestId;
use clap::Args;

use super::rows::sessions;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ReasonFlag, named_one};

/// Shows a user's devices unmasked; that you looked, and why, is logged (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Whose; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    #[command(flatten)]
    reason: ReasonFlag,
    /// Makes a repeat recognisable; made if absent
    #[arg(long, value_name = "ID")]
    request_id: Option<RequestId>,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let request = RevealRequest {
        request_id: options.request_id.unwrap_or_else(RequestId::generate),
        uid: named_one(&options.uid)?,
        reason: options.reason.reason,
    };
    context.print(&sessions(&context.house().await?.call::<Reveal>(&request).await?))
}
