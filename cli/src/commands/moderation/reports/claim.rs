use callboard_contract::adm::cases::{Claim, OnCaseRequest, Release as ReleaseCase};
use callboard_domain::RequestId;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;

/// Claims a case for a quarter of an hour, or renews the claim; -q prints its id (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The case; `-` takes it from stdin
    #[arg(value_name = "CASE")]
    case: String,
    /// Makes a repeat recognisable; made if absent
    #[arg(long, value_name = "ID")]
    request_id: Option<RequestId>,
}

/// Gives a claimed case back to the queue (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Release {
    /// The case; `-` takes it from stdin
    #[arg(value_name = "CASE")]
    case: String,
    /// Makes a repeat recognisable; made if absent
    #[arg(long, value_name = "ID")]
    request_id: Option<RequestId>,
}

/// Claiming takes nothing from anybody and runs out by itself, so nothing is asked.
pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let request = asked(&options.case, options.request_id)?;
    context.print(&super::one(&context.house().await?.call::<Claim>(&request).await?))
}

pub(crate) async fn release(context: &Context, options: Release) -> Result<Outcome> {
    let request = asked(&options.case, options.request_id)?;
    context.print(&super::one(&context.house().await?.call::<ReleaseCase>(&request).await?))
}

fn asked(case: &str, request_id: Option<RequestId>) -> Result<OnCaseRequest> {
    Ok(OnCaseRequest { request_id: request_id.unwrap_or_else(RequestId::generate), case_id: named_one(case)? })
}
