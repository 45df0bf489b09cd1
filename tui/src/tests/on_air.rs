//! Calls on air: what is shown of them, what keys do, and which pictures are asked for.

use callboard_contract::ErrorCode;
use callboard_domain::{Layout, Role, Slate};
use ratatui::style::Color;

use super::pictures::{LARGE, SMALL, take};
use super::{buffer, picture, press};
use crate::picture::{Look, Means, Way};
use crate::sample::{self, NOW};
use crate::sample_air;
use crate::state::action::Place;
use crate::state::msg::{Ask, Deed, Done, Link, List, Problem, Update};
use crate::state::{Effect, State, View};
use crate::view::theme::Theme;

fn read(state: &mut State) {
    state.apply(Update::Programme(Box::new(sample_air::programme())), NOW - 400);
}

/// Goes to the list.
fn list(state: &mut State) {
    state.apply(Update::Programmes(sample_air::programmes()), NOW - 400);
    press(state, "5", NOW);
}

/// Opens the one that is on air.
fn open(state: &mut State) {
    list(state);
    press(state, "<down><enter>", NOW);
    read(state);
}

fn see(state: &mut State) {
    if let Some(look) = state.sight() {
        state.apply(Update::Picture(Box::new(Ok(sample_air::picture(look)))), NOW);
    }
}

fn colours() -> Means {
    Means { true_colour: true, ..Means::default() }
}

/// Takes pictures of a state that shows a still, at both sizes, with colour and without: those differ, as colours become shades.
fn take_still(name: &str, set: impl Fn(&mut State)) {
    for (size, suffix) in [(SMALL, "80x24"), (LARGE, "200x60")] {
        for (colour, kind) in [(true, "colour"), (false, "shades")] {
            let mut state = sample::with(Theme::usual(colour), Role::Admin);
            state.pictures.means = colours();
            state.resize(size);
            open(&mut state);
            set(&mut state);
            insta::assert_snapshot!(format!("{name}_{suffix}_{kind}"), picture(&state, NOW, size));
            let buffer = buffer(&state, NOW, size);
            let drawn = |cell: &&ratatui::buffer::Cell| matches!(cell.bg, Color::Rgb(..) | Color::Indexed(_));
            let points = buffer.content().iter().filter(drawn).count();
            assert_eq!(points > 100, colour, "{name}: {points} points of colour");
            let reset = |cell: &ratatui::buffer::Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
            assert!(colour || buffer.content().iter().all(reset), "{name}: colour without colour");
        }
    }
}

#[test]
fn restreams() {
    take("restreams", list);
    take("restreams_sorted", |s| {
        list(s);
        press(s, "sssS/show<enter>", NOW);
    });
    take("restreams_empty", |s| {
        press(s, "5", NOW);
        s.apply(Update::Programmes(Vec::new()), NOW);
    });
}

#[test]
fn programme_without_a_picture() {
    take("programme_waiting", open);
    take("programme_pictures_off", |s| {
        open(s);
        press(s, "i", NOW);
    });
    take("programme_no_picture", |s| {
        open(s);
        press(s, "<down><down><down><down>", NOW);
        let of = s.sight().unwrap();
        let problem = Problem { code: Some(ErrorCode::NotFound), message: "cy sends no picture".to_owned() };
        s.apply(Update::Picture(Box::new(Err((of, problem)))), NOW);
    });
    take("programme_no_right", |s| {
        *s = sample::with(s.theme, Role::Operator);
        open(s);
    });
}

#[test]
fn programme_with_a_picture() {
    take_still("programme_blurred", see);
    take_still("programme_clear", |s| {
        press(s, "v", NOW);
        see(s);
    });
}

#[test]
fn dialogs_on_programmes() {
    take("dialog_layout", |s| {
        open(s);
        press(s, "L<down><down><down><tab><down>", NOW);
    });
    take("dialog_cover", |s| {
        list(s);
        press(s, "<down>C", NOW);
        read(s);
        press(s, "p<tab>back at nine", NOW);
    });
    take("dialog_off_air", |s| {
        open(s);
        press(s, "Oc<tab>", NOW);
    });
}

#[test]
fn help_of_the_opened_programme() {
    take("help_programme", |s| {
        open(s);
        press(s, "?", NOW);
    });
}

fn looks(state: &mut State) -> Vec<Option<Look>> {
    let look = |e: Effect| if let Effect::Ask(Ask::Look(look)) = e { Some(look) } else { None };
    std::mem::take(&mut state.effects).into_iter().filter_map(look).collect()
}

#[test]
fn a_picture_is_blurred_until_asked_and_none_is_asked_for_when_off_or_unseen() {
    let mut state = sample::state();
    state.resize(LARGE);
    open(&mut state);
    let asked = looks(&mut state);
    let [Some(look)] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(look.blurred && look.guest.is_none() && look.width() == 32);
    see(&mut state);
    assert!(state.pictures.shown.is_some());

    press(&mut state, "v", NOW);
    let asked = looks(&mut state);
    let [Some(look)] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(!look.blurred && look.width() > 32);
    assert!(state.pictures.shown.is_none(), "the blurred one is not taken for the clear one");
    let late = sample_air::picture(Look { blurred: true, ..look.clone() });
    state.apply(Update::Picture(Box::new(Ok(late))), NOW);
    assert!(state.pictures.shown.is_none(), "nor is one that comes late");
    see(&mut state);

    press(&mut state, "v", NOW);
    assert!(state.pictures.shown.is_none(), "what was clear is gone at once");
    press(&mut state, "v<down><down>", NOW);
    let asked = looks(&mut state);
    assert_eq!(asked.last().unwrap().as_ref().unwrap().guest.as_ref().unwrap().as_str(), "ann");

    press(&mut state, "i", NOW);
    assert_eq!(looks(&mut state), [None]);
    press(&mut state, "i<esc>", NOW);
    assert_eq!(looks(&mut state).last(), Some(&None), "nobody looks");
    press(&mut state, "<enter>", NOW);
    read(&mut state);
    assert!(looks(&mut state).last().unwrap().as_ref().unwrap().blurred, "opened again, it is blurred again");

    press(&mut state, "p", NOW);
    assert_eq!(looks(&mut state), [None], "a picture held still asks for no other");

    for role in [Role::Operator, Role::Viewer] {
        let mut state = sample::with(Theme::usual(true), role);
        open(&mut state);
        press(&mut state, "v", NOW);
        assert_eq!(looks(&mut state), [], "{role}");
        assert!(state.toast.as_ref().unwrap().text.contains("may not"), "{role}");
    }
}

#[test]
fn a_picture_of_a_lost_line_is_grey_and_says_that_it_is_old() {
    let mut state = sample::state();
    state.pictures.means = colours();
    open(&mut state);
    see(&mut state);
    state.apply(Update::Link(Link::Lost), NOW);
    let buffer = buffer(&state, NOW, SMALL);
    assert!(picture(&state, NOW, SMALL).contains("blurred, taken 14:02:00, OLD"));
    let mut points = 0;
    for cell in buffer.content() {
        if let Color::Rgb(red, green, blue) = cell.bg {
            assert!(red == green && green == blue);
            points += 1;
        }
    }
    assert!(points > 100, "{points}");
}

#[test]
fn what_the_terminal_draws_by_itself_makes_room_for_dialogs() {
    let mut state = sample::state();
    state.pictures.means = Means { way: Way::Kitty, font: (10, 20), true_colour: true };
    open(&mut state);
    press(&mut state, "v", NOW);
    see(&mut state);
    let placeholders = |state: &State| picture(state, NOW, SMALL).contains('\u{10EEEE}');
    assert!(placeholders(&state));
    press(&mut state, "O", NOW);
    assert!(!placeholders(&state) && picture(&state, NOW, SMALL).contains('▀'));
    press(&mut state, "<esc>", NOW);
    assert!(placeholders(&state));
    // With another size there is another room: until the next picture comes, blocks fill it.
    state.resize((60, 20));
    assert!(looks(&mut state).last().unwrap().as_ref().unwrap().room.0 < 60);
    picture(&state, NOW, (60, 20));
}

fn deeds(state: &mut State) -> Vec<Deed> {
    let done = |e: Effect| if let Effect::Ask(Ask::Do(deed)) = e { Some(deed) } else { None };
    std::mem::take(&mut state.effects).into_iter().filter_map(done).collect()
}

#[test]
fn a_programme_is_covered_laid_out_and_taken_off_air_only_by_word() {
    let mut state = sample::state();
    open(&mut state);
    press(&mut state, "C<tab>none<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "nothing was chosen");
    press(&mut state, "<esc>Cb<tab>soon<tab>pause<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "the word is that of another slate");
    press(&mut state, "<esc>Cb<tab>soon<tab>back-soon", NOW);
    let mut covered = sample_air::programme();
    covered.programme.slate = Slate::Pause;
    state.apply(Update::Programme(Box::new(covered)), NOW);
    press(&mut state, "<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "somebody else covered it meanwhile");
    press(&mut state, "C<esc>Cb<tab>soon<tab>back-soon<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Slate(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((request.slate, request.text.as_deref()), (Slate::BackSoon, Some("soon")));
    state.apply(
        Update::Outcome(request.request_id.clone(), Ok(Done::Programme(Box::new(sample_air::programme())))),
        NOW,
    );
    assert!(state.toast.as_ref().unwrap().text.contains("done: cover back-soon, night-talk"));

    press(&mut state, "Lss<tab><down>", NOW);
    press(&mut state, "<tab>stage<c-y><enter>", NOW);
    let focus = |e: &Effect| matches!(e, Effect::Copy(text) if text.ends_with(" stage --focus ann"));
    assert!(state.effects.iter().any(focus), "{:?}", state.effects);
    let sent = deeds(&mut state);
    let [Deed::Layout(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((request.layout, request.focus.as_ref().unwrap().as_str()), (Layout::Stage, "ann"));
    press(&mut state, "<esc>", NOW);

    press(&mut state, "O<tab><tab>off<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "without a reason");
    press(&mut state, "<esc>Oc<tab><tab>off<enter>", NOW);
    let sent = deeds(&mut state);
    assert!(matches!(sent.as_slice(), [Deed::Stop(_)]), "{sent:?}");
}

#[test]
fn acts_on_programmes_are_locked_by_role_by_age_and_when_it_is_over() {
    let says = |state: &State| state.toast.as_ref().unwrap().text.clone();
    let mut state = sample::with(Theme::usual(true), Role::Moderator);
    open(&mut state);
    press(&mut state, "L", NOW);
    assert!(says(&state).contains("moderator may not"));
    let offered = picture(&state, NOW, LARGE);
    assert!(!offered.contains("layout…"), "not offered");

    let mut state = sample::state();
    open(&mut state);
    press(&mut state, "O", NOW + 60_000);
    assert!(says(&state).contains("old"));

    let mut state = sample::state();
    list(&mut state);
    press(&mut state, "GC", NOW);
    assert!(says(&state).contains("the programme is over"));
}

#[test]
fn from_the_list_to_the_call_and_back_to_its_programme() {
    let mut state = sample::state();
    list(&mut state);
    press(&mut state, ":calls<enter>:rs<enter>", NOW);
    assert_eq!(state.view(), View::At(Place::Restreams));
    assert!(state.effects.contains(&Effect::Ask(Ask::List(Some(List::Programmes)))));
    press(&mut state, "<down>Y<enter>", NOW);
    let programme = View::Programme(sample_air::programme_id(3));
    assert_eq!(state.view(), programme);
    let copied = Effect::Copy(format!("callboard restream show {}", sample_air::programme_id(3)));
    assert!(state.effects.contains(&copied));
    read(&mut state);
    press(&mut state, "c", NOW);
    assert_eq!(state.view(), View::Call(sample::id(3)));
    assert!(state.effects.contains(&Effect::Ask(Ask::Programme(None))), "it is not followed any more");
    press(&mut state, "a", NOW);
    assert_eq!((state.view(), state.views().len()), (programme, 2), "back, not deeper");
    press(&mut state, "1/maya<enter>a", NOW);
    assert!(state.toast.as_ref().unwrap().text.contains("not on air"), "another call");

    press(&mut state, &format!(":programme {}<enter>", sample_air::programme_id(9)), NOW);
    let nobody = Problem { code: Some(ErrorCode::NotFound), message: "no such programme".to_owned() };
    state.apply(Update::NoProgramme(sample_air::programme_id(9), nobody), NOW);
    assert_eq!(state.view(), View::At(Place::Calls));
}

#[test]
fn trouble_on_air_is_an_alarm_and_old_trouble_is_not() {
    let mut state = sample::state();
    list(&mut state);
    let texts: Vec<&str> = state.alarms.list().iter().map(|a| a.text.as_str()).collect();
    assert!(texts.contains(&"night-talk on air: target push retrying, fault of the other side"), "{texts:?}");
    assert!(texts.contains(&"reading room on air: failed: it ended 5 times in a row"), "{texts:?}");
    assert!(!texts.iter().any(|text| text.contains("long ago") || text.contains("morning")), "{texts:?}");
}

#[test]
fn a_programme_fits_on_any_screen() {
    let mut state = sample::state();
    open(&mut state);
    press(&mut state, "v", NOW);
    for width in (20..220).step_by(13) {
        for height in (4..70).step_by(5) {
            state.resize((width, height));
            see(&mut state);
            picture(&state, NOW, (width, height));
        }
    }
}
