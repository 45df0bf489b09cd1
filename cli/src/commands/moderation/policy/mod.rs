//! `mod policy`: lists of whom and what to be rid of, and who follows them.

mod export;
mod file;
mod import;
mod ls;
mod rows;
mod show;
mod simulate;
mod subscribe;

use callboard_contract::adm::policy::{Show, ShowRequest};
use callboard_domain::{ListName, PolicyEntry};
use clap::Subcommand;

use crate::connect::House;
use crate::context::Context;
use crate::fail::{Outcome, Result};

const EXAMPLES: &str = "\
Examples:
  callboard mod policy import spam list.csv --reason content:shared --dry-run
  callboard mod policy simulate spam tenant:maya --days 30
  callboard mod policy subscribe spam tenant:maya --mode enforce --reason content
  callboard mod policy export spam --format csv";

/// Policy lists: people, devices, words and links to be rid of
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Show(show::Options),
    Import(import::Options),
    Export(export::Options),
    Subscribe(subscribe::Options),
    Unsubscribe(subscribe::Not),
    Simulate(simulate::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Show(options) => show::run(context, options).await,
        Verb::Import(options) => import::run(context, options).await,
        Verb::Export(options) => export::run(context, options).await,
        Verb::Subscribe(options) => subscribe::run(context, options).await,
        Verb::Unsubscribe(options) => subscribe::not(context, options).await,
        Verb::Simulate(options) => simulate::run(context, options).await,
    }
}

fn list_name(text: &str) -> Result<ListName, String> {
    text.parse().map_err(|e| format!("a list's name {e}"))
}

/// Every entry of a list.
async fn entries(house: &House, name: &ListName) -> Result<Vec<PolicyEntry>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        // Entries are short, but a page of the longest must fit into one message.
        let request = ShowRequest { name: name.clone(), limit: Some(100), cursor };
        let page = house.call::<Show>(&request).await?;
        all.extend(page.items);
        cursor = page.cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}
