use std::path::PathBuf;

use callboard_contract::Reason;
use callboard_contract::adm::restream::{ProgrammeReply, Start, StartRequest};
use callboard_domain::{BroadcastMode, Layout, OutputPreset, TargetSpec};
use clap::Args;

use super::spec;
use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, named_one};

/// Puts a call on air: every member is asked, and who agrees is in it (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The call; `-` takes it from stdin
    #[arg(value_name = "CALL", add = complete::calls())]
    call: String,
    /// How the guests stand: grid, speaker, stage, side-by-side, single
    #[arg(long)]
    layout: Option<Layout>,
    /// Size and rate: 480p30, 720p30, 1080p30, audio
    #[arg(long)]
    preset: Option<OutputPreset>,
    /// Who of those who agreed is on it: solo, stage, group, hybrid; everybody (group) if absent
    #[arg(long)]
    mode: Option<BroadcastMode>,
    /// What stands on slates; the host's name if absent
    #[arg(long)]
    title: Option<String>,
    /// Where it goes: `NAME=hls` (live), `NAME=hls-event` (all since it began) or `NAME=file`; may be
    /// said several times
    #[arg(long = "target", value_name = "NAME=KIND", value_parser = spec::plain)]
    targets: Vec<TargetSpec>,
    /// A file with targets that need an address, `NAME=rtmp://…` or `NAME=srt://…` on each line; `-` is stdin
    #[arg(long, value_name = "FILE")]
    targets_from: Option<PathBuf>,
    /// Why, as a code and a note after a colon
    #[arg(long, value_name = "CODE[:note]")]
    reason: Option<Reason>,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let call_id = named_one(&options.call)?;
    let mut targets = options.targets.clone();
    if let Some(file) = &options.targets_from {
        targets.extend(spec::from_file(file)?);
    }
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |reply: &ProgrammeReply| {
            let programme = &reply.programme.programme;
            Consent::yes(format!("Put the call of {} on air, to {} targets?", programme.title, programme.targets))
        },
        async |request_id, dry_run| {
            let request = StartRequest {
                request_id,
                call_id,
                layout: options.layout,
                preset: options.preset,
                mode: options.mode,
                title: options.title.clone(),
                targets: targets.clone(),
                reason: options.reason.clone(),
                dry_run,
            };
            house.call::<Start>(&request).await
        },
        super::acted,
    )
    .await
}
