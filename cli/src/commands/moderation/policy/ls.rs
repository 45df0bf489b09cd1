use callboard_contract::adm::policy::Ls;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists the policy lists with who follows them (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, PeriodFlags::default(), async |query| house.call::<Ls>(&query).await).await?;
    list::print(context, "callboard.policies.v1", &page)
}
