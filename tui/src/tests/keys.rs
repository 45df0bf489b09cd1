//! What keys do, and what they do not do.

use callboard_contract::adm::calls::ActRequest;
use callboard_contract::{ApiError, ErrorCode, ReasonCode};
use callboard_domain::Role;

use super::{picture, press};
use crate::sample::{self, NOW};
use crate::state::action::{Place, Tab};
use crate::state::dialog::Phase;
use crate::state::msg::{Ask, Deed, Done, Link, List, Problem, Update};
use crate::state::{Effect, Mode, State, View};
use crate::view::theme::Theme;

fn deeds(state: &mut State) -> Vec<Deed> {
    let done = |e: Effect| if let Effect::Ask(Ask::Do(deed)) = e { Some(deed) } else { None };
    std::mem::take(&mut state.effects).into_iter().filter_map(done).collect()
}

fn opened() -> State {
    let mut state = sample::state();
    press(&mut state, "/maya<enter><enter>", NOW);
    state.apply(Update::Detail(Box::new(sample::detail(7)), Some(sample::timeline())), NOW);
    state
}

#[test]
fn a_call_is_ended_only_by_reason_and_word() {
    let mut state = sample::state();
    press(&mut state, "/maya<enter>E", NOW);
    press(&mut state, "<enter><enter><enter>", NOW);
    assert!(matches!(state.mode, Mode::Normal), "three times enter leaves it");
    assert!(deeds(&mut state).is_empty());

    press(&mut state, "E<tab><tab>end<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "no reason was chosen");
    let Mode::Dialog(dialog) = &state.mode else { panic!("stays open") };
    assert!(dialog.notice.as_deref().unwrap().contains("reason"));

    press(&mut state, "<esc>Ea<tab>rude to <tab>stop<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "the word is wrong");
    press(&mut state, "<esc>Ea<tab>rude<tab>end<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::End(ActRequest { call_id, reason, dry_run: false, .. })] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((*call_id, reason.code), (sample::id(1), ReasonCode::Abuse));

    let mut after = sample::detail(8);
    after.call.state = callboard_domain::CallState::Completed;
    state.apply(Update::Outcome(sent[0].request_id().clone(), Ok(Done::Call(Box::new(after)))), NOW);
    assert!(matches!(state.mode, Mode::Normal));
    assert!(state.toast.as_ref().unwrap().text.contains("maya → dr_okoye, charged 110.00"));
    assert!(state.house.live.get(sample::id(1)).is_none());
}

#[test]
fn marked_calls_are_ended_together_and_the_word_counts_them() {
    let mut state = sample::state();
    press(&mut state, "<space><space>Et<tab><tab>end<enter>", NOW);
    assert!(deeds(&mut state).is_empty());
    press(&mut state, " 2<enter>", NOW);
    assert_eq!(deeds(&mut state).len(), 2);
}

#[test]
fn half_of_a_leg_is_refunded_by_its_amount() {
    let mut state = opened();
    press(&mut state, "R", NOW);
    press(&mut state, "50%", NOW);
    let last = state
        .effects
        .iter()
        .rev()
        .find_map(|e| if let Effect::Ask(Ask::Preview(n, ask)) = e { Some((*n, ask.clone())) } else { None });
    let (number, ask) = last.unwrap();
    assert_eq!(ask.amount, Some("55".parse().unwrap()));
    state.apply(Update::Preview(number - 1, Err(Problem { code: None, message: "old".to_owned() })), NOW);
    press(&mut state, "<tab>q<tab><tab>55<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "what it would do is not known yet");
    state.apply(Update::Preview(number, Ok(sample::preview(true))), NOW);
    press(&mut state, "<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Refund(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(request.amount, Some("55".parse().unwrap()));
    assert_eq!(request.expect_refunded_before, Some(callboard_domain::Coins::ZERO));

    let refusal = ApiError::new(ErrorCode::Stale, "10.0000 was refunded before by now");
    state.apply(
        Update::Outcome(
            request.request_id.clone(),
            Err(Problem { code: Some(refusal.code), message: refusal.message }),
        ),
        NOW,
    );
    let Mode::Dialog(dialog) = &state.mode else { panic!("stays open") };
    assert_eq!(dialog.phase, Phase::Filling);
    assert!(dialog.confirm.value().is_empty() && dialog.notice.is_some());
}

#[test]
fn above_the_limit_there_is_no_word_to_type() {
    let mut state = opened();
    press(&mut state, "R", NOW);
    state.apply(Update::Preview(1, Ok(sample::preview(false))), NOW);
    press(&mut state, "<tab>q<tab><tab>55<enter>", NOW);
    assert!(deeds(&mut state).is_empty());
    assert!(picture(&state, NOW, (100, 30)).contains("Above your limit"));
}

#[test]
fn acts_are_refused_by_role_by_age_and_without_a_line() {
    let mut state = sample::with(Theme::usual(true), Role::Viewer);
    press(&mut state, "E", NOW);
    assert!(state.toast.as_ref().unwrap().text.contains("viewer may not"));
    assert!(!picture(&state, NOW + 60_000, (120, 30)).contains("end…"), "not offered");

    let mut state = sample::state();
    press(&mut state, "E", NOW + 60_000);
    assert!(state.toast.as_ref().unwrap().text.contains("old"));
    state.apply(Update::Link(Link::Lost), NOW);
    press(&mut state, "E", NOW);
    assert!(state.toast.as_ref().unwrap().text.contains("not connected"));
    assert!(matches!(state.mode, Mode::Normal));

    let mut state = sample::state();
    press(&mut state, "/maya<enter>Ea<tab><tab>end", NOW);
    state.apply(Update::Link(Link::Lost), NOW);
    press(&mut state, "<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "locked in the open dialog too");
}

#[test]
fn a_change_behind_an_open_dialog_takes_the_typed_word_back() {
    let mut state = opened();
    press(&mut state, "Ea<tab><tab>end", NOW);
    let mut changed = sample::detail(9);
    changed.members[1].state = callboard_contract::view::MemberState::Left;
    state.apply(Update::Detail(Box::new(changed), None), NOW);
    press(&mut state, "<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "the word is gone");

    // That coins move is no change to who decides: a hold is extended every few seconds.
    let mut state = opened();
    press(&mut state, "Ea<tab><tab>end", NOW);
    let mut granted = sample::detail(9);
    granted.legs[0].held = callboard_domain::Coins::whole(400);
    state.apply(Update::Detail(Box::new(granted), None), NOW);
    press(&mut state, "<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::End(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(request.expect_version, None, "nor to the house");
}

#[test]
fn mute_names_the_member() {
    let mut state = opened();
    press(&mut state, "<down>Mra<tab><tab><tab>dr_okoye<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "letters on the member field choose no reason");
    press(&mut state, "<esc>M<tab>a<tab><tab>dr_okoye<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Mute(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert!(request.on && request.uid.as_str() == "dr_okoye");
}

#[test]
fn places_crumbs_and_back() {
    let mut state = sample::state();
    press(&mut state, ":tr<enter>", NOW);
    assert_eq!(state.view(), View::At(Place::Money(Tab::Transfers)));
    assert!(state.effects.contains(&Effect::Ask(Ask::List(Some(List::Transfers)))));
    press(&mut state, "<tab>", NOW);
    assert_eq!(state.view(), View::At(Place::Money(Tab::Refunds)));
    press(&mut state, "<enter>", NOW);
    assert_eq!(state.view(), View::Call(sample::id(11)));
    assert!(state.effects.contains(&Effect::Ask(Ask::Watch(Some(sample::id(11))))));
    press(&mut state, "<esc>", NOW);
    assert_eq!(state.view(), View::At(Place::Money(Tab::Refunds)));
    press(&mut state, &format!(":call {}<enter>", sample::id(12)), NOW);
    assert_eq!(state.view(), View::Call(sample::id(12)));
    state.apply(Update::NoDetail(sample::id(12), Problem { code: None, message: "no such call".to_owned() }), NOW);
    assert_eq!(state.view(), View::At(Place::Money(Tab::Refunds)));
}

#[test]
fn a_filter_that_is_left_leaves_the_one_before() {
    let mut state = sample::state();
    press(&mut state, "/kind=video<enter>", NOW);
    assert_eq!(state.calls.order.len(), 2);
    press(&mut state, "/ maya", NOW);
    assert_eq!(state.calls.order.len(), 1);
    press(&mut state, "<esc>", NOW);
    assert_eq!((state.calls.order.len(), state.calls.filter.text()), (2, "kind=video"));
    press(&mut state, "<esc>", NOW);
    assert_eq!(state.calls.order.len(), 5);
}

#[test]
fn ids_and_commands_are_copied() {
    let mut state = sample::state();
    press(&mut state, "/leo<enter>yY", NOW);
    assert!(state.effects.contains(&Effect::Copy(sample::id(2).to_string())));
    assert!(state.effects.contains(&Effect::Copy(format!("callboard calls show {}", sample::id(2)))));
    press(&mut state, "Ea<tab>it's rude<c-y>", NOW);
    let command = format!("callboard calls end {} --reason 'abuse:it'\\''s rude'", sample::id(2));
    assert!(state.effects.contains(&Effect::Copy(command)));
}

#[test]
fn quitting_asks_while_a_dialog_is_open() {
    let mut state = sample::state();
    press(&mut state, "Eq", NOW);
    assert!(!state.quit);
    press(&mut state, "<c-c>n", NOW);
    assert!(!state.quit && matches!(state.mode, Mode::Dialog(_)));
    press(&mut state, "<c-c>y", NOW);
    assert!(state.quit);
    let mut state = sample::state();
    press(&mut state, "q", NOW);
    assert!(state.quit);
}

#[test]
fn pause_holds_the_picture_and_alarms_ring_once() {
    let mut state = sample::state();
    press(&mut state, "p", NOW);
    let before = picture(&state, NOW, (80, 24));
    let mut page = sample::page();
    page.items.truncate(1);
    state.apply(Update::Live { page, round: 9, first: true }, NOW + 1);
    assert_eq!(state.house.live.len(), 5);
    assert!(before.contains("PAUSED"));
    press(&mut state, "p", NOW);
    for round in 10..12 {
        let mut page = sample::page();
        page.items[0].runway_ms = Some(5_000);
        page.items[0].version = 8;
        state.apply(Update::Live { page, round, first: true }, NOW);
    }
    assert_eq!(state.effects.iter().filter(|e| **e == Effect::Bell).count(), 1);
}

#[test]
fn time_goes_on_between_answers_but_not_without_a_line() {
    let mut state = sample::state();
    let row = state.house.live.get(sample::id(1)).unwrap();
    assert_eq!(row.connected_ms(state.data_now(NOW + 1_600)), 1_086_000);
    state.apply(Update::Link(Link::Lost), NOW);
    let row = state.house.live.get(sample::id(1)).unwrap();
    assert_eq!(row.connected_ms(state.data_now(NOW + 60_000)), 1_084_400);
}
