//! `doctor`: what this machine and the way to the house need, and how to mend what is missing.

mod house;
mod machine;

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::report::{Cell, Column, Report, Row, column};

/// Checks this machine, the context and the house, and says how to mend each; exit 1 if something is broken (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only this machine: nothing of the house is asked
    #[arg(long)]
    machine: bool,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// As it should be.
    Good,
    /// Something works less well, or only part of it is needed here.
    Warning,
    /// Something does not work.
    Broken,
}

/// A check.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    what: String,
    mend: Option<String>,
}

impl Finding {
    fn good(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Good, what: what.into(), mend: None }
    }

    fn warning(check: &'static str, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Warning, what: what.into(), mend: Some(mend.into()) }
    }

    fn broken(check: &'static str, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Broken, what: what.into(), mend: Some(mend.into()) }
    }
}

impl Row for Finding {
    const COLUMNS: &'static [Column<Self>] = &[
        column("check", "CHECK", |f| Cell::text(f.check)),
        column("verdict", "VERDICT", |f| Cell::text(format!("{:?}", f.verdict).to_lowercase())),
        column("what", "WHAT", |f| Cell::text(&f.what)),
        column("mend", "MEND", |f| Cell::maybe(f.mend.as_ref())),
    ];

    fn id(&self) -> String {
        self.check.to_owned()
    }
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut findings = machine::check(context).await;
    if !options.machine {
        findings.extend(house::check(context).await);
    }
    context.print(&Report::list("callboard.doctor.v1", &findings, None))?;
    let broken = findings.iter().filter(|finding| finding.verdict == Verdict::Broken).count();
    if broken == 0 {
        return Ok(Outcome::Done);
    }
    Err(Failure::new(
        crate::fail::Category::Failed,
        "broken",
        format!("{broken} of {} checks found something broken", findings.len()),
    )
    .hint("the last column says how to mend each"))
}
