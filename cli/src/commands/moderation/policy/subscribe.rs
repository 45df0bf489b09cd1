use callboard_contract::adm::policy::{Subscribe, SubscribeRequest};
use callboard_domain::{ListName, PolicyMode, Scope};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag};
use crate::report::Report;

/// Makes the platform, a tenant or a room follow a policy list (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Not,
    /// `enforce` does what the list recommends; `simulate` only flags what would be hit
    #[arg(long, value_name = "enforce|simulate", default_value = "simulate")]
    mode: PolicyMode,
}

/// Ends that a scope follows a policy list (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Not {
    /// The list
    #[arg(value_name = "LIST", value_parser = super::list_name)]
    name: ListName,
    /// Who: `platform`, `tenant:UID` or `room:ID`
    #[arg(value_name = "SCOPE")]
    scope: Scope,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    follow(context, options.which, Some(options.mode)).await
}

pub(crate) async fn not(context: &Context, options: Not) -> Result<Outcome> {
    follow(context, options, None).await
}

async fn follow(context: &Context, options: Not, mode: Option<PolicyMode>) -> Result<Outcome> {
    change::check(&options.change)?;
    let house = context.house().await?;
    let question = match mode {
        Some(mode) => format!("Have {} {mode} the list {}?", options.scope, options.name),
        None => format!("Have {} follow the list {} no more?", options.scope, options.name),
    };
    change::carry_out(
        context,
        &options.change,
        |_| Consent::yes(question),
        async |request_id, dry_run| {
            let request = SubscribeRequest {
                request_id,
                name: options.name.clone(),
                scope: options.scope.clone(),
                mode,
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<Subscribe>(&request).await
        },
        |view| Report::one("callboard.policy.v1", view),
    )
    .await
}
