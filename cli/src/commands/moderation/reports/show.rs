use callboard_contract::adm::cases::{CaseRef, Show};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;
use crate::report::Report;

/// Shows a case with its reports, notes and sanctions (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The case; `-` takes it from stdin
    #[arg(value_name = "CASE")]
    case: String,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let case_id = named_one(&options.case)?;
    let detail = context.house().await?.call::<Show>(&CaseRef { case_id }).await?;
    context.print(
        &Report::one_as("callboard.case_detail.v1", &detail.case, &detail)
            .with("REPORTS", &detail.reports)
            .with("NOTES", &detail.notes)
            .with("SANCTIONS", &detail.sanctions),
    )
}
