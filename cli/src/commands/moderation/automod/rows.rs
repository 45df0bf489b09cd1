//! The columns of rules, tests and hits.

use callboard_contract::adm::automod::{HitView, RuleSetView, RuleTally, Sample};
use callboard_contract::api::chat::Reviewed;
use callboard_contract::room::MessageView;
use callboard_domain::{At, Check, Rule, RuleAction, Scope};
use serde::Serialize;

use crate::report::{Cell, Column, Report, Row, column};

/// Longer texts are cut for people; the other formats have them whole.
const SHOWN: usize = 60;

/// A rule with whose it is.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RuleRow {
    scope: Scope,
    version: i64,
    #[serde(flatten)]
    rule: Rule,
}

/// The rules of a set.
pub(super) fn of(view: &RuleSetView) -> Vec<RuleRow> {
    let row = |rule: &Rule| RuleRow { scope: view.scope.clone(), version: view.version, rule: rule.clone() };
    view.rules.rules.iter().map(row).collect()
}

impl Row for RuleRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("scope", "SCOPE", |r| Cell::text(&r.scope)),
        column("rule", "RULE", |r| Cell::text(&r.rule.name)),
        column("enabled", "ON", |r| Cell::yes(r.rule.enabled)),
        column("check", "CHECK", |r| Cell::text(r.rule.check.as_str())),
        column("what", "WHAT", |r| Cell::cut(what(&r.rule.check), SHOWN)),
        column("action", "ACTION", |r| Cell::text(action(r.rule.action))),
        column("exempt", "EXEMPT", |r| Cell::words(&r.rule.exempt)),
        column("version", "VERSION", |r| Cell::number(r.version)),
    ];

    fn id(&self) -> String {
        self.rule.name.to_string()
    }
}

fn what(check: &Check) -> String {
    fn some<'a>(items: impl ExactSizeIterator<Item = &'a String>) -> String {
        let count = items.len();
        let shown: Vec<&str> = items.take(3).map(String::as_str).collect();
        let more = if count > 3 { format!(", … {count} in all") } else { String::new() };
        format!("{}{more}", shown.join(", "))
    }
    match check {
        Check::Words { list, inside } => {
            format!("{}{}", some(list.iter()), if *inside { " (inside of words too)" } else { "" })
        }
        Check::Patterns { regexes } => some(regexes.iter()),
        Check::Links { allow } if allow.is_empty() => "all".to_owned(),
        Check::Links { allow } => format!("but {}", some(allow.iter())),
        Check::Domains { deny } => some(deny.iter()),
        Check::Caps { percent, min_letters } => format!("{percent} % of {min_letters} letters or more"),
        Check::Flood { messages, per } => format!("more than {messages} in {per} s"),
        Check::Repeat { times, within } => format!("{times} times in {within} s"),
        Check::NewAccount { younger_than } => format!("younger than {younger_than} s"),
        Check::Mentions { max } => format!("more than {max}"),
    }
}

fn action(action: RuleAction) -> String {
    match action {
        RuleAction::Flag => "flag".to_owned(),
        RuleAction::Hold => "hold".to_owned(),
        RuleAction::Delete => "delete".to_owned(),
        RuleAction::Mute(length) => format!("mute {length} s"),
    }
}

impl Row for RuleTally {
    const COLUMNS: &'static [Column<Self>] = &[
        column("rule", "RULE", |t| Cell::text(&t.rule)),
        column("action", "ACTION", |t| Cell::text(action(t.action))),
        column("hits", "HITS", |t| Cell::number(t.hits)),
    ];

    fn id(&self) -> String {
        self.rule.to_string()
    }
}

/// A sample with the rule that it is one of.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SampleRow {
    rule: String,
    #[serde(flatten)]
    sample: Sample,
}

impl Row for SampleRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("rule", "RULE", |s| Cell::text(&s.rule)),
        column("message_id", "MESSAGE", |s| Cell::maybe(s.sample.message_id)),
        column("room_id", "ROOM", |s| Cell::maybe(s.sample.room_id)),
        column("author", "AUTHOR", |s| Cell::maybe(s.sample.author.as_ref())),
        column("found", "FOUND", |s| Cell::cut(s.sample.found.join(" | "), SHOWN)),
        column("body", "TEXT", |s| Cell::cut(&s.sample.body, SHOWN)),
    ];

    fn id(&self) -> String {
        self.sample.message_id.map(|id| id.to_string()).unwrap_or_default()
    }
}

/// What rules would hit, with samples.
pub(in crate::commands::moderation) fn tallies(
    schema: &'static str,
    rules: &[RuleTally],
    raw: &impl Serialize,
) -> Report {
    let of = |tally: &RuleTally| {
        let rule = tally.rule.to_string();
        tally
            .samples
            .iter()
            .map(move |sample| SampleRow { rule: rule.clone(), sample: sample.clone() })
            .collect::<Vec<_>>()
    };
    let samples: Vec<SampleRow> = rules.iter().flat_map(of).collect();
    Report::list_as(schema, rules, raw).with("SAMPLES", &samples)
}

impl Row for HitView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("at", "AT", |h| Cell::at(h.at)),
        column("author", "AUTHOR", |h| Cell::text(&h.author)),
        column("room_id", "ROOM", |h| Cell::text(h.room_id)),
        column("scope", "SCOPE", |h| Cell::text(&h.scope)),
        column("rule", "RULE", |h| Cell::text(&h.rule)),
        column("action", "ACTION", |h| Cell::text(action(h.action))),
        column("found", "FOUND", |h| Cell::cut(h.found.join(" | "), SHOWN)),
        column("message_id", "MESSAGE", |h| Cell::maybe(h.message_id)),
    ];

    fn id(&self) -> String {
        self.message_id.map(|id| id.to_string()).unwrap_or_default()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}

/// A message that waits.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct HeldRow(pub(super) MessageView);

impl Row for HeldRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("message_id", "MESSAGE", |m| Cell::text(m.0.message_id)),
        column("room_id", "ROOM", |m| Cell::text(m.0.room_id)),
        column("at", "AT", |m| Cell::at(m.0.at)),
        column("author", "AUTHOR", |m| Cell::text(&m.0.author)),
        column("body", "TEXT", |m| Cell::cut(&m.0.body, SHOWN)),
    ];

    fn id(&self) -> String {
        self.0.message_id.to_string()
    }
}

impl Row for Reviewed {
    const COLUMNS: &'static [Column<Self>] = &[column("message_ids", "MESSAGES", |r| Cell::words(&r.message_ids))];

    fn id(&self) -> String {
        self.message_ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}
