use callboard_contract::adm::cases::{FileAppeal, FileAppealRequest};
use callboard_domain::SanctionId;
use clap::Args;

use crate::change;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::RepeatFlag;
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
    #[command(flatten)]
    repeat: RepeatFlag,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let Options { sanction: sanction_id, text, repeat } = options;
    let house = context.house().await?;
    let ask = async |request_id| house.call::<FileAppeal>(&FileAppealRequest { request_id, sanction_id, text }).await;
    change::at_once(context, repeat.request_id, ask, |appeal| Report::one("callboard.appeal.v1", appeal)).await
}
