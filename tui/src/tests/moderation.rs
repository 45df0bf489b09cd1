//! Rooms, cases, users and the log of acts: what is shown of them, what keys do, and that nobody's words steer the terminal.

mod acts;
mod hostile;

use callboard_contract::adm::audit::AuditReport;
use callboard_contract::adm::moderation::{DeleteMessagesReply, Effect as CutOff, ImposeReply};
use callboard_contract::{ErrorCode, ReasonCode};
use callboard_domain::{CaseOutcome, Millis, Role, SanctionKind, Scope};
use ratatui::buffer::Buffer;
use ratatui::text::Span;

use super::pictures::{LARGE, SMALL, take};
use super::{buffer, picture, press};
use crate::sample::{self, NOW};
use crate::sample_rooms::{self as rooms, case_id, message_id, report_id, room_id};
use crate::state::action::Place;
use crate::state::msg::{Ask, Deed, Done, Followed, Link, List, Problem, Update};
use crate::state::room::Pane;
use crate::state::{Effect, Mode, State, View};
use crate::view::theme::Theme;

/// Goes to the list of rooms, which was looked at for a while.
fn list(state: &mut State) {
    state.apply(Update::OpenCases(rooms::cases()), NOW - 400);
    for look in 0..6 {
        state.apply(Update::Rooms(rooms::rooms(look)), NOW - 10_400 + i64::try_from(look).unwrap() * 2_000);
    }
    press(state, "6", NOW);
    state.apply(Update::Rooms(rooms::rooms(5)), NOW - 400);
}

/// Opens the busiest one.
fn room(state: &mut State) {
    list(state);
    press(state, "<enter>", NOW);
    state.apply(Update::Room(Box::new(rooms::look(1))), NOW - 400);
}

/// Opens a room and chooses the message that threatens.
fn threat(state: &mut State) {
    room(state);
    for _ in 0..35 {
        press(state, "<up>", NOW);
    }
}

fn cases(state: &mut State) {
    press(state, "7", NOW);
    state.apply(Update::Cases(rooms::cases()), NOW - 400);
}

/// Opens the case that is claimed by who looks, with its evidence.
fn case(state: &mut State) {
    cases(state);
    press(state, "<down><enter>", NOW);
    state.apply(Update::Case(Box::new(rooms::case_detail(false))), NOW - 400);
    state.apply(Update::Evidence(Box::new(rooms::evidence(1, true))), NOW - 400);
}

fn people(state: &mut State) {
    press(state, "8", NOW);
    state.apply(Update::Users(rooms::people()), NOW - 400);
}

fn person(state: &mut State) {
    people(state);
    press(state, "<down><enter>", NOW);
    let (detail, sessions) = (rooms::person_detail(), rooms::sessions(true));
    state.apply(Update::Person(Box::new(detail), Box::new(sessions)), NOW - 400);
}

fn audit(state: &mut State) {
    press(state, "9", NOW);
    state.apply(Update::Audit(rooms::acts()), NOW - 400);
}

fn deeds(state: &mut State) -> Vec<Deed> {
    let done = |e: Effect| if let Effect::Ask(Ask::Do(deed)) = e { Some(deed) } else { None };
    std::mem::take(&mut state.effects).into_iter().filter_map(done).collect()
}

fn asks(state: &mut State) -> Vec<Ask> {
    let ask = |e: Effect| if let Effect::Ask(ask) = e { Some(ask) } else { None };
    std::mem::take(&mut state.effects).into_iter().filter_map(ask).collect()
}

#[test]
fn pictures_of_rooms() {
    take("rooms", list);
    take("room", room);
    take("room_message", threat);
    take("room_members", |s| {
        room(s);
        press(s, "<tab><down><down><down><down>", NOW);
    });
    take("room_lost", |s| {
        threat(s);
        s.apply(Update::Link(Link::Lost), NOW);
    });
    take("help_room", |s| {
        room(s);
        press(s, "?", NOW);
    });
}

#[test]
fn pictures_of_dialogs_in_a_room() {
    for (name, keys) in [("mute", "M<tab>"), ("delete", "D"), ("ban", "B<down>"), ("kick", "K")] {
        take(&format!("dialog_room_{name}"), |s| {
            threat(s);
            press(s, keys, NOW);
        });
    }
    take("dialog_room_slow", |s| {
        room(s);
        press(s, "T", NOW);
    });
}

#[test]
fn pictures_of_cases() {
    take("cases", cases);
    take("case", case);
    take("case_changed_evidence", |s| {
        case(s);
        s.apply(Update::Evidence(Box::new(rooms::evidence(1, false))), NOW - 400);
    });
    take("dialog_case_decide", |s| {
        case(s);
        s.apply(Update::Case(Box::new(rooms::case_detail(true))), NOW - 400);
        press(s, "Os", NOW);
    });
    take("dialog_case_note", |s| {
        case(s);
        press(s, "Nann is safe", NOW);
    });
}

#[test]
fn pictures_of_users_and_acts() {
    take("users", people);
    take("user", person);
    take("user_revealed", |s| {
        person(s);
        press(s, "Vf<tab><tab>leo<enter>", NOW);
        let id = deeds(s)[0].request_id().clone();
        s.apply(Update::Outcome(id, Ok(Done::Revealed(rooms::sessions(false)))), NOW);
        s.toast = None;
    });
    take("dialog_user_lift", |s| {
        person(s);
        press(s, "U", NOW);
    });
    take("audit", audit);
    take("audit_verified", |s| {
        audit(s);
        press(s, "v", NOW);
        s.apply(Update::Verified(Ok(AuditReport { rows: 1_204, intact: true, faults: Vec::new() })), NOW);
    });
    take("audit_changed", |s| {
        audit(s);
        press(s, "v", NOW);
        let report = sample::of(serde_json::json!({"rows": 34, "intact": false,
            "faults": [{"no": 12, "what": format!("its hash is another {}", rooms::HOSTILE)}]}));
        s.apply(Update::Verified(Ok(report)), NOW);
    });
}

/// What a terminal is made to do by a buffer is only to write its cells, each as wide as it says, within the line.
fn tame(buffer: &Buffer, what: &str) {
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            assert!(
                !symbol.chars().any(callboard_domain::drives_terminals),
                "{what}: {symbol:?} at {x},{y} drives a terminal"
            );
            let wide = u16::try_from(Span::raw(symbol).width()).unwrap();
            assert!(x + wide.max(1) <= buffer.area.width, "{what}: {symbol:?} at {x},{y} is over the edge");
            x += wide.max(1);
        }
    }
}

#[test]
fn nobodys_words_drive_the_terminal_on_any_screen_at_any_size() {
    type Set = fn(&mut State);
    let screens: [(&str, Set); 17] = [
        ("rooms", list),
        ("room", room),
        ("message", |s| {
            threat(s);
            press(s, "<up><up>", NOW);
        }),
        ("members", |s| {
            room(s);
            press(s, "<tab>", NOW);
        }),
        ("hostile room", |s| {
            list(s);
            press(s, ":room ", NOW);
            press(s, &format!("{}<enter>", room_id(4)), NOW);
            let mut look = rooms::look(4);
            look.messages.truncate(3);
            s.apply(Update::Room(Box::new(look)), NOW);
            press(s, "<up>", NOW);
        }),
        ("delete", |s| {
            threat(s);
            press(s, "<up><up>D", NOW);
        }),
        ("mute", |s| {
            threat(s);
            press(s, "<up><up>M", NOW);
        }),
        ("lock", |s| {
            list(s);
            press(s, "G<up>L", NOW);
        }),
        ("cases", cases),
        ("case", case),
        ("other report", |s| {
            case(s);
            press(s, "<tab>", NOW);
            s.apply(Update::Evidence(Box::new(rooms::evidence(2, true))), NOW);
            press(s, "<up><up>", NOW);
        }),
        ("case act", |s| {
            case(s);
            press(s, "<up><up>D", NOW);
        }),
        ("person", person),
        ("lift", |s| {
            person(s);
            press(s, "U", NOW);
        }),
        ("audit", audit),
        ("toast", |s| {
            let text = rooms::HOSTILE.to_owned();
            threat(s);
            press(s, "Ma<tab><tab><tab>", NOW);
            s.say(text, false, NOW);
        }),
        ("trouble", |s| {
            list(s);
            s.apply(Update::Trouble(rooms::HOSTILE.to_owned()), NOW);
        }),
    ];
    for (name, set) in screens {
        let mut state = sample::state();
        set(&mut state);
        for size in [SMALL, LARGE, (81, 24), (79, 25), (41, 9), (139, 40)] {
            tame(&buffer(&state, NOW, size), name);
        }
    }
    // The words themselves are there: what is tame is not merely empty.
    let mut state = sample::state();
    threat(&mut state);
    press(&mut state, "<up><up>", NOW);
    let text = picture(&state, NOW, LARGE);
    assert!(text.contains("\u{fffd}]52;c;cm0gLXJm\u{fffd}") && text.contains('日'), "{text}");
}

#[test]
fn no_message_is_chosen_until_somebody_chose_it_and_it_stays_chosen() {
    let mut state = sample::state();
    room(&mut state);
    press(&mut state, "D", NOW);
    assert!(matches!(state.mode, Mode::Normal), "nothing is chosen");
    assert!(state.toast.as_ref().is_some_and(|t| t.text.contains("choose a message")));
    press(&mut state, "<up>", NOW);
    let chosen = state.chosen_message(room_id(1)).unwrap().message_id;
    assert_eq!(chosen, message_id(39));
    let mut look = rooms::look(1);
    let mut newer = look.messages[38].clone();
    newer.message_id = message_id(77);
    look.messages.remove(0);
    look.messages.push(newer);
    state.apply(Update::Room(Box::new(look)), NOW);
    assert_eq!(state.chosen_message(room_id(1)).unwrap().message_id, chosen, "others come, it stays");
    press(&mut state, "<down><down>", NOW);
    assert!(state.chosen_message(room_id(1)).is_none(), "below the last one none is chosen");
    press(&mut state, "<up>", NOW);
    assert_eq!(state.chosen_message(room_id(1)).unwrap().message_id, message_id(77));
    press(&mut state, "<tab>D", NOW);
    assert!(matches!(state.mode, Mode::Normal), "what is not looked at is not deleted");
}

#[test]
fn what_is_revealed_is_masked_again_once_the_person_leaves_the_screen() {
    let mut state = sample::state();
    person(&mut state);
    assert!(!picture(&state, NOW, LARGE).contains("phone-7f3a91"));
    press(&mut state, "V<tab><tab>leo<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "not without a reason");
    press(&mut state, "<esc>Vf<tab><tab>leo<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Reveal(request)] = sent.as_slice() else { panic!("{sent:?}") };
    state.apply(Update::Outcome(request.request_id.clone(), Ok(Done::Revealed(rooms::sessions(false)))), NOW);
    assert!(picture(&state, NOW, LARGE).contains("phone-7f3a91"));
    let again = |state: &mut State| {
        let (detail, sessions) = (rooms::person_detail(), rooms::sessions(true));
        state.apply(Update::Person(Box::new(detail), Box::new(sessions)), NOW);
    };
    again(&mut state);
    assert!(picture(&state, NOW, LARGE).contains("phone-7f3a91"), "the next look does not mask it");
    press(&mut state, "<esc><enter>", NOW);
    again(&mut state);
    assert!(!picture(&state, NOW, LARGE).contains("phone-7f3a91"));
}

#[test]
fn places_follow_what_is_on_the_screen_and_nothing_else() {
    let mut state = sample::state();
    list(&mut state);
    assert!(asks(&mut state).iter().any(|a| matches!(a, Ask::List(Some(List::Rooms(_))))));
    press(&mut state, "<enter>", NOW);
    assert!(asks(&mut state).contains(&Ask::Follow(Some(Followed::Room(room_id(1))))));
    state.apply(Update::Room(Box::new(rooms::look(1))), NOW);
    press(&mut state, "<tab>", NOW);
    assert_eq!(state.desk.pane, Pane::Members);
    press(&mut state, "u", NOW);
    assert_eq!(state.view(), View::Person("maya".parse().unwrap()));
    let followed = Followed::Person("maya".parse().unwrap());
    assert!(asks(&mut state).contains(&Ask::Follow(Some(followed.clone()))));
    let problem = Problem { code: Some(ErrorCode::NotFound), message: "there is no user".to_owned() };
    state.apply(Update::NoFollowed(followed, problem), NOW);
    assert_eq!(state.view(), View::Room(room_id(1)));
    press(&mut state, "7", NOW);
    assert!(asks(&mut state).contains(&Ask::Follow(None)), "nobody looks at it any more");
    case(&mut state);
    let with_evidence = Ask::Follow(Some(Followed::Case(case_id(2), Some(report_id(1)))));
    assert!(asks(&mut state).contains(&with_evidence));
    press(&mut state, "r", NOW);
    assert_eq!(state.view(), View::Room(room_id(1)));
    press(&mut state, ":aud<enter>/actor=ines act=mod<enter>", NOW);
    assert_eq!(state.view(), View::At(Place::Audit));
    let asked = asks(&mut state);
    let last = asked.iter().rev().find_map(|a| if let Ask::List(list) = a { Some(list) } else { None });
    let Some(Some(List::Audit(ask))) = last else { panic!("{asked:?}") };
    assert_eq!((ask.actor.as_deref(), ask.act.as_deref()), (Some("ines"), Some("mod")));
    press(&mut state, ":verify<enter>", NOW);
    assert!(asks(&mut state).contains(&Ask::Verify));
}

#[test]
fn ids_and_commands_are_copied() {
    let mut state = sample::state();
    threat(&mut state);
    press(&mut state, "yY", NOW);
    assert!(state.effects.contains(&Effect::Copy(message_id(5).to_string())));
    assert!(state.effects.contains(&Effect::Copy(format!("callboard rooms messages {}", room_id(1)))));
    press(&mut state, "M<tab><tab>a<tab>it's rude<c-y>", NOW);
    let command = format!("callboard mod mute leo --room {} --for 10m --reason 'abuse:it'\\''s rude'", room_id(1));
    assert!(state.effects.contains(&Effect::Copy(command.clone())), "{command}: {:?}", state.effects);
}

#[test]
fn roles_that_may_not_see_or_act_do_not() {
    let mut state = sample::with(Theme::usual(true), Role::Operator);
    press(&mut state, "6", NOW);
    assert!(picture(&state, NOW, SMALL).contains("the role operator may not see this"));
    assert!(!asks(&mut state).iter().any(|a| matches!(a, Ask::List(Some(List::Rooms(_))))));
    let mut state = sample::with(Theme::usual(true), Role::Auditor);
    threat(&mut state);
    press(&mut state, "M", NOW);
    assert!(matches!(state.mode, Mode::Normal));
    assert!(!picture(&state, NOW, LARGE).contains("mute…"), "what cannot be done is not offered");
}

#[test]
fn stale_rooms_are_locked_and_urgent_cases_ring_once() {
    let mut state = sample::state();
    threat(&mut state);
    press(&mut state, "M", NOW + 60_000);
    assert!(matches!(state.mode, Mode::Normal));
    let mut state = sample::state();
    let before = state.alarms.running();
    for _ in 0..3 {
        state.apply(Update::OpenCases(rooms::cases()), NOW);
    }
    assert_eq!(state.effects.iter().filter(|e| **e == Effect::Bell).count(), 1);
    // The one that is late; what somebody has claimed in time is none.
    assert_eq!(state.alarms.running(), before + 1, "{:?}", state.alarms.list());
    state.apply(Update::OpenCases(Vec::new()), NOW);
    assert_eq!(state.alarms.running(), before);
}
