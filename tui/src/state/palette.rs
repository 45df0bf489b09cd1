//! The palette of `:`: commands with aliases, found by name first and by likeness second.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};

use super::action::{Place, Tab};

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    Go(Place),
    Help,
    Quit,
    Pause,
    /// Opens a call by its id.
    Call,
    /// Opens a programme by its id.
    Programme,
    /// Opens a room, a case or a user.
    Room,
    Case,
    User,
    /// Hashes the log of acts anew.
    Verify,
    /// Says how pictures are shown.
    Pictures,
    /// Sorts by a column.
    Sort,
    /// Filters.
    Filter,
    /// Takes a theme.
    Theme,
}

/// A command.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    /// What comes after it, in words; nothing if empty.
    pub(crate) takes: &'static str,
    pub(crate) help: &'static str,
    pub(crate) run: Run,
}

const fn command(
    name: &'static str,
    aliases: &'static [&'static str],
    takes: &'static str,
    help: &'static str,
    run: Run,
) -> Command {
    Command { name, aliases, takes, help, run }
}

/// Every command.
pub(crate) static COMMANDS: &[Command] = &[
    command("calls", &["c", "live"], "", "live calls", Run::Go(Place::Calls)),
    command("ended", &["e", "history", "past"], "", "ended calls, newest first", Run::Go(Place::Ended)),
    command("money", &["m", "burn"], "", "burn, revenue and wallets", Run::Go(Place::Money(Tab::Wallets))),
    command("wallets", &["wa"], "", "who has how much", Run::Go(Place::Money(Tab::Wallets))),
    command("transfers", &["t", "postings"], "", "transfers, newest first", Run::Go(Place::Money(Tab::Transfers))),
    command("refunds", &["r"], "", "refunds, newest first", Run::Go(Place::Money(Tab::Refunds))),
    command("workers", &["w"], "", "the workers' health", Run::Go(Place::Workers)),
    command("restreams", &["rs", "air", "programmes"], "", "calls on air", Run::Go(Place::Restreams)),
    command("rooms", &["ro", "chat"], "", "rooms, the busiest first", Run::Go(Place::Rooms)),
    command("cases", &["ca", "reports", "queue"], "", "what people reported", Run::Go(Place::Cases)),
    command("users", &["u", "people"], "", "users", Run::Go(Place::Users)),
    command("audit", &["au", "log"], "", "what staff did", Run::Go(Place::Audit)),
    command("room", &[], "ID", "open a room", Run::Room),
    command("case", &[], "ID", "open a case, decided ones too", Run::Case),
    command("user", &["who"], "NAME", "open a user", Run::User),
    command("verify", &[], "", "hash the log of acts anew", Run::Verify),
    command("call", &["open", "show"], "ID", "open a call, past ones too", Run::Call),
    command("programme", &["on-air"], "ID", "open a call on air, past ones too", Run::Programme),
    command("pictures", &["pics"], "HOW", "off, blurred or clear", Run::Pictures),
    command("sort", &["o"], "COLUMN", "sort the list", Run::Sort),
    command("filter", &["f"], "TERMS", "show only what fits; nothing clears it", Run::Filter),
    command("theme", &[], "NAME", "dark, light or plain", Run::Theme),
    command("pause", &["p"], "", "hold the picture still, or let it go on", Run::Pause),
    command("help", &["h", "?"], "", "keys, columns, filter fields", Run::Help),
    command("quit", &["q", "exit", "q!"], "", "leave the console", Run::Quit),
];

/// The commands that fit what was typed, the best first, and what stands after the command's name.
pub(crate) fn find(typed: &str) -> (Vec<&'static Command>, &str) {
    let typed = typed.trim_start();
    let (word, rest) = typed.split_once(' ').map_or((typed, ""), |(word, rest)| (word, rest.trim()));
    if word.is_empty() {
        return (COMMANDS.iter().collect(), rest);
    }
    if let Some(exact) = COMMANDS.iter().find(|c| c.name == word || c.aliases.contains(&word)) {
        let others = likely(word).into_iter().filter(|c| c.name != exact.name);
        return (std::iter::once(exact).chain(others).collect(), rest);
    }
    (likely(word), rest)
}

fn likely(word: &str) -> Vec<&'static Command> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let names = COMMANDS.iter().flat_map(|c| std::iter::once(&c.name).chain(c.aliases).copied());
    let hits = Pattern::parse(word, CaseMatching::Ignore, Normalization::Smart).match_list(names, &mut matcher);
    let mut found: Vec<&'static Command> = Vec::new();
    for (name, _) in hits {
        let owner = COMMANDS.iter().find(|c| c.name == name || c.aliases.contains(&name));
        if let Some(command) = owner.filter(|c| found.iter().all(|f| f.name != c.name)) {
            found.push(command);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(typed: &str) -> &'static str {
        find(typed).0.first().map_or("", |c| c.name)
    }

    #[test]
    fn aliases_win_over_likeness_and_likeness_finds_the_rest() {
        assert_eq!(first("w"), "workers");
        assert_eq!(first("q"), "quit");
        assert_eq!(first("trnsf"), "transfers");
        assert_eq!(first("wrk"), "workers");
        assert_eq!(first("zzz"), "");
        assert_eq!(find("sort runway").1, "runway");
        assert_eq!(find("").0.len(), COMMANDS.len());
    }

    #[test]
    fn no_name_or_alias_is_taken_twice() {
        let mut seen = std::collections::HashSet::new();
        for command in COMMANDS {
            assert!(
                std::iter::once(&command.name).chain(command.aliases).all(|name| seen.insert(*name)),
                "{}",
                command.name
            );
        }
    }
}
