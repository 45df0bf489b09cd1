use callboard_contract::adm::restream::{ProgrammeReply, TargetRemove, TargetRemoveRequest};
use callboard_domain::TargetName;
use clap::Args;

use super::super::acted;
use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, named_one};

/// Ends a target; the others do not notice (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// The target's name
    #[arg(value_name = "NAME")]
    name: TargetName,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let programme_id = named_one(&options.programme)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |reply: &ProgrammeReply| {
            Consent::yes(format!("Send {} no longer to {}?", reply.programme.programme.title, options.name))
        },
        async |request_id, dry_run| {
            let name = options.name.clone();
            house.call::<TargetRemove>(&TargetRemoveRequest { request_id, programme_id, name, dry_run }).await
        },
        acted,
    )
    .await
}
