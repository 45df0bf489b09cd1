use callboard_contract::adm::restream::{ChangeLayout, LayoutRequest, ProgrammeReply};
use callboard_domain::{Layout, Uid};
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, named_one};

/// Changes how the guests stand in the picture (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// How: grid, speaker, stage, side-by-side, single
    #[arg(value_name = "LAYOUT")]
    layout: Layout,
    /// Who is large, for stage and single; the host if absent
    #[arg(long, value_name = "UID")]
    focus: Option<Uid>,
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
            Consent::yes(format!("Show {} as {}?", reply.programme.programme.title, options.layout))
        },
        async |request_id, dry_run| {
            let (layout, focus) = (options.layout, options.focus.clone());
            house.call::<ChangeLayout>(&LayoutRequest { request_id, programme_id, layout, focus, dry_run }).await
        },
        super::acted,
    )
    .await
}
