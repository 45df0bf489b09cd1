use callboard_contract::adm::tariff::{Show, ShowRequest};
use clap::Args;

use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;
use crate::report::Report;

/// Shows a tariff (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Its name; `-` takes it from stdin
    #[arg(value_name = "NAME", add = complete::tariffs())]
    name: String,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let request = ShowRequest { name: named_one(&options.name)? };
    let tariff = context.house().await?.call::<Show>(&request).await?;
    context.print(&Report::one("callboard.tariff.v1", &tariff))
}
