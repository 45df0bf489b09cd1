use callboard_contract::adm::cases::{CaseRef, Show};
use callboard_contract::adm::moderation::{Sanctions, SanctionsRequest};
use callboard_domain::CaseState;
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
    let house = context.house().await?;
    let mut detail = house.call::<Show>(&CaseRef { case_id }).await?;
    // A case names its sanctions once it is decided; until then they are found by the person.
    if let (CaseState::Open, Some(about)) = (detail.case.state, &detail.case.about) {
        let request = SanctionsRequest { uid: Some(about.clone()), ..SanctionsRequest::default() };
        let imposed = house.call::<Sanctions>(&request).await?.items;
        detail.sanctions = imposed.into_iter().filter(|sanction| sanction.case_id == Some(case_id)).collect();
    }
    for report in detail.reports.iter().filter(|report| report.still) {
        let id = report.report_id;
        context
            .note(format!("a picture of what was on air was kept: `callboard mod reports still {id} FILE` writes it"));
    }
    context.print(
        &Report::one_as("callboard.case_detail.v1", &detail.case, &detail)
            .with("REPORTS", &detail.reports)
            .with("NOTES", &detail.notes)
            .with("SANCTIONS", &detail.sanctions),
    )
}
