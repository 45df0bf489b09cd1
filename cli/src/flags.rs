//! The flags that commands share, each written down once.

use std::path::PathBuf;

use callboard_contract::Reason;
use callboard_domain::{At, Party, RequestId, Share};
use clap::Args;
use clap::builder::RangedU64ValueParser;

use crate::fail::{Failure, Result};
use crate::report::Format;
use crate::when;

/// What every command takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// How to print: `table` for people; `json`, `yaml` and `csv` for programs
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        env = "CALLBOARD_OUTPUT",
        hide_env = true,
        hide_possible_values = true,
        value_name = "table|json|yaml|csv"
    )]
    pub(crate) output: Format,

    /// Print ids alone
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// The context to work in; else the selected one, else the stack on this machine
    #[arg(long, global = true, env = "CALLBOARD_CONTEXT", hide_env = true, value_name = "NAME", add = crate::complete::contexts())]
    pub(crate) context: Option<String>,

    /// The server's address, in place of the context's
    #[arg(long, global = true, env = "CALLBOARD_SERVER", hide_env = true, value_name = "URL")]
    pub(crate) server: Option<String>,

    /// The credential file, in place of the context's
    #[arg(long, global = true, env = "CALLBOARD_CREDS", hide_env = true, value_name = "FILE")]
    pub(crate) creds: Option<PathBuf>,

    /// The data folder of the stack on this machine
    #[arg(long, global = true, env = "CALLBOARD_DATA", hide_env = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// No colours, as with `NO_COLOR`
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

/// Which part of a list.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PageFlags {
    /// At most so many items
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u32>::new().range(1..=1_000_000))]
    pub(crate) limit: Option<u32>,

    /// Where the page before ended, as its `cursor` said
    #[arg(long, value_name = "CURSOR")]
    pub(crate) cursor: Option<String>,

    /// All of them, page after page
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
}

/// Which time.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct PeriodFlags {
    /// Only since then: 24h, 7d or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    pub(crate) since: Option<At>,

    /// Only before then: 24h, 7d or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    pub(crate) until: Option<At>,
}

/// Look again and again.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct WatchFlags {
    /// Look again every so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "2",
          value_parser = RangedU64ValueParser::<u32>::new().range(1..=3_600))]
    pub(crate) watch: Option<u32>,
}

/// How a change is made.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChangeFlags {
    /// Only show what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// Makes a repeat recognisable: the same id gives the same answer; made and printed if absent
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<RequestId>,
}

/// How a change is made that takes nothing from anybody, so that nothing is asked.
#[derive(Args, Clone, Debug)]
pub(crate) struct RepeatFlag {
    /// Makes a repeat recognisable: the same id gives the same answer; made and printed if absent
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<RequestId>,
}

/// Why a change is made.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReasonFlag {
    /// Why: `quality_loss`, disconnected, fault, goodwill, fraud, abuse, content, request, test or other, and a note after a colon
    #[arg(long, value_name = "CODE[:note]")]
    pub(crate) reason: Reason,
}

/// Where staff name a thing, `-` takes it from stdin.
pub(crate) const STDIN: &str = "-";

/// The things that were named: the ones on the command line, or those on stdin, one on a line.
pub(crate) fn named<T: std::str::FromStr>(words: &[String]) -> Result<Vec<T>>
where
    T::Err: std::fmt::Display,
{
    let mut texts = Vec::new();
    for word in words {
        if word == STDIN {
            let text = std::io::read_to_string(std::io::stdin())
                .map_err(|e| Failure::failed(format!("cannot read stdin: {e}")))?;
            texts.extend(text.split_whitespace().map(str::to_owned));
        } else {
            texts.push(word.clone());
        }
    }
    if texts.is_empty() {
        return Err(Failure::usage("stdin names nothing"));
    }
    texts.iter().map(|text| text.parse().map_err(|e| Failure::usage(format!("`{text}` {e}")))).collect()
}

/// The one thing that was named.
pub(crate) fn named_one<T: std::str::FromStr>(word: &str) -> Result<T>
where
    T::Err: std::fmt::Display,
{
    let mut all = named(std::slice::from_ref(&word.to_owned()))?;
    match (all.pop(), all.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => Err(Failure::usage("stdin names several things; this command takes one")),
    }
}

/// A party of a split and its share: `creator=0.8`.
pub(crate) fn part(text: &str) -> std::result::Result<(Party, Share), String> {
    let (party, share) = text.split_once('=').ok_or("write a party and its share: creator=0.8")?;
    let party = party.parse().map_err(|e| format!("`{party}` {e}"))?;
    let share = share.parse().map_err(|e| format!("`{share}` {e}"))?;
    Ok((party, share))
}

/// The text of a file, or of stdin for `-`.
pub(crate) fn read_text(path: &std::path::Path) -> Result<String> {
    let (text, from) = if path.as_os_str() == STDIN {
        (std::io::read_to_string(std::io::stdin()), "stdin".to_owned())
    } else {
        (std::fs::read_to_string(path), path.display().to_string())
    };
    text.map_err(|error| {
        let message = format!("cannot read {from}: {error}");
        if error.kind() == std::io::ErrorKind::NotFound {
            Failure::not_found(message)
        } else {
            Failure::failed(message)
        }
    })
}
