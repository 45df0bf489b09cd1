use callboard_contract::Endpoint;
use callboard_contract::adm::cases::{CaseView, Claim, OnCaseRequest, Release as ReleaseCase};
use clap::Args;

use crate::change;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{RepeatFlag, named_one};

/// Claims a case for a quarter of an hour, or renews the claim; -q prints its id (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The case; `-` takes it from stdin
    #[arg(value_name = "CASE")]
    case: String,
    #[command(flatten)]
    repeat: RepeatFlag,
}

/// Gives a claimed case back to the queue (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Release {
    /// The case; `-` takes it from stdin
    #[arg(value_name = "CASE")]
    case: String,
    #[command(flatten)]
    repeat: RepeatFlag,
}

/// Claiming takes nothing from anybody and runs out by itself, so nothing is asked.
pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    act::<Claim>(context, &options.case, options.repeat).await
}

pub(crate) async fn release(context: &Context, options: Release) -> Result<Outcome> {
    act::<ReleaseCase>(context, &options.case, options.repeat).await
}

async fn act<E>(context: &Context, case: &str, repeat: RepeatFlag) -> Result<Outcome>
where
    E: Endpoint<Request = OnCaseRequest, Reply = CaseView>,
{
    let case_id = named_one(case)?;
    let house = context.house().await?;
    let ask = async |request_id| house.call::<E>(&OnCaseRequest { request_id, case_id }).await;
    change::at_once(context, repeat.request_id, ask, super::one).await
}
