use callboard_contract::adm::cases::{Note, NoteRequest};
use callboard_domain::{CaseId, RequestId};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Writes a note for whoever takes the case over (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The case
    #[arg(value_name = "CASE")]
    case: CaseId,
    /// The note
    #[arg(value_name = "TEXT")]
    text: String,
    /// Makes a repeat recognisable; made if absent
    #[arg(long, value_name = "ID")]
    request_id: Option<RequestId>,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let Options { case, text, request_id } = options;
    let request = NoteRequest { request_id: request_id.unwrap_or_else(RequestId::generate), case_id: case, text };
    context.print(&super::one(&context.house().await?.call::<Note>(&request).await?))
}
