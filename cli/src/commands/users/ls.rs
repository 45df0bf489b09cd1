use callboard_contract::adm::people::{Ls, LsRequest};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists users by name (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only those whose name begins so
    #[arg(value_name = "PREFIX")]
    prefix: Option<String>,
    /// Only those who are banned or suspended on the whole platform
    #[arg(long)]
    out: bool,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, PeriodFlags::default(), async |query| {
        let (prefix, out) = (options.prefix.clone(), options.out);
        house.call::<Ls>(&LsRequest { prefix, out, limit: query.limit, cursor: query.cursor }).await
    })
    .await?;
    list::print(context, "callboard.users.v1", &page)
}
