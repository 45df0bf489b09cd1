use callboard_contract::adm::cases::{Note, NoteRequest};
use callboard_domain::CaseId;
use clap::Args;

use crate::change;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::RepeatFlag;

/// Writes a note for whoever takes the case over (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The case
    #[arg(value_name = "CASE")]
    case: CaseId,
    /// The note
    #[arg(value_name = "TEXT")]
    text: String,
    #[command(flatten)]
    repeat: RepeatFlag,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let Options { case: case_id, text, repeat } = options;
    let house = context.house().await?;
    let ask = async |request_id| house.call::<Note>(&NoteRequest { request_id, case_id, text }).await;
    change::at_once(context, repeat.request_id, ask, super::one).await
}
