use callboard_contract::adm::wallet::{History, HistoryRequest};
use callboard_domain::Uid;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags, named_one};
use crate::list;

/// Lists a person's postings, newest first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The person; `-` takes the name from stdin
    #[arg(value_name = "UID")]
    uid: String,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let uid: Uid = named_one(&options.uid)?;
    let house = context.house().await?;
    let page = list::read(&options.page, options.period, async |query| {
        house.call::<History>(&HistoryRequest { uid: uid.clone(), limit: query.limit, cursor: query.cursor }).await
    })
    .await?;
    list::print(context, "callboard.postings.v1", &page)
}
