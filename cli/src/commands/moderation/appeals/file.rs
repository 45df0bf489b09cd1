use callboard_contract::adm::cases::{FileAppeal, FileAppealRequest};
use callboard_domain::{RequestId, SanctionId};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Files an appeal for somebody who cannot sign in (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The sanction
    #[arg(value_name = "SANCTION")]
    sanction: SanctionId,
    /// In the person's words
    #[arg(value_name = "TEXT")]
    text: String,
    /// Makes a repeat recognisable; made if absent
    #[arg(long, value_name = "ID")]
    request_id: Option<RequestId>,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let Options { sanction, text, request_id } = options;
    let request_id = request_id.unwrap_or_else(RequestId::generate);
    let request = FileAppealRequest { request_id, sanction_id: sanction, text };
    let appeal = context.house().await?.call::<FileAppeal>(&request).await?;
    context.print(&Report::one("callboard.appeal.v1", &appeal))
}
