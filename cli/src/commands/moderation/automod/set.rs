use std::path::PathBuf;

use callboard_contract::adm::automod::{Set, SetRequest};
use callboard_domain::{RuleSet, Scope};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, read_text};

/// Sets the rules of a scope from a file; rules that do not say `enabled: true` are off (changes)
///
/// A rule in YAML: `{name: links, check: {links: {allow: [example.com]}}, action: hold, enabled: true}`
///
/// Checks: words {list, inside}, patterns {regexes}, links {allow}, domains {deny}, `caps {percent, min_letters}`, flood {messages, per},
/// repeat {times, within}, `new_account {younger_than}`, mentions {max}; spans are milliseconds. Actions: flag, hold, delete, {mute: MS}.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Where they hold: `platform`, `tenant:UID` or `room:ID`
    #[arg(value_name = "SCOPE")]
    scope: Scope,
    /// The rules as JSON or YAML: a list, or an object with `rules`; `-` is stdin
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Refuse if their version is another by now
    #[arg(long, value_name = "N")]
    expect_version: Option<i64>,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(super) fn read(file: &std::path::Path) -> Result<RuleSet> {
    let wrong = |error: String| Failure::usage(format!("{} holds no rules: {error}", file.display()));
    // YAML takes JSON too.
    let value: serde_json::Value = serde_yaml_ng::from_str(&read_text(file)?).map_err(|e| wrong(e.to_string()))?;
    let value = if value.is_array() { serde_json::json!({ "rules": value }) } else { value };
    let rules: RuleSet = serde_json::from_value(value).map_err(|e| wrong(e.to_string()))?;
    // Told here, before anybody is asked anything.
    rules.check().map_err(|e| wrong(e.to_string()))?;
    Ok(rules)
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let rules = read(&options.file)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |_| Consent::yes(format!("Set these {} rules for {}?", rules.rules.len(), options.scope)),
        async |request_id, dry_run| {
            let request = SetRequest {
                request_id,
                scope: options.scope.clone(),
                rules: rules.clone(),
                reason: options.reason.reason.clone(),
                expect_version: options.expect_version,
                dry_run,
            };
            house.call::<Set>(&request).await
        },
        super::one,
    )
    .await
}
