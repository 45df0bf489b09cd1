use callboard_contract::adm::moderation::{Sanctions, SanctionsRequest};
use callboard_domain::{SanctionKind, Uid};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists sanctions, newest first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only those against this person
    #[arg(long)]
    uid: Option<Uid>,
    /// Only this kind: warn, mute, kick, ban, suspend, `restrict_payments`
    #[arg(long)]
    kind: Option<SanctionKind>,
    /// Only those that stand now
    #[arg(long)]
    standing: bool,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, options.period, async |query| {
        let (uid, kind, standing) = (options.uid.clone(), options.kind, options.standing);
        let request = SanctionsRequest { uid, kind, standing, limit: query.limit, cursor: query.cursor };
        house.call::<Sanctions>(&request).await
    })
    .await?;
    list::print(context, "callboard.sanctions.v1", &page)
}
