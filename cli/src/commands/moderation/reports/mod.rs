//! `mod reports`: cases, from the queue to the decision.

mod claim;
mod evidence;
mod ls;
mod note;
mod resolve;
mod show;
mod still;

use callboard_contract::adm::cases::CaseView;
use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

const EXAMPLES: &str = "\
Examples:
  callboard mod reports ls --watch
  callboard mod reports claim CASE
  callboard mod reports show CASE
  callboard mod reports evidence REPORT -o json
  callboard mod mute leo --for 1d --room ROOM --case CASE --reason abuse
  callboard mod reports resolve CASE --outcome sanctioned --sanction SANCTION --reason abuse";

/// Cases: what people reported
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Show(show::Options),
    Evidence(evidence::Options),
    Still(still::Options),
    Claim(claim::Options),
    Release(claim::Release),
    Note(note::Options),
    Resolve(resolve::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Show(options) => show::run(context, options).await,
        Verb::Evidence(options) => evidence::run(context, options).await,
        Verb::Still(options) => still::run(context, options).await,
        Verb::Claim(options) => claim::run(context, options).await,
        Verb::Release(options) => claim::release(context, options).await,
        Verb::Note(options) => note::run(context, options).await,
        Verb::Resolve(options) => resolve::run(context, options).await,
    }
}

fn one(case: &CaseView) -> Report {
    Report::one("callboard.case.v1", case)
}
