use callboard_contract::adm::policy::{Simulate, SimulateRequest};
use callboard_domain::{ListName, Scope};
use clap::Args;
use clap::builder::RangedU64ValueParser;

use crate::commands::moderation::automod::tallies;
use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Says who and what a policy list would hit now (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The list
    #[arg(value_name = "LIST", value_parser = super::list_name)]
    name: ListName,
    /// Where: `platform`, `tenant:UID` or `room:ID`
    #[arg(value_name = "SCOPE")]
    scope: Scope,
    /// On the messages of so many days, 1 to 30
    #[arg(long, value_name = "N", default_value = "7", value_parser = RangedU64ValueParser::<u32>::new().range(1..=30))]
    days: u32,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let request = SimulateRequest { name: options.name, scope: options.scope, days: Some(options.days) };
    let reply = context.house().await?.call::<Simulate>(&request).await?;
    let report = tallies("callboard.policy_simulation.v1", &reply.rules, &reply).with("PEOPLE", &reply.people);
    let outcome = context.print(&report)?;
    if context.is_for_people() {
        let more = if reply.more_people { " and more" } else { "" };
        let newest = if reply.more { ", the newest; there are more" } else { "" };
        context.note(format!(
            "{} people{more}; {} messages were looked at{newest}",
            reply.people.len(),
            reply.looked_at
        ));
    }
    Ok(outcome)
}
