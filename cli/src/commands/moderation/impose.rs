//! How a sanction is imposed: what would be cut off is shown, then it is done, and what did not take is a failure.

use callboard_contract::adm::moderation::{Impose, ImposeReply, ImposeRequest};
use callboard_domain::{CaseId, DeviceId, Millis, RoomId, SanctionKind, Scope, Uid};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag};
use crate::report::Report;

/// Where a sanction holds.
#[derive(Args, Clone, Debug)]
#[group(multiple = false)]
pub(crate) struct Where {
    /// In this room
    #[arg(long, value_name = "ROOM")]
    room: Option<RoomId>,
    /// In all rooms and calls of this creator
    #[arg(long, value_name = "UID")]
    tenant: Option<Uid>,
}

impl Where {
    /// The scope: the platform where nothing is said.
    pub(crate) fn scope(&self) -> Scope {
        match (&self.room, &self.tenant) {
            (Some(room), _) => Scope::Room(*room),
            (None, Some(tenant)) => Scope::Tenant(tenant.clone()),
            (None, None) => Scope::Platform,
        }
    }
}

/// What every sanction takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    /// The case in which it is decided; claim it first
    #[arg(long, value_name = "CASE")]
    case: Option<CaseId>,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    pub(crate) change: ChangeFlags,
}

/// A sanction that somebody wants.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) uid: Uid,
    pub(crate) kind: SanctionKind,
    pub(crate) scope: Scope,
    pub(crate) seconds: Option<u32>,
    pub(crate) device: Option<DeviceId>,
}

/// Imposes it.
pub(crate) async fn run(context: &Context, wanted: &Wanted, common: &Common) -> Result<Outcome> {
    change::check(&common.change)?;
    let house = context.house().await?;
    let show = |reply: &ImposeReply| {
        Report::one_as("callboard.sanction.v1", &reply.sanction, reply)
            .with("EFFECT", std::slice::from_ref(&reply.effect))
    };
    let mut act = async |request_id, dry_run| {
        let request = ImposeRequest {
            request_id,
            uid: wanted.uid.clone(),
            kind: wanted.kind,
            scope: wanted.scope.clone(),
            length: wanted.seconds.map(|s| Millis::from_secs(i64::from(s))),
            device: wanted.device.clone(),
            case_id: common.case,
            reason: common.reason.reason.clone(),
            dry_run,
        };
        house.call_slow::<Impose>(&request).await
    };
    let consent = |_: &ImposeReply| {
        let question = format!("Impose `{}` on {} ({})", wanted.kind, wanted.uid, wanted.scope);
        if matches!(wanted.kind, SanctionKind::Ban | SanctionKind::Suspend) {
            Consent::typing(question + "? The name:", &wanted.uid)
        } else {
            Consent::yes(question + "?")
        }
    };
    let Some(reply) = change::agree_and_do(context, &common.change, consent, &mut act, &show).await? else {
        return Ok(Outcome::Done);
    };
    context.print(&show(&reply))?;
    if reply.effect.left.is_empty() {
        return Ok(Outcome::Done);
    }
    let left = reply.effect.left.join("; ");
    Err(Failure::failed(format!("it is imposed, but did not take yet: {left}"))
        .hint("the house tries again every second; look with `callboard users show`"))
}
