use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callboard_contract::adm::restream::{Snapshot, SnapshotRequest};
use callboard_domain::{At, ProgrammeId, Uid};
use clap::Args;
use clap::builder::RangedU64ValueParser;
use serde::Serialize;

use crate::complete;
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::named_one;
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
    let jpeg =
        STANDARD.decode(&still.jpeg_base64).map_err(|e| Failure::failed(format!("the picture is broken: {e}")))?;
    write_picture(&options.file, &jpeg)?;
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

/// Writes a picture into a new file. Only for whoever took it: it shows people.
pub(crate) fn write_picture(path: &Path, jpeg: &[u8]) -> Result<()> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(jpeg));
    written.map_err(|e| Failure::failed(format!("cannot write {}: {e}", path.display())))
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
