use std::collections::BTreeSet;
use std::path::PathBuf;

use callboard_contract::adm::policy::{Import, ImportReply, ImportRequest, PolicyKey};
use callboard_domain::{ListName, PolicyEntry, RequestId};
use clap::Args;

use super::file::{self, Format};
use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag};
use crate::report::Report;

/// Adds the entries of a file to a policy list; makes the list if there is none (changes)
///
/// A long list goes in parts, each by itself; nothing that was in the list is missing in between.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The list: at most 40 letters, digits, `_` or `-`
    #[arg(value_name = "LIST", value_parser = super::list_name)]
    name: ListName,
    /// The file; `-` is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The format of the file; else by its ending
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Take out entries that are not in the file
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

/// A part is at most so long in characters, so that it fits into one request, and has at most so many entries.
const MAX_CHARS: usize = 10_000;
const MAX_ENTRIES: usize = 500;

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let entries = file::read(&options.name, &options.file, options.format)?;
    let house = context.house().await?;
    let mut remove: Vec<PolicyKey> = Vec::new();
    if options.prune {
        let wanted: BTreeSet<_> = entries.iter().map(|e| (e.kind, &e.entity)).collect();
        let there = match super::entries(&house, &options.name).await {
            Err(failure) if failure.code == "not_found" => Vec::new(),
            there => there?,
        };
        remove.extend(there.iter().filter(|e| !wanted.contains(&(e.kind, &e.entity))).map(key));
    }
    let count = (entries.len(), remove.len());
    let parts = parts(entries, remove);
    change::carry_out(
        context,
        &options.change,
        |_| Consent::yes(format!("Put {} entries into {} and take {} out?", count.0, options.name, count.1)),
        async |request_id, dry_run| {
            let mut whole: Option<ImportReply> = None;
            for (no, (entries, remove)) in parts.iter().enumerate() {
                let request = ImportRequest {
                    request_id: of_part(&request_id, no)?,
                    name: options.name.clone(),
                    entries: entries.clone(),
                    remove: remove.clone(),
                    reason: options.reason.reason.clone(),
                    dry_run,
                };
                let reply = house.call::<Import>(&request).await?;
                let before = whole.map_or((0, 0, 0), |w: ImportReply| (w.added, w.changed, w.removed));
                whole = Some(ImportReply {
                    added: reply.added + before.0,
                    changed: reply.changed + before.1,
                    removed: reply.removed + before.2,
                    ..reply
                });
            }
            whole.ok_or_else(|| Failure::usage("the file has no entries"))
        },
        |reply| Report::one("callboard.policy_import.v1", reply),
    )
    .await
}

fn key(entry: &PolicyEntry) -> PolicyKey {
    PolicyKey { kind: entry.kind, entity: entry.entity.clone() }
}

/// The same command sent again asks for the same parts by the same ids.
fn of_part(request_id: &RequestId, no: usize) -> Result<RequestId> {
    if no == 0 {
        return Ok(request_id.clone());
    }
    RequestId::new(format!("{request_id}-{no}"))
        .map_err(|e| Failure::usage(format!("the request id with the number of a part {e}")))
}

/// New entries first: what stays in the list is never missing.
fn parts(entries: Vec<PolicyEntry>, remove: Vec<PolicyKey>) -> Vec<(Vec<PolicyEntry>, Vec<PolicyKey>)> {
    let mut parts: Vec<(Vec<PolicyEntry>, Vec<PolicyKey>)> = vec![(Vec::new(), Vec::new())];
    let mut room = MAX_CHARS;
    let mut next = |parts: &mut Vec<(Vec<PolicyEntry>, Vec<PolicyKey>)>, bytes: usize| {
        let full = parts.last().is_none_or(|(e, r)| e.len() + r.len() >= MAX_ENTRIES);
        if full || bytes > room {
            parts.push((Vec::new(), Vec::new()));
            room = MAX_CHARS;
        }
        room = room.saturating_sub(bytes);
    };
    for entry in entries {
        next(&mut parts, entry.entity.len() + entry.reason.len() + 80);
        if let Some(part) = parts.last_mut() {
            part.0.push(entry);
        }
    }
    for key in remove {
        next(&mut parts, key.entity.len() + 40);
        if let Some(part) = parts.last_mut() {
            part.1.push(key);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use callboard_domain::{PolicyKind, Recommendation};

    use super::*;

    #[test]
    fn a_long_list_goes_in_parts_that_hold_all_of_it_once() {
        let entry = |n: usize| PolicyEntry {
            kind: PolicyKind::User,
            entity: format!("spammer-{n}"),
            recommendation: Recommendation::Ban,
            reason: "x".repeat(n % 200),
        };
        let entries: Vec<PolicyEntry> = (0..1_000).map(entry).collect();
        let remove: Vec<PolicyKey> = entries.iter().take(300).map(key).collect();
        let parts = parts(entries.clone(), remove.clone());
        assert!(parts.len() > 2 && parts.iter().all(|(e, r)| e.len() + r.len() <= MAX_ENTRIES));
        assert!(parts.iter().all(|part| serde_json::to_string(part).expect("json").len() < 16_000));
        assert_eq!(parts.iter().flat_map(|p| p.0.clone()).collect::<Vec<_>>(), entries);
        assert_eq!(parts.iter().flat_map(|p| p.1.clone()).collect::<Vec<_>>(), remove);
    }
}
