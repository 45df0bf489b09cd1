use callboard_contract::adm::calls::Show;
use callboard_contract::api::calls::CallRef;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{WatchFlags, named_one};
use crate::{complete, list};

/// Shows a call with its legs, members and money (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The call; `-` takes it from stdin
    #[arg(value_name = "CALL", add = complete::calls())]
    call: String,
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let call_id = named_one(&options.call)?;
    let house = context.house().await?;
    list::show(context, options.watch, async || Ok(super::detail(&house.call::<Show>(&CallRef { call_id }).await?)))
        .await
}
