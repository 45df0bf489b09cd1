use callboard_contract::adm::cases::{AppealView, DecideAppeal, DecideAppealRequest};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};
use crate::report::Report;

/// Grants an appeal: the sanction is lifted; never yours to decide if you imposed it (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The sanction that it is against; `-` takes it from stdin
    #[arg(value_name = "SANCTION")]
    sanction: String,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

/// Denies an appeal: the sanction stands; never yours to decide if you imposed it (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Deny {
    #[command(flatten)]
    pub(crate) options: Options,
}

pub(crate) async fn run(context: &Context, options: Options, grant: bool) -> Result<Outcome> {
    change::check(&options.change)?;
    let sanction_id = named_one(&options.sanction)?;
    let house = context.house().await?;
    let verb = if grant { "Grant" } else { "Deny" };
    change::carry_out(
        context,
        &options.change,
        |appeal: &AppealView| Consent::yes(format!("{verb} the appeal of {}?", appeal.sanction.uid)),
        async |request_id, dry_run| {
            let reason = options.reason.reason.clone();
            house.call::<DecideAppeal>(&DecideAppealRequest { request_id, sanction_id, grant, reason, dry_run }).await
        },
        |appeal| Report::one("callboard.appeal.v1", appeal),
    )
    .await
}
