use std::path::PathBuf;

use callboard_contract::adm::restream::{ProgrammeReply, TargetAdd, TargetAddRequest};
use callboard_domain::{TargetKind, TargetName, TargetSpec};
use clap::Args;

use super::super::{acted, spec};
use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{ChangeFlags, named_one};

/// Adds a target; the others do not notice (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// The target's name
    #[arg(value_name = "NAME")]
    name: TargetName,
    /// What it is: hls (the last seconds, for live viewers), hls-event (all since it began), rtmp, srt,
    /// file
    #[arg(value_name = "KIND")]
    kind: TargetKind,
    /// A file with the address, which may hold a key; `-` is stdin
    #[arg(long, value_name = "FILE")]
    url_file: Option<PathBuf>,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let url = options.url_file.as_deref().map(spec::address).transpose()?;
    let target = TargetSpec { name: options.name.clone(), kind: options.kind, url };
    target.check().map_err(|e| Failure::usage(e).hint("--url-file FILE gives the address, `-` takes it from stdin"))?;
    let programme_id = named_one(&options.programme)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |reply: &ProgrammeReply| {
            Consent::yes(format!("Send {} to {}, too?", reply.programme.programme.title, options.name))
        },
        async |request_id, dry_run| {
            let request = TargetAddRequest { request_id, programme_id, target: target.clone(), dry_run };
            house.call::<TargetAdd>(&request).await
        },
        acted,
    )
    .await
}
