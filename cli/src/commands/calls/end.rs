use callboard_contract::adm::calls::{ActReply, ActRequest, CallRow, End};
use callboard_domain::CallId;
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, STDIN, named};
use crate::report::Report;

/// Ends calls now; only what was used is charged (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The calls; `-` takes them from stdin, one on a line
    #[arg(value_name = "CALL", required = true, add = complete::calls())]
    calls: Vec<String>,
    /// Refuse if the call's version is another by now
    #[arg(long, value_name = "N")]
    expect_version: Option<u64>,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    if options.calls.iter().any(|call| call == STDIN) && !(options.change.yes || options.change.dry_run) {
        return Err(Failure::usage("with `-` stdin is taken and cannot answer a question")
            .hint("say --yes, or --dry-run first"));
    }
    change::check(&options.change)?;
    let calls: Vec<CallId> = named(&options.calls)?;
    if calls.len() > 1 && (options.change.request_id.is_some() || options.expect_version.is_some()) {
        return Err(Failure::usage("--request-id and --expect-version are for one call; several were named"));
    }
    let house = context.house().await?;
    let one = calls.len() == 1;
    let mut ended: Vec<CallRow> = Vec::new();
    for call_id in calls {
        let mut act = async |request_id, dry_run| {
            let request = ActRequest {
                request_id,
                call_id,
                reason: options.reason.reason.clone(),
                expect_version: options.expect_version,
                dry_run,
            };
            house.call::<End>(&request).await
        };
        let consent = |reply: &ActReply| {
            let call = &reply.call.call;
            Consent::typing(
                format!("End the call of {} with {}? The payee's name:", call.caller, call.payee),
                &call.payee,
            )
        };
        let show = |reply: &ActReply| super::detail(&reply.call).field("dry_run", &reply.dry_run);
        if one {
            return change::carry_out(context, &options.change, consent, act, show).await;
        }
        if let Some(reply) = change::agree_and_do(context, &options.change, consent, &mut act, &show).await? {
            ended.push(reply.call.call);
        }
    }
    if options.change.dry_run {
        return Ok(Outcome::Done);
    }
    context.print(&Report::list("callboard.calls.v1", &ended, None))
}
