use callboard_contract::adm::books::{Reconcile, ReconcileRequest};
use clap::Args;

use super::ledger::rows::{books, verdict};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::PeriodFlags;

/// Checks entries, balances, holds, journal, meter and events against each other; exit 7 on differences (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    period: PeriodFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let request = ReconcileRequest { since: options.period.since, until: options.period.until };
    let report = context.house().await?.call_slow::<Reconcile>(&request).await?;
    context.print(&books(&report))?;
    context.note(verdict(&report));
    Ok(Outcome::equal(report.balanced))
}
