use callboard_contract::adm::cases::Appeals;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists open appeals, the oldest first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let fetch = async |query| house.call::<Appeals>(&query).await;
    let page = list::read(&options.page, PeriodFlags::default(), fetch).await?;
    list::print(context, "callboard.appeals.v1", &page)
}
