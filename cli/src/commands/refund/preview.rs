use callboard_contract::adm::refund::{Preview, PreviewRequest};
use clap::Args;

use super::What;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Shows who would give and get how much, and what your limits leave (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    what: What,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let what = options.what;
    let request = PreviewRequest {
        call_id: what.call()?,
        leg_id: what.leg,
        transfer_id: what.transfer,
        amount: what.amount,
        from: what.from.on_the_wire(),
    };
    let preview = context.house().await?.call::<Preview>(&request).await?;
    context.print(&Report::one("callboard.refund_preview.v1", &preview).with("POSTINGS", &preview.postings))
}
