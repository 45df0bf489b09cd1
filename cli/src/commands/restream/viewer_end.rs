use callboard_contract::adm::viewers::{End, EndRequest, Ended};
use callboard_domain::ViewerId;
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};
use crate::report::{Cell, Column, Report, Row, column};

/// Ends a viewer: the player is refused the next time it asks for anything (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// The viewer, as `restream viewers` tells it
    #[arg(value_name = "VIEWER")]
    viewer: ViewerId,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let programme_id = named_one(&options.programme)?;
    let viewer_id = options.viewer;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |_: &Ended| Consent::yes(format!("End viewer {viewer_id}?")),
        async |request_id, dry_run| {
            let reason = options.reason.reason.clone();
            house.call::<End>(&EndRequest { request_id, programme_id, viewer_id, reason, dry_run }).await
        },
        |ended| Report::one("callboard.viewer.ended.v1", ended),
    )
    .await
}

impl Row for Ended {
    const COLUMNS: &'static [Column<Self>] = &[
        column("viewer_id", "VIEWER", |e| Cell::text(e.viewer_id)),
        column("programme_id", "PROGRAMME", |e| Cell::text(e.programme_id)),
        column("dry_run", "DRY RUN", |e| Cell::yes(e.dry_run)),
    ];

    fn id(&self) -> String {
        self.viewer_id.to_string()
    }
}
