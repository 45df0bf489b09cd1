use callboard_contract::adm::restream::{ProgrammeRef, Show};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{WatchFlags, named_one};
use crate::{complete, list};

/// Shows a programme with its guests and targets and how each does (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let programme_id = named_one(&options.programme)?;
    let house = context.house().await?;
    list::show(context, options.watch, async || {
        Ok(super::detail(&house.call::<Show>(&ProgrammeRef { programme_id }).await?))
    })
    .await
}
