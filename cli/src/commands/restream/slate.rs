use callboard_contract::adm::restream::{ChangeSlate, ProgrammeReply, SlateRequest};
use callboard_domain::Slate;
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, named_one};

/// Covers the picture and the sound with a slate, or takes it away (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// With what: none, pause, back-soon; `none` takes it away
    #[arg(value_name = "SLATE")]
    slate: Slate,
    /// Own words on it
    #[arg(long)]
    text: Option<String>,
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
            Consent::yes(match options.slate {
                Slate::None => format!("Show {title} again?"),
                slate @ (Slate::Pause | Slate::BackSoon) => format!("Cover {title} with the slate {slate}?"),
            })
        },
        async |request_id, dry_run| {
            let (slate, text) = (options.slate, options.text.clone());
            house.call::<ChangeSlate>(&SlateRequest { request_id, programme_id, slate, text, dry_run }).await
        },
        super::acted,
    )
    .await
}
