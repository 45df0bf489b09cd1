use callboard_contract::adm::wallet::{Show, WhoRequest};
use callboard_domain::Uid;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{WatchFlags, named_one};
use crate::list;
use crate::report::Report;

/// Shows what a person has, holds, earned and owes (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The person; `-` takes the name from stdin
    #[arg(value_name = "UID")]
    uid: String,
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let request = WhoRequest { uid: named_one::<Uid>(&options.uid)? };
    let house = context.house().await?;
    list::show(context, options.watch, async || {
        Ok(Report::one("callboard.wallet.v1", &house.call::<Show>(&request).await?))
    })
    .await
}
