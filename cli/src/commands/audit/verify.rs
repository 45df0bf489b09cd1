use callboard_contract::adm::audit::Verify;
use callboard_contract::api::Nothing;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Hashes the whole log anew and names the first row that does not fit; exit 7 if there is one (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {}

pub(crate) async fn run(context: &Context, _: Options) -> Result<Outcome> {
    let report = context.house().await?.call_slow::<Verify>(&Nothing {}).await?;
    context.print(&Report::list_as("callboard.audit.v1", &report.faults, &report))?;
    context.note(match report.faults.first() {
        None => format!("{} acts, none was changed", report.rows),
        Some(first) => format!("the log was CHANGED: row {} {}", first.no, first.what),
    });
    Ok(Outcome::equal(report.intact))
}
