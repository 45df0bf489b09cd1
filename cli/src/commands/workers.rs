use callboard_client::WorkerInfo;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::WatchFlags;
use crate::list;
use crate::report::{Cell, Column, Report, Row, column};

/// Lists the workers that answer now, with their versions and figures (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    list::show(context, options.watch, async || {
        let workers = house.workers().await?;
        Ok(Report::list("callboard.workers.v1", &workers, None))
    })
    .await
}

impl Row for WorkerInfo {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "NAME", |w| Cell::text(&w.name)),
        column("version", "VERSION", |w| Cell::text(&w.version)),
        column("endpoints", "ENDPOINTS", |w| Cell::number(w.endpoints)),
        column("requests", "REQUESTS", |w| Cell::number(w.requests)),
        column("errors", "ERRORS", |w| Cell::number(w.errors)),
        column("avg_ms", "AVG MS", |w| Cell::number(format!("{:.2}", w.avg_ms))),
        column("started", "STARTED", |w| Cell::text(&w.started)),
        column("id", "ID", |w| Cell::text(&w.id)),
    ];

    fn id(&self) -> String {
        self.id.clone()
    }
}
