use callboard_contract::adm::cases::{Evidence, EvidenceView, ReportRef};
use callboard_domain::ReportId;
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;
use crate::report::{Cell, Column, Report, Row, column};

/// Shows the evidence that was frozen with a report; exit 7 if it is not as it was written (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The report; `-` takes it from stdin
    #[arg(value_name = "REPORT")]
    report: String,
}

/// A message, as it stood.
#[derive(Serialize)]
struct Said {
    seq: String,
    author: String,
    kind: String,
    state: &'static str,
    body: String,
}

impl Row for Said {
    const COLUMNS: &'static [Column<Self>] = &[
        column("seq", "SEQ", |m| Cell::number(&m.seq)),
        column("author", "AUTHOR", |m| Cell::text(&m.author)),
        column("kind", "KIND", |m| Cell::text(&m.kind)),
        column("state", "STATE", |m| Cell::text(m.state)),
        column("body", "BODY", |m| Cell::text(&m.body)),
    ];

    fn id(&self) -> String {
        self.seq.clone()
    }
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let report_id: ReportId = named_one(&options.report)?;
    let view = context.house().await?.call::<Evidence>(&ReportRef { report_id }).await?;
    match view.evidence["still"]["missing"].as_str() {
        Some(why) => context.note(format!("no picture of what was on air was kept: {why}")),
        None if view.evidence["still"].is_object() => context.note(format!(
            "a picture of what was on air was kept: `callboard mod reports still {report_id} FILE` writes it"
        )),
        None => {}
    }
    context.print(&Report::one("callboard.evidence.v1", &view).with("MESSAGES", &messages(&view)))?;
    Ok(Outcome::equal(view.intact))
}

fn messages(view: &EvidenceView) -> Vec<Said> {
    let text = |message: &Value, field: &str| match &message[field] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let messages = view.evidence["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    messages
        .iter()
        .map(|m| Said {
            seq: text(m, "seq"),
            author: text(m, "author"),
            kind: text(m, "kind"),
            state: match (m["deleted_ms"].is_null(), m["held"].as_bool() == Some(true)) {
                (false, _) => "deleted",
                (true, true) => "held",
                (true, false) => "",
            },
            body: text(m, "body"),
        })
        .collect()
}
