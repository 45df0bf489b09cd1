//! The command tree: `callboard <noun> <verb> [ID] [flags]`.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser};

use crate::commands::Command;
use crate::flags::Global;

/// Runs, watches and steers Callboard, the house for paid live calls.
#[derive(Parser, Debug)]
#[command(
    name = "callboard",
    version,
    propagate_version = true,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 not allowed, 5 conflict or stale, 6 cannot reach, 7 differences found, 130 interrupted.\nWith -o json errors are one JSON object on stderr."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command tree, for completions, man pages and tests.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// Whether a command line that could not be read asks for JSON.
pub(crate) fn asks_for_json(args: impl IntoIterator<Item = OsString>) -> bool {
    let args: Vec<String> = args.into_iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let joined = args.iter().any(|arg| matches!(arg.as_str(), "-ojson" | "-o=json" | "--output=json"));
    let apart = args.windows(2).any(|pair| matches!(pair[0].as_str(), "-o" | "--output") && pair[1] == "json");
    joined || apart || std::env::var_os("CALLBOARD_OUTPUT").is_some_and(|value| value == "json")
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            let path = format!("{path} {}", sub.get_name());
            if sub.has_subcommands() { leaves(sub, &path, found) } else { found.push((path, sub.clone())) }
        }
    }

    fn tree() -> Vec<(String, clap::Command)> {
        let mut found = Vec::new();
        leaves(&command(), "callboard", &mut found);
        found
    }

    #[test]
    fn the_tree_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_command_says_whether_it_reads_or_changes() {
        for (path, leaf) in tree() {
            let about = leaf.get_about().unwrap_or_else(|| panic!("{path} has no help")).to_string();
            let kind = about.ends_with("(reads)") || about.ends_with("(changes)");
            assert!(kind, "{path}: {about}");
            let changes = leaf.get_arguments().any(|arg| arg.get_id() == "dry_run");
            assert!(!changes || about.ends_with("(changes)"), "{path}: {about}");
        }
    }

    #[test]
    fn moderation_and_money_need_a_reason() {
        for path in [
            "calls end",
            "calls mute",
            "calls remove",
            "wallet topup",
            "refund create",
            "restream stop",
            "tariff set",
            "gifts set",
            "rooms create",
            "rooms lock",
            "rooms unlock",
            "rooms slow",
            "rooms close",
            "mod warn",
            "mod mute",
            "mod unmute",
            "mod kick",
            "mod ban",
            "mod unban",
            "mod restrict",
            "mod unrestrict",
            "mod undo",
            "mod delete-message",
            "mod reports resolve",
            "mod appeals grant",
            "mod appeals deny",
            "mod automod set",
            "mod automod enable",
            "mod automod disable",
            "mod automod approve",
            "mod automod reject",
            "mod policy import",
            "mod policy subscribe",
            "mod policy unsubscribe",
            "users suspend",
            "users restore",
            "users reveal",
            "staff revoke",
        ] {
            let (_, leaf) =
                tree().into_iter().find(|(p, _)| *p == format!("callboard {path}")).unwrap_or_else(|| panic!("{path}"));
            assert!(leaf.get_arguments().any(|arg| arg.get_id() == "reason" && arg.is_required_set()), "{path}");
        }
    }

    /// The words of a line, as a shell would read them.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                c => words.last_mut().unwrap().push(c),
            }
        }
        words
    }

    fn examples(command: &clap::Command, found: &mut Vec<String>) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        found.extend(help.lines().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned));
        command.get_subcommands().for_each(|sub| examples(sub, found));
    }

    #[test]
    fn every_example_of_the_help_is_a_command_line_that_can_be_read() {
        let mut lines = Vec::new();
        examples(&command(), &mut lines);
        for noun in
            ["rooms", "mod", "mod reports", "mod appeals", "mod automod", "mod policy", "users", "audit", "gifts"]
        {
            let begin = format!("callboard {noun} ");
            assert!(lines.iter().any(|line| line.starts_with(&begin)), "{noun} has no example");
        }
        for line in &lines {
            let id = "019b0f6e-7c00-7a20-8000-4f6d5a3b2c20".to_owned();
            let named = |word: String| {
                let place = word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
                if place { id.clone() } else { word.replace("room:ROOM", &format!("room:{id}")) }
            };
            command()
                .try_get_matches_from(words(line).into_iter().map(named))
                .unwrap_or_else(|e| panic!("{line}\n{e}"));
        }
    }

    #[test]
    fn help_stays_as_it_is() {
        let mut text = String::new();
        for (path, leaf) in tree() {
            let _ = writeln!(text, "## {path}\n\n{}", leaf.clone().term_width(100).render_help());
        }
        let top = command().term_width(100).render_help();
        insta::assert_snapshot!("help", format!("{top}\n{text}"));
    }

    #[test]
    fn json_is_found_in_a_command_line_that_cannot_be_read() {
        let asks = |line: &str| asks_for_json(line.split(' ').map(OsString::from));
        assert!(asks("callboard calls -o json"));
        assert!(asks("callboard --output=json nonsense"));
        assert!(!asks("callboard calls -o yaml"));
    }
}
