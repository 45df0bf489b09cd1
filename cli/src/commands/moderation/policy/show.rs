use callboard_contract::adm::policy::{Show, ShowRequest};
use callboard_domain::ListName;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Shows the entries of a policy list (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The list
    #[arg(value_name = "LIST", value_parser = super::list_name)]
    name: ListName,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, PeriodFlags::default(), async |query| {
        let request =
            ShowRequest { name: options.name.clone(), limit: query.limit.map(|n| n.min(100)), cursor: query.cursor };
        house.call::<Show>(&request).await
    })
    .await?;
    list::print(context, "callboard.policy_entries.v1", &page)
}
