//! Which key means what where: the one table from which keys, the key line and the help are made.

use callboard_domain::SanctionKind;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, Place, Scope, Tab};
use super::dialog::Act;

/// A key and what it means.
pub(crate) struct Binding {
    pub(crate) keys: &'static [(KeyCode, KeyModifiers)],
    pub(crate) action: Action,
    /// Where it holds; everywhere if empty.
    pub(crate) scopes: &'static [Scope],
    /// The word in the key line; not in it if empty.
    pub(crate) label: &'static str,
    /// The line in the help.
    pub(crate) help: &'static str,
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const LISTS: &[Scope] = &[
    Scope::Calls,
    Scope::Ended,
    Scope::Money,
    Scope::Workers,
    Scope::Restreams,
    Scope::Rooms,
    Scope::Cases,
    Scope::Users,
    Scope::Audit,
];
const SORTED: &[Scope] = &[Scope::Calls, Scope::Restreams, Scope::Rooms, Scope::Cases, Scope::Users];
/// Where people are acted on.
const PEOPLE: &[Scope] = &[Scope::Room, Scope::Case, Scope::User];
const ROOMS: &[Scope] = &[Scope::Rooms, Scope::Room];
const CASES: &[Scope] = &[Scope::Cases, Scope::Case];
const ON_AIR: &[Scope] = &[Scope::Restreams, Scope::Programme];

const fn bind(
    keys: &'static [(KeyCode, KeyModifiers)],
    action: Action,
    scopes: &'static [Scope],
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { keys, action, scopes, label, help }
}

/// Every binding. Destructive acts are upper case, everything else is not.
pub(crate) static BINDINGS: &[Binding] = &[
    bind(
        &[(KeyCode::Enter, NONE)],
        Action::Open,
        &[Scope::Rooms],
        "open",
        "open the chosen room: what is said in it, and who is there",
    ),
    bind(
        &[(KeyCode::Enter, NONE)],
        Action::Open,
        &[Scope::Cases],
        "open",
        "open the chosen case: reports, evidence, notes",
    ),
    bind(&[(KeyCode::Enter, NONE)], Action::Open, &[Scope::Users], "open", "open the chosen user"),
    bind(
        &[(KeyCode::Enter, NONE)],
        Action::Open,
        &[Scope::User],
        "open",
        "open the room, case or call in the chosen row",
    ),
    bind(
        &[(KeyCode::Char('C'), NONE)],
        Action::Claim,
        CASES,
        "claim",
        "claim the case for a quarter of an hour, or renew the claim",
    ),
    bind(
        &[(KeyCode::Char('O'), NONE)],
        Action::Act(Act::Decide),
        &[Scope::Case],
        "decide…",
        "decide the case; asks first",
    ),
    bind(
        &[(KeyCode::Char('D'), NONE)],
        Action::Act(Act::Delete),
        &[Scope::Room, Scope::Case],
        "delete…",
        "delete the chosen message; asks first",
    ),
    bind(
        &[(KeyCode::Char('M'), NONE)],
        Action::Act(Act::Impose(SanctionKind::Mute)),
        PEOPLE,
        "mute…",
        "mute the author of the chosen message, or the chosen person, for a while; asks first",
    ),
    bind(
        &[(KeyCode::Char('K'), NONE)],
        Action::Act(Act::Impose(SanctionKind::Kick)),
        PEOPLE,
        "kick…",
        "take that person out of the room, or of all rooms of its creator; asks first",
    ),
    bind(
        &[(KeyCode::Char('B'), NONE)],
        Action::Act(Act::Impose(SanctionKind::Ban)),
        PEOPLE,
        "ban…",
        "ban that person from the room, from its creator's rooms, or from the platform; asks first",
    ),
    bind(
        &[(KeyCode::Char('N'), NONE)],
        Action::Act(Act::Note),
        &[Scope::Case],
        "note…",
        "write a note to the case; asks first",
    ),
    bind(
        &[(KeyCode::Char('W'), NONE)],
        Action::Act(Act::Impose(SanctionKind::Warn)),
        PEOPLE,
        "warn…",
        "warn that person; asks first",
    ),
    bind(
        &[(KeyCode::Char('V'), NONE)],
        Action::Act(Act::Reveal),
        &[Scope::User],
        "reveal…",
        "show what is masked, with a reason that is logged; asks first",
    ),
    bind(
        &[(KeyCode::Char('U'), NONE)],
        Action::Act(Act::Lift),
        &[Scope::User],
        "take back…",
        "take back a sanction that stands; asks first",
    ),
    bind(
        &[(KeyCode::Char('H'), NONE)],
        Action::Act(Act::Impose(SanctionKind::Suspend)),
        &[Scope::User],
        "suspend…",
        "cut every connection and refuse to sign the user in for a while; asks first",
    ),
    bind(
        &[(KeyCode::Char('P'), NONE)],
        Action::Act(Act::Impose(SanctionKind::RestrictPayments)),
        &[Scope::User],
        "",
        "refuse the user's payments; asks first",
    ),
    bind(
        &[(KeyCode::Char('L'), NONE)],
        Action::Act(Act::Lock),
        ROOMS,
        "lock…",
        "lock the room: nobody enters, only who may lock it writes; asks first",
    ),
    bind(&[(KeyCode::Char('O'), NONE)], Action::Act(Act::Unlock), ROOMS, "", "open a room that is locked; asks first"),
    bind(
        &[(KeyCode::Char('T'), NONE)],
        Action::Act(Act::Slow),
        ROOMS,
        "slow…",
        "set how long members wait between two messages, or `off`; asks first",
    ),
    bind(&[(KeyCode::Char('X'), NONE)], Action::Act(Act::Close), ROOMS, "", "close the room for good; asks first"),
    bind(
        &[(KeyCode::Char('u'), NONE)],
        Action::PersonOf,
        &[Scope::Room, Scope::Case, Scope::Cases],
        "user",
        "open the user who is chosen: sanctions, rooms, sessions",
    ),
    bind(
        &[(KeyCode::Char('r'), NONE)],
        Action::RoomOf,
        &[Scope::Case],
        "room",
        "open the room that the evidence is from",
    ),
    bind(&[(KeyCode::Char('F'), NONE)], Action::Release, CASES, "", "give the claimed case back to the queue"),
    bind(
        &[(KeyCode::Char('v'), NONE)],
        Action::Verify,
        &[Scope::Audit],
        "verify",
        "hash the whole log anew, and say whether a row was changed",
    ),
    bind(
        &[(KeyCode::Tab, NONE), (KeyCode::Right, NONE)],
        Action::Tab(1),
        &[Scope::Room],
        "members",
        "move among the messages, or among the members",
    ),
    bind(
        &[(KeyCode::Tab, NONE), (KeyCode::Right, NONE)],
        Action::Tab(1),
        &[Scope::Case],
        "",
        "the evidence of the next report",
    ),
    bind(
        &[(KeyCode::Enter, NONE)],
        Action::Open,
        &[Scope::Calls, Scope::Ended, Scope::Money],
        "open",
        "open the chosen call",
    ),
    bind(
        &[(KeyCode::Enter, NONE)],
        Action::Open,
        &[Scope::Restreams],
        "open",
        "open the chosen programme: its guests, its targets, its picture",
    ),
    bind(
        &[(KeyCode::Char('v'), NONE)],
        Action::Clear,
        &[Scope::Programme],
        "clear/blur",
        "show the picture clearly, or blurred again",
    ),
    bind(
        &[(KeyCode::Char('i'), NONE)],
        Action::Pictures,
        &[Scope::Programme],
        "images",
        "switch pictures off, or on again",
    ),
    bind(
        &[(KeyCode::Char('L'), NONE)],
        Action::Act(Act::Layout),
        ON_AIR,
        "layout…",
        "change how the guests stand in the picture; asks first",
    ),
    bind(
        &[(KeyCode::Char('C'), NONE)],
        Action::Act(Act::Slate),
        ON_AIR,
        "cover…",
        "cover picture and sound with a slate, or uncover them; asks first",
    ),
    bind(
        &[(KeyCode::Char('O'), NONE)],
        Action::Act(Act::Stop),
        ON_AIR,
        "off air…",
        "take it off air, the call itself goes on; asks first",
    ),
    bind(
        &[(KeyCode::Char('c'), NONE)],
        Action::CallOf,
        ON_AIR,
        "call",
        "open its call: to mute or remove a member, or to end it",
    ),
    bind(
        &[(KeyCode::Char('E'), NONE)],
        Action::Act(Act::End),
        &[Scope::Calls, Scope::Call],
        "end…",
        "end the call, or all marked ones; asks first",
    ),
    bind(
        &[(KeyCode::Char('M'), NONE)],
        Action::Act(Act::Mute),
        &[Scope::Calls, Scope::Call],
        "mute…",
        "mute a member for everybody; asks first",
    ),
    bind(
        &[(KeyCode::Char('U'), NONE)],
        Action::Act(Act::Unmute),
        &[Scope::Calls, Scope::Call],
        "",
        "unmute a member that staff muted; asks first",
    ),
    bind(
        &[(KeyCode::Char('X'), NONE)],
        Action::Act(Act::Remove),
        &[Scope::Calls, Scope::Call],
        "remove…",
        "take a member out of the call; asks first",
    ),
    bind(
        &[(KeyCode::Char('R'), NONE)],
        Action::Act(Act::Refund),
        &[Scope::Calls, Scope::Call, Scope::Ended],
        "refund…",
        "give coins of a leg back; asks first",
    ),
    bind(
        &[(KeyCode::Char('a'), NONE)],
        Action::ProgrammeOf,
        &[Scope::Calls, Scope::Call],
        "",
        "what the call shows on air: its programme",
    ),
    bind(
        &[(KeyCode::Char('/'), NONE)],
        Action::Filter,
        LISTS,
        "filter",
        "show only what fits: words, runway<120, burn>10, kind=video; ! inverts",
    ),
    bind(&[(KeyCode::Char(':'), NONE)], Action::Palette, &[], "command", "the palette"),
    bind(&[(KeyCode::Char('?'), NONE)], Action::Help, &[], "help", "this help"),
    bind(&[(KeyCode::Up, NONE), (KeyCode::Char('k'), NONE)], Action::Move(-1), &[], "", "up"),
    bind(&[(KeyCode::Down, NONE), (KeyCode::Char('j'), NONE)], Action::Move(1), &[], "", "down"),
    bind(
        &[(KeyCode::PageUp, NONE), (KeyCode::Char('b'), CTRL)],
        Action::Scroll(-10),
        &[],
        "",
        "a page up; in a call, its line of time",
    ),
    bind(&[(KeyCode::PageDown, NONE), (KeyCode::Char('f'), CTRL)], Action::Scroll(10), &[], "", "a page down"),
    bind(&[(KeyCode::Home, NONE), (KeyCode::Char('g'), NONE)], Action::Move(isize::MIN), &[], "", "to the top"),
    bind(&[(KeyCode::End, NONE), (KeyCode::Char('G'), NONE)], Action::Move(isize::MAX), &[], "", "to the end"),
    bind(&[(KeyCode::Char(' '), NONE)], Action::Mark, &[Scope::Calls], "mark", "mark or unmark the call"),
    bind(&[(KeyCode::Tab, NONE), (KeyCode::Right, NONE)], Action::Tab(1), &[Scope::Money], "tab", "the next list"),
    bind(&[(KeyCode::BackTab, NONE), (KeyCode::Left, NONE)], Action::Tab(-1), &[Scope::Money], "", "the list before"),
    bind(&[(KeyCode::Char('s'), NONE)], Action::SortNext, SORTED, "sort", "sort by the next column"),
    bind(&[(KeyCode::Char('S'), NONE)], Action::SortReverse, SORTED, "", "turn the order round"),
    bind(
        &[(KeyCode::Char('p'), NONE)],
        Action::Pause,
        &[],
        "pause",
        "hold the picture still; acts are locked as it ages",
    ),
    bind(
        &[(KeyCode::Char('y'), NONE)],
        Action::CopyId,
        &[],
        "copy id",
        "copy the id of what is chosen to the clipboard (OSC 52)",
    ),
    bind(
        &[(KeyCode::Char('Y'), NONE)],
        Action::CopyCli,
        &[],
        "as CLI",
        "copy the same as a CLI command; in a dialog Ctrl-Y",
    ),
    bind(&[(KeyCode::Char('1'), NONE)], Action::Go(Place::Calls), &[], "", "live calls"),
    bind(&[(KeyCode::Char('2'), NONE)], Action::Go(Place::Ended), &[], "", "ended calls"),
    bind(&[(KeyCode::Char('3'), NONE)], Action::Go(Place::Money(Tab::Wallets)), &[], "", "money"),
    bind(&[(KeyCode::Char('4'), NONE)], Action::Go(Place::Workers), &[], "", "workers"),
    bind(&[(KeyCode::Char('5'), NONE)], Action::Go(Place::Restreams), &[], "", "calls on air"),
    bind(&[(KeyCode::Char('6'), NONE)], Action::Go(Place::Rooms), &[], "", "rooms"),
    bind(&[(KeyCode::Char('7'), NONE)], Action::Go(Place::Cases), &[], "", "cases: what people reported"),
    bind(&[(KeyCode::Char('8'), NONE)], Action::Go(Place::Users), &[], "", "users"),
    bind(&[(KeyCode::Char('9'), NONE)], Action::Go(Place::Audit), &[], "", "what staff did"),
    bind(&[(KeyCode::Esc, NONE)], Action::Back, &[], "back", "back; clears marks and filter first"),
    bind(&[(KeyCode::Char('q'), NONE)], Action::Quit, &[], "quit", "leave the console"),
];

/// What a key means in a place.
pub(crate) fn action_for(key: &KeyEvent, scope: Scope) -> Option<Action> {
    // Terminals tell upper case by the letter; whether they also tell Shift differs.
    let modifiers = if matches!(key.code, KeyCode::Char(_) | KeyCode::BackTab) {
        key.modifiers - KeyModifiers::SHIFT
    } else {
        key.modifiers
    };
    BINDINGS
        .iter()
        .filter(|b| b.scopes.is_empty() || b.scopes.contains(&scope))
        .find(|b| b.keys.contains(&(key.code, modifiers)))
        .map(|b| b.action)
}

/// A key as people write it.
pub(crate) fn key_name((code, modifiers): (KeyCode, KeyModifiers)) -> String {
    let name = match code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "↵".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        KeyCode::BackTab => "Shift-Tab".to_owned(),
        other => other.to_string(),
    };
    if modifiers.contains(CTRL) { format!("Ctrl-{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place_and_acts_alone_are_dangerous() {
        for scope in Scope::ALL {
            let mut seen = std::collections::HashSet::new();
            for binding in BINDINGS.iter().filter(|b| b.scopes.is_empty() || b.scopes.contains(scope)) {
                for key in binding.keys {
                    assert!(seen.insert(*key), "{} twice in {scope:?}", key_name(*key));
                }
                if let Action::Act(_) = binding.action {
                    assert!(binding.keys.iter().all(|k| matches!(k.0, KeyCode::Char('A'..='Z'))), "{}", binding.help);
                    assert!(
                        (binding.label.is_empty() || binding.label.ends_with('…'))
                            && binding.help.ends_with("asks first")
                    );
                }
            }
        }
    }
}
