//! Taking back: one sanction by its id, or what stands of a kind against somebody.

use callboard_contract::PageQuery;
use callboard_contract::adm::moderation::{Lift, LiftReply, LiftRequest, Sanctions, SanctionsRequest};
use callboard_contract::sanction::SanctionView;
use callboard_domain::{RequestId, SanctionId, SanctionKind, Uid};
use clap::Args;

use super::impose::Where;
use crate::change::{self, Consent};
use crate::connect::House;
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{ChangeFlags, PageFlags, PeriodFlags, ReasonFlag, named_one};
use crate::list;
use crate::report::Report;

/// Takes one sanction back, by its id (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The sanction; `-` takes it from stdin
    #[arg(value_name = "SANCTION")]
    sanction: String,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Of {
    /// Whose; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    #[command(flatten)]
    at: Where,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

/// What holds on the whole platform and nowhere else.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfPlatform {
    /// Whose; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let sanction_id: SanctionId = named_one(&options.sanction)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |reply: &LiftReply| Consent::yes(format!("Take the {} of {} back?", reply.sanction.kind, reply.sanction.uid)),
        async |request_id, dry_run| {
            let reason = options.reason.reason.clone();
            house.call::<Lift>(&LiftRequest { request_id, sanction_id, reason, dry_run }).await
        },
        |reply| Report::one_as("callboard.sanction.v1", &reply.sanction, reply),
    )
    .await
}

pub(crate) async fn run_of(context: &Context, options: Of, kind: SanctionKind) -> Result<Outcome> {
    let uid: Uid = named_one(&options.uid)?;
    let scope = options.at.scope();
    let fits = |s: &SanctionView| s.kind == kind && s.scope == scope;
    lift_all(context, &uid, fits, &options.reason, &options.change).await
}

pub(crate) async fn unrestrict(context: &Context, options: OfPlatform) -> Result<Outcome> {
    let uid: Uid = named_one(&options.uid)?;
    let fits = |s: &SanctionView| s.kind == SanctionKind::RestrictPayments;
    lift_all(context, &uid, fits, &options.reason, &options.change).await
}

/// Takes back everything that stands against somebody and fits.
pub(crate) async fn lift_all(
    context: &Context,
    uid: &Uid,
    fits: impl Fn(&SanctionView) -> bool,
    reason: &ReasonFlag,
    flags: &ChangeFlags,
) -> Result<Outcome> {
    change::check(flags)?;
    let house = context.house().await?;
    let all = PageFlags { all: true, ..PageFlags::default() };
    let page = list::read(&all, PeriodFlags::default(), async |PageQuery { limit, cursor }| {
        let request = SanctionsRequest { uid: Some(uid.clone()), kind: None, standing: true, limit, cursor };
        house.call::<Sanctions>(&request).await
    })
    .await?;
    let standing: Vec<SanctionView> = page.items.into_iter().filter(|s| fits(s)).collect();
    if standing.is_empty() {
        return Err(Failure::not_found(format!("nothing of this kind stands against {uid} there"))
            .hint(format!("look with `callboard mod sanctions --uid {uid}`")));
    }
    change::carry_out(
        context,
        flags,
        |lifted: &Vec<SanctionView>| Consent::yes(format!("Take {} of {uid} back?", count(lifted.len()))),
        async |request_id, dry_run| lift_each(&house, &standing, reason, &request_id, dry_run).await,
        |lifted| Report::list("callboard.sanctions.v1", lifted, None),
    )
    .await
}

/// Each has a request id of its own, made from the one of the command, so that a repeat is recognised.
async fn lift_each(
    house: &House,
    standing: &[SanctionView],
    reason: &ReasonFlag,
    request_id: &RequestId,
    dry_run: bool,
) -> Result<Vec<SanctionView>> {
    let mut lifted = Vec::new();
    for (n, sanction) in standing.iter().enumerate() {
        let id: String = format!("{n}-{request_id}").chars().take(64).collect();
        let request = LiftRequest {
            request_id: RequestId::new(id).map_err(|e| Failure::usage(format!("the request id {e}")))?,
            sanction_id: sanction.sanction_id,
            reason: reason.reason.clone(),
            dry_run,
        };
        lifted.push(house.call::<Lift>(&request).await?.sanction);
    }
    Ok(lifted)
}

fn count(n: usize) -> String {
    if n == 1 { "one sanction".to_owned() } else { format!("{n} sanctions") }
}
