use std::path::{Path, PathBuf};

use callboard_client::Credential;
use callboard_contract::adm::staff::{Add, AddRequest, StaffMember};
use callboard_domain::{Coins, RefundLimits, Role, StaffName, Uid};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Category, Failure, Outcome, Result};
use crate::flags::ChangeFlags;
use crate::report::Report;

/// Makes a credential file for a new member of staff and registers its public key (changes)
///
/// The seed of the key is written to the file and leaves this machine only with it.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The name
    #[arg(value_name = "NAME")]
    name: StaffName,
    /// The role: viewer, moderator, finance, operator, auditor or admin
    #[arg(long)]
    role: Role,
    /// Where the credential is written; NAME.cred if absent
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What this person may refund alone in one act, in place of the role's limit
    #[arg(long, value_name = "COINS", requires = "refund_per_day")]
    refund_per_act: Option<Coins>,
    /// What this person may refund alone in 24 hours, in place of the role's limit
    #[arg(long, value_name = "COINS", requires = "refund_per_act")]
    refund_per_day: Option<Coins>,
    /// A creator in whose rooms and calls alone this person works; may be given again; in all if absent
    #[arg(long, value_name = "UID")]
    tenant: Vec<Uid>,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let out = options.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.cred", options.name)));
    // With the id of an earlier request its key is used again: so a request that may have been done can be repeated.
    let repeated = options.change.request_id.is_some() && out.exists();
    if out.exists() && !repeated && !options.change.dry_run {
        return Err(Failure::new(Category::Conflict, "exists", format!("{} exists already", out.display()))
            .hint("name another file with --out"));
    }
    let house = context.house().await?;
    let mut credential = if repeated { Credential::read(&out)? } else { Credential::generate(options.name.clone()) };
    credential.server = Some(house.server().to_owned());
    let limits = options.refund_per_act.zip(options.refund_per_day);
    let refund_limits = limits.map(|(per_act, per_day)| RefundLimits { per_act, per_day });
    let mut act = async |request_id, dry_run| {
        let request = AddRequest {
            request_id,
            name: options.name.clone(),
            role: options.role,
            public_key: credential.public_key(),
            refund_limits,
            tenants: options.tenant.clone(),
            dry_run,
        };
        if dry_run {
            return house.call::<Add>(&request).await;
        }
        // Written first: a key that the house knows and nobody has would be of no use.
        credential.write(&out)?;
        let added = house.call::<Add>(&request).await;
        if let Err(failure) = &added {
            forget(context, &out, failure);
        }
        added
    };
    let consent = |member: &StaffMember| {
        let place = if member.tenants.is_empty() { String::new() } else { format!(" for {}", words(&member.tenants)) };
        let question = format!("Make {} {}{place}", member.name, member.role);
        if member.role == Role::Admin {
            Consent::typing(question + ", who may do everything? The name:", &member.name)
        } else {
            Consent::yes(question + "?")
        }
    };
    let show = |member: &StaffMember| Report::one("callboard.staff_member.v1", member).field("credential", &out);
    if let Some(member) = change::agree_and_do(context, &options.change, consent, &mut act, &show).await? {
        context.print(&show(&member))?;
        context.note(format!("the credential is in {}; hand it over, and keep no copy", out.display()));
    }
    Ok(Outcome::Done)
}

fn words(tenants: &[Uid]) -> String {
    tenants.iter().map(Uid::as_str).collect::<Vec<_>>().join(", ")
}

/// Takes the file away again, unless the house may have registered the key.
fn forget(context: &Context, out: &Path, failure: &Failure) {
    if failure.category == Category::Unreachable {
        context.note(format!("it may have been done: {} is kept; repeat with the same --request-id", out.display()));
    } else if let Err(error) = std::fs::remove_file(out) {
        context.note(format!("cannot remove {}: {error}", out.display()));
    }
}
