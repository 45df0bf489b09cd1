use std::path::PathBuf;

use callboard_contract::adm::automod::{Test, TestRequest};
use callboard_domain::Scope;
use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::{rows, set};
use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Says what rules would do to a text, or would have done to the messages of the last days, before they are switched on (reads)
#[derive(Args, Clone, Debug)]
#[command(group = clap::ArgGroup::new("on").required(true).args(["text", "days"]))]
pub(crate) struct Options {
    /// Whose rules and messages: `platform`, `tenant:UID` or `room:ID`
    #[arg(value_name = "SCOPE")]
    scope: Scope,
    /// Test on this text
    #[arg(long)]
    text: Option<String>,
    /// Test on the messages of so many days, 1 to 30
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u32>::new().range(1..=30))]
    days: Option<u32>,
    /// Test the rules of this file in the place of those that are set; `-` is stdin
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let rules = options.file.as_deref().map(set::read).transpose()?;
    let request = TestRequest { scope: options.scope, rules, text: options.text, days: options.days };
    let reply = context.house().await?.call::<Test>(&request).await?;
    let outcome = context.print(&rows::tallies("callboard.automod_test.v1", &reply.rules, &reply))?;
    if context.is_for_people() {
        let more = if reply.more { ", the newest; there are more" } else { "" };
        context.note(format!("{} of {} messages would be hit{more}", reply.hit, reply.looked_at));
    }
    Ok(outcome)
}
