use callboard_contract::adm::automod::{Ls, LsRequest, RuleSetView};
use callboard_domain::Scope;
use clap::Args;

use super::rows;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Lists rules, of all scopes or of one (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only those of `platform`, `tenant:UID` or `room:ID`
    #[arg(long)]
    scope: Option<Scope>,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let mut sets: Vec<RuleSetView> = Vec::new();
    let mut cursor = None;
    loop {
        let request = LsRequest { scope: options.scope.clone(), limit: None, cursor };
        let page = house.call::<Ls>(&request).await?;
        sets.extend(page.items);
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    let rules: Vec<rows::RuleRow> = sets.iter().flat_map(rows::of).collect();
    context.print(&Report::list_as("callboard.automod.v1", &rules, &sets))
}
