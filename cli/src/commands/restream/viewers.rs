use callboard_contract::adm::viewers::{Ls, LsRequest, ViewerRow};
use callboard_domain::At;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{WatchFlags, named_one};
use crate::report::{Cell, Column, Report, Row, column};
use crate::{complete, list};

/// Lists the players that watch a programme at this house's own address (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let programme_id = named_one(&options.programme)?;
    let house = context.house().await?;
    list::show(context, options.watch, async || {
        let page = house.call::<Ls>(&LsRequest { programme_id, limit: options.limit }).await?;
        Ok(Report::list("callboard.viewers.v1", &page.items, page.cursor.as_deref()))
    })
    .await
}

impl Row for ViewerRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("viewer_id", "VIEWER", |v| Cell::text(v.viewer_id)),
        column("since", "SINCE", |v| Cell::at(v.since)),
        column("seen_at", "SEEN", |v| Cell::at(v.seen_at)),
        column("requests", "REQUESTS", |v| Cell::number(v.requests)),
    ];

    fn id(&self) -> String {
        self.viewer_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.since)
    }
}
