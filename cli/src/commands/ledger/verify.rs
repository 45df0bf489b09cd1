use callboard_contract::adm::books::Verify;
use callboard_contract::api::Nothing;
use clap::Args;

use super::rows::{books, verdict};
use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Checks entries, balances and the chains of journal and action log; exit 7 on differences (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {}

pub(crate) async fn run(context: &Context, _: Options) -> Result<Outcome> {
    let report = context.house().await?.call_slow::<Verify>(&Nothing {}).await?;
    context.print(&books(&report))?;
    context.note(verdict(&report));
    Ok(Outcome::equal(report.balanced))
}
