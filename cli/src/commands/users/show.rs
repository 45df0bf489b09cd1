use callboard_contract::adm::people::{Show, WhoRequest};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;
use crate::report::Report;

/// Shows a user with his sanctions, rooms and the cases about him (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Whom; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let uid = named_one(&options.uid)?;
    let detail = context.house().await?.call::<Show>(&WhoRequest { uid }).await?;
    context.print(
        &Report::one_as("callboard.user.v1", &detail.person, &detail)
            .with("SANCTIONS", &detail.sanctions)
            .with("ROOMS", &detail.rooms)
            .with("CASES", &detail.cases),
    )
}
