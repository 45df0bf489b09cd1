//! Taking back: one sanction by its id, or what stands of a kind against somebody.

use callboard_contract::adm::moderation::{Lift, LiftOf, LiftOfReply, LiftOfRequest, LiftReply, LiftRequest};
use callboard_domain::{SanctionId, SanctionKind, Scope, Uid};
use clap::Args;

use super::impose::Where;
use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Category, Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};
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
    lift_all(context, uid, &[kind], options.at.scope(), options.reason, &options.change).await
}

pub(crate) async fn unrestrict(context: &Context, options: OfPlatform) -> Result<Outcome> {
    let uid: Uid = named_one(&options.uid)?;
    lift_all(context, uid, &[SanctionKind::RestrictPayments], Scope::Platform, options.reason, &options.change).await
}

/// Takes back everything of some kinds that stands against somebody in one place.
pub(crate) async fn lift_all(
    context: &Context,
    uid: Uid,
    kinds: &[SanctionKind],
    scope: Scope,
    reason: ReasonFlag,
    flags: &ChangeFlags,
) -> Result<Outcome> {
    change::check(flags)?;
    let house = context.house().await?;
    let question = |n| format!("Take {} of {uid} back?", count(n));
    change::carry_out(
        context,
        flags,
        |reply: &LiftOfReply| Consent::yes(question(reply.sanctions.len())),
        async |request_id, dry_run| {
            let (uid, kinds, scope) = (uid.clone(), kinds.to_vec(), scope.clone());
            let request = LiftOfRequest { request_id, uid, kinds, scope, reason: reason.reason.clone(), dry_run };
            house.call::<LiftOf>(&request).await.map_err(|failure| match failure.category {
                Category::NotFound => {
                    failure.hint(format!("look with `callboard mod sanctions --uid {}`", request.uid))
                }
                _ => failure,
            })
        },
        |reply| Report::list("callboard.sanctions.v1", &reply.sanctions, None),
    )
    .await
}

fn count(n: usize) -> String {
    if n == 1 { "one sanction".to_owned() } else { format!("{n} sanctions") }
}
