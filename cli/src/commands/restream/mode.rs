use callboard_contract::adm::restream::{ChangeMode, ModeRequest, ProgrammeReply};
use callboard_domain::BroadcastMode;
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, named_one};

/// Sets who of those who agreed is on the programme (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// Who: solo (the host), stage (host and stage), group (everybody), hybrid (host and stage; all others in sound alone)
    #[arg(value_name = "MODE")]
    mode: BroadcastMode,
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
            let on = reply.programme.members.iter().filter(|member| member.on_programme).count();
            let title = &reply.programme.programme.title;
            Consent::yes(format!("Broadcast {title} in the mode {}, with {on} of its members on it?", options.mode))
        },
        async |request_id, dry_run| {
            let mode = options.mode;
            house.call::<ChangeMode>(&ModeRequest { request_id, programme_id, mode, dry_run }).await
        },
        super::acted,
    )
    .await
}
