use std::path::PathBuf;

use callboard_contract::adm::restream::{Snapshot, SnapshotRequest};
use callboard_domain::{At, ProgrammeId, Uid};
use clap::Args;
use clap::builder::RangedU64ValueParser;
use serde::Serialize;

use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;
use crate::picture;
use crate::report::{Cell, Column, Report, Row, column};

/// Writes a small picture of what a programme or one of its guests shows now into a file (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// Into which file; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only this guest
    #[arg(long, value_name = "UID")]
    guest: Option<Uid>,
    /// Its width in pixels, 32 to 640
    #[arg(long, value_name = "PIXELS", value_parser = RangedU64ValueParser::<u32>::new().range(32..=640))]
    width: Option<u32>,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let programme_id = named_one(&options.programme)?;
    let house = context.house().await?;
    let request = SnapshotRequest { programme_id, guest: options.guest.clone(), width: options.width };
    let still = house.call::<Snapshot>(&request).await?;
    picture::write(&options.file, &still.jpeg_base64)?;
    let taken = Taken {
        programme_id,
        guest: options.guest,
        file: options.file.display().to_string(),
        width: still.width,
        height: still.height,
        at: still.at,
    };
    context.print(&Report::one("callboard.snapshot.v1", &taken))
}

/// A picture that was taken.
#[derive(Clone, Debug, Serialize)]
struct Taken {
    programme_id: ProgrammeId,
    guest: Option<Uid>,
    file: String,
    width: u32,
    height: u32,
    at: At,
}

impl Row for Taken {
    const COLUMNS: &'static [Column<Self>] = &[
        column("file", "FILE", |t| Cell::text(&t.file)),
        column("width", "WIDTH", |t| Cell::number(t.width)),
        column("height", "HEIGHT", |t| Cell::number(t.height)),
        column("at", "AT", |t| Cell::at(t.at)),
        column("guest", "GUEST", |t| Cell::maybe(t.guest.as_ref())),
        column("programme_id", "PROGRAMME", |t| Cell::text(t.programme_id)),
    ];

    fn id(&self) -> String {
        self.file.clone()
    }
}
