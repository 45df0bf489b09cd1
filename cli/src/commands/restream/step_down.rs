use callboard_contract::adm::restream::{ProgrammeReply, SendBack, SendBackRequest};
use callboard_domain::Uid;
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};

/// Sends somebody from the stage back to the audience, or takes his hand or his invitation away (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// Who
    #[arg(value_name = "UID")]
    uid: Uid,
    #[command(flatten)]
    reason: ReasonFlag,
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
            let title = &reply.programme.programme.title;
            Consent::yes(format!("Send {} back to the audience of {title}?", options.uid))
        },
        async |request_id, dry_run| {
            let (uid, reason) = (options.uid.clone(), options.reason.reason.clone());
            house.call::<SendBack>(&SendBackRequest { request_id, programme_id, uid, reason, dry_run }).await
        },
        super::acted,
    )
    .await
}
