use callboard_contract::adm::refund::{Create, CreateRequest, RefundView};
use callboard_domain::Coins;
use clap::Args;

use super::What;
use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag};
use crate::report::Report;

/// Gives coins of a settled leg, an entry fee or a gift back, up to the limit of your role (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    what: What,
    /// Refuse if more than this had been refunded before by now
    #[arg(long, value_name = "COINS")]
    expect_refunded_before: Option<Coins>,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let what = options.what;
    let call_id = what.call()?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |refund: &RefundView| {
            Consent::typing(
                format!("Give {} coins back to {}? The amount:", refund.amount, refund.payer),
                &refund.amount,
            )
        },
        async |request_id, dry_run| {
            let request = CreateRequest {
                request_id,
                call_id,
                leg_id: what.leg,
                transfer_id: what.transfer,
                amount: what.amount,
                from: what.from.on_the_wire(),
                reason: options.reason.reason.clone(),
                expect_refunded_before: options.expect_refunded_before,
                dry_run,
            };
            house.call::<Create>(&request).await
        },
        |refund| Report::one("callboard.refund.v1", refund).with("POSTINGS", &refund.postings),
    )
    .await
}
