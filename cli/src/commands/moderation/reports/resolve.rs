use callboard_contract::adm::cases::{Decide, DecideRequest};
use callboard_domain::{CaseOutcome, MessageId, SanctionId};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};

/// Decides a case that you claimed; everybody who reported it is told (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The case; `-` takes it from stdin
    #[arg(value_name = "CASE")]
    case: String,
    /// What it came to: `no_action`, sanctioned, `messages_deleted`
    #[arg(long)]
    outcome: CaseOutcome,
    /// A sanction that was imposed; may be given again
    #[arg(long, value_name = "SANCTION")]
    sanction: Vec<SanctionId>,
    /// A message that was deleted; may be given again
    #[arg(long, value_name = "MESSAGE")]
    message: Vec<MessageId>,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let case_id = named_one(&options.case)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |_| Consent::yes(format!("Decide the case: {}?", options.outcome)),
        async |request_id, dry_run| {
            let request = DecideRequest {
                request_id,
                case_id,
                outcome: options.outcome,
                sanction_ids: options.sanction.clone(),
                message_ids: options.message.clone(),
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<Decide>(&request).await
        },
        super::one,
    )
    .await
}
