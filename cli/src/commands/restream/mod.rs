//! `restream`: calls on air. Addresses of targets hold keys, so they come from files or stdin, never from the command line.

mod gain;
mod layout;
mod ls;
mod mode;
mod rows;
mod show;
mod slate;
mod snapshot;
mod spec;
mod start;
mod step_down;
mod stop;
mod targets;
mod viewer_end;
mod viewers;

use callboard_contract::adm::restream::{ProgrammeDetail, ProgrammeReply};
use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Calls on air
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Start(Box<start::Options>),
    Stop(stop::Options),
    Ls(ls::Options),
    Show(show::Options),
    Layout(layout::Options),
    Slate(slate::Options),
    Mode(mode::Options),
    StepDown(step_down::Options),
    Gain(gain::Options),
    #[command(subcommand)]
    Targets(targets::Verb),
    Snapshot(snapshot::Options),
    Viewers(viewers::Options),
    ViewerEnd(viewer_end::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Start(options) => start::run(context, *options).await,
        Verb::Stop(options) => stop::run(context, options).await,
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Show(options) => show::run(context, options).await,
        Verb::Layout(options) => layout::run(context, options).await,
        Verb::Slate(options) => slate::run(context, options).await,
        Verb::Mode(options) => mode::run(context, options).await,
        Verb::StepDown(options) => step_down::run(context, options).await,
        Verb::Gain(options) => gain::run(context, options).await,
        Verb::Targets(verb) => targets::run(context, verb).await,
        Verb::Snapshot(options) => snapshot::run(context, options).await,
        Verb::Viewers(options) => viewers::run(context, options).await,
        Verb::ViewerEnd(options) => viewer_end::run(context, options).await,
    }
}

/// A programme with its guests and targets.
fn detail(detail: &ProgrammeDetail) -> Report {
    Report::one_as("callboard.programme.v1", &detail.programme, detail)
        .with("GUESTS", &rows::guests(detail))
        .with("TARGETS", &rows::targets(detail))
}

/// What an act came to.
fn acted(reply: &ProgrammeReply) -> Report {
    detail(&reply.programme).field("dry_run", &reply.dry_run)
}
