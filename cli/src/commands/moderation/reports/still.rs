use std::path::PathBuf;

use callboard_contract::adm::cases::{ReportRef, Still};
use callboard_domain::{At, ProgrammeId, ReportId};
use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;
use crate::picture;
use crate::report::{Cell, Column, Report, Row, column};

/// Writes the picture of what was on air when something was reported into a file; exit 7 if it is not as it was written (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The report; `-` takes it from stdin
    #[arg(value_name = "REPORT")]
    report: String,
    /// Into which file; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let report_id = named_one(&options.report)?;
    let kept = context.house().await?.call::<Still>(&ReportRef { report_id }).await?;
    picture::write(&options.file, &kept.jpeg_base64)?;
    let written = Written {
        report_id,
        programme_id: kept.programme_id,
        file: options.file.display().to_string(),
        width: kept.width,
        height: kept.height,
        at: kept.at,
        sha256: kept.sha256,
        intact: kept.intact,
    };
    context.print(&Report::one("callboard.evidence_still.v1", &written))?;
    Ok(Outcome::equal(written.intact))
}

/// A picture that was written.
#[derive(Serialize)]
struct Written {
    report_id: ReportId,
    programme_id: ProgrammeId,
    file: String,
    width: u32,
    height: u32,
    at: At,
    sha256: String,
    intact: bool,
}

impl Row for Written {
    const COLUMNS: &'static [Column<Self>] = &[
        column("report_id", "REPORT", |w| Cell::text(w.report_id)),
        column("programme_id", "PROGRAMME", |w| Cell::text(w.programme_id)),
        column("file", "FILE", |w| Cell::text(&w.file)),
        column("width", "WIDTH", |w| Cell::number(w.width)),
        column("height", "HEIGHT", |w| Cell::number(w.height)),
        column("at", "TAKEN", |w| Cell::at(w.at)),
        column("sha256", "SHA-256", |w| Cell::text(&w.sha256)),
        column("intact", "INTACT", |w| Cell::yes(w.intact)),
    ];

    fn id(&self) -> String {
        self.file.clone()
    }
}
