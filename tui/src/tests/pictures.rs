//! Pictures of every view and dialog: small, large, and without colour.

use callboard_domain::Role;
use ratatui::style::Color;

use super::{buffer, picture, press};
use crate::sample::{self, NOW};
use crate::state::State;
use crate::state::msg::{Link, Update};
use crate::view::theme::Theme;

pub(super) const SMALL: (u16, u16) = (80, 24);
pub(super) const LARGE: (u16, u16) = (200, 60);

/// Takes the pictures of a state that keys lead to: both sizes, and once more without colour, which must say the same.
pub(super) fn take(name: &str, set: impl Fn(&mut State)) {
    let mut colour = sample::state();
    set(&mut colour);
    let mut plain = sample::with(Theme::usual(false), Role::Admin);
    set(&mut plain);
    for (size, suffix) in [(SMALL, "80x24"), (LARGE, "200x60")] {
        let text = picture(&colour, NOW, size);
        insta::assert_snapshot!(format!("{name}_{suffix}"), text);
        let without = buffer(&plain, NOW, size);
        for cell in without.content() {
            assert!(cell.fg == Color::Reset && cell.bg == Color::Reset, "{name}: colour without colour");
        }
        assert_eq!(text, picture(&plain, NOW, size), "{name}: the words differ without colour");
    }
    insta::assert_snapshot!(format!("{name}_plain"), marked(&plain));
}

/// A picture without colour in which bold, dim and reverse can be seen: the style of each line's first cells stands before it.
fn marked(state: &State) -> String {
    use ratatui::style::Modifier;
    let buffer = buffer(state, NOW, SMALL);
    let mut lines = Vec::new();
    for y in 0..buffer.area.height {
        let has = |modifier: Modifier| (0..buffer.area.width).any(|x| buffer[(x, y)].modifier.contains(modifier));
        let signs: String = [(Modifier::BOLD, 'b'), (Modifier::DIM, 'd'), (Modifier::REVERSED, 'r')]
            .iter()
            .map(|(m, c)| if has(*m) { *c } else { ' ' })
            .collect();
        let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        lines.push(format!("{signs}|{}", line.trim_end()));
    }
    lines.join("\n")
}

fn open(state: &mut State) {
    press(state, "/maya<enter><enter>", NOW);
    for second in 0..30_i64 {
        let mut detail = sample::detail(7);
        detail.members[0].quality.rtt_ms = Some(40 + u32::try_from(second * 7 % 50).unwrap());
        state.apply(Update::Detail(Box::new(detail), Some(sample::timeline())), NOW - 400);
    }
}

#[test]
fn calls() {
    take("calls", |_| {});
}

#[test]
fn calls_marked_filtered_sorted() {
    take("calls_filtered", |s| press(s, "/kind=video<enter><space>ssS", NOW));
}

#[test]
fn filter_being_typed() {
    take("filter", |s| press(s, "/runway<120", NOW));
}

#[test]
fn calls_when_the_line_is_lost() {
    take("calls_lost", |s| {
        s.apply(Update::Link(Link::Lost), NOW);
        s.dropped = 2;
    });
}

#[test]
fn calls_when_stale_and_paused() {
    take("calls_paused", |s| press(s, "p", NOW - 30_000));
}

#[test]
fn calls_before_the_first_answer() {
    take("calls_empty", |s| *s = State::new("local".to_owned(), s.theme, jiff::tz::TimeZone::UTC));
}

#[test]
fn books_that_do_not_add_up_and_a_missing_worker() {
    take("alarms", |s| {
        let mut summary = s.house.summary.clone().unwrap();
        summary.ledger_sum = "-0.0100".parse().unwrap();
        s.apply(Update::Summary(summary), NOW);
        s.apply(Update::Workers(sample::workers().into_iter().skip(1).collect()), NOW);
    });
}

#[test]
fn call() {
    take("call", open);
}

#[test]
fn ended() {
    take("ended", |s| press(s, "2", NOW));
}

#[test]
fn money() {
    take("money_wallets", |s| press(s, "3", NOW));
    take("money_transfers", |s| press(s, ":t<enter>", NOW));
    take("money_refunds", |s| press(s, ":refunds<enter>", NOW));
}

#[test]
fn workers() {
    take("workers", |s| press(s, "4", NOW));
}

#[test]
fn help_and_palette() {
    take("help", |s| press(s, "?", NOW));
    take("palette", |s| press(s, ":wo", NOW));
}

#[test]
fn dialog_end() {
    take("dialog_end", |s| press(s, "/maya<enter>E", NOW));
    take("dialog_end_many", |s| press(s, "<space><space><space>E<down><tab>bad <tab>end", NOW));
}

#[test]
fn dialog_mute_and_remove() {
    take("dialog_mute", |s| {
        open(s);
        press(s, "M<down><tab>a", NOW);
    });
    take("dialog_remove", |s| {
        open(s);
        press(s, "X<tab><enter><enter>", NOW);
    });
}

#[test]
fn dialog_refund() {
    let refund = |s: &mut State, within: bool| {
        open(s);
        press(s, "R", NOW);
        s.apply(Update::Preview(1, Ok(sample::preview(within))), NOW);
    };
    take("dialog_refund", |s| refund(s, true));
    take("dialog_refund_above_limit", |s| refund(s, false));
    take("dialog_refund_locked", |s| {
        refund(s, true);
        s.apply(Update::Link(Link::Lost), NOW);
    });
    take("dialog_leaving", |s| {
        refund(s, true);
        press(s, "<c-c>", NOW);
    });
}

#[test]
fn nothing_is_wider_than_the_screen_at_any_size() {
    let mut state = sample::state();
    open(&mut state);
    for width in (20..220).step_by(9) {
        for height in (4..70).step_by(7) {
            picture(&state, NOW, (width, height));
            press(&mut state, "R", NOW);
            picture(&state, NOW, (width, height));
            press(&mut state, "<esc>", NOW);
        }
    }
}

#[test]
fn what_others_wrote_cannot_steer_the_terminal() {
    let mut state = sample::state();
    open(&mut state);
    for keys in ["", "<esc>:refunds<enter>", ":t<enter>"] {
        press(&mut state, keys, NOW);
        let text = picture(&state, NOW, LARGE);
        assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c))));
    }
}
