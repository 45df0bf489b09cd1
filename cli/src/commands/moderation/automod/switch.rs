use callboard_contract::adm::automod::{Switch, SwitchRequest};
use callboard_domain::{RuleName, Scope};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag};

#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Whose rule: `platform`, `tenant:UID` or `room:ID`
    #[arg(value_name = "SCOPE")]
    scope: Scope,
    /// The rule
    #[arg(value_name = "RULE", value_parser = named)]
    rule: RuleName,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

fn named(text: &str) -> Result<RuleName, String> {
    text.parse().map_err(|e| format!("a rule's name {e}"))
}

pub(crate) async fn run(context: &Context, options: Options, on: bool) -> Result<Outcome> {
    change::check(&options.change)?;
    let house = context.house().await?;
    let word = if on { "on" } else { "off" };
    change::carry_out(
        context,
        &options.change,
        |_| Consent::yes(format!("Switch rule {} of {} {word}?", options.rule, options.scope)),
        async |request_id, dry_run| {
            let request = SwitchRequest {
                request_id,
                scope: options.scope.clone(),
                rule: options.rule.clone(),
                on,
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<Switch>(&request).await
        },
        super::one,
    )
    .await
}
