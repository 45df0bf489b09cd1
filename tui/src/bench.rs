//! Measures how long a frame takes over many live calls: the same state, keys and drawing as the console, on a screen in memory.

use std::time::{Duration, Instant};

use callboard_contract::adm::calls::{LiveCall, LivePage, Quality};
use callboard_contract::api::calls::Line;
use callboard_domain::{At, CallId, CallKind, CallState, Coins, LegState, Uid};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::state::State;
use crate::state::msg::{Link, Update};
use crate::view::theme::Theme;

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Frames {
    /// Live calls.
    pub calls: usize,
    /// Frames drawn.
    pub frames: u32,
    /// The mean time to draw one, the screen's difference to the one before included.
    pub mean: Duration,
    /// 99 of 100 frames took no longer.
    pub p99: Duration,
    /// Time to take one page of 500 rows, sorting and alarms included.
    pub page: Duration,
}

/// Draws `frames` frames of a table of `calls` live calls on a screen of this size, with a key between every two of them.
pub fn frames(calls: usize, frames: u32, (width, height): (u16, u16)) -> Frames {
    let mut state = State::new("bench".to_owned(), Theme::usual(true), TimeZone::UTC);
    state.apply(Update::Link(Link::Up), 0);
    let pages: Vec<Vec<LiveCall>> =
        (0..calls).map(crowd).collect::<Vec<_>>().chunks(500).map(<[LiveCall]>::to_vec).collect();
    let mut page_time = Duration::ZERO;
    let mut taken = 0_u32;
    for round in 1..=2 {
        for (i, items) in pages.iter().enumerate() {
            let cursor = (i + 1 < pages.len()).then(|| i.to_string());
            let page = LivePage { as_of: At::from_ms(1_800_000_000_000), items: items.clone(), cursor };
            let began = Instant::now();
            state.apply(Update::Live { page, round, first: i == 0 }, 1_000);
            if round == 2 {
                page_time += began.elapsed();
                taken += 1;
            }
        }
    }
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen in memory has no way to fail");
    let mut times: Vec<Duration> = Vec::new();
    for frame in 0..frames {
        let now = 1_000 + i64::from(frame) * 33;
        let key = if frame % 2 == 0 { KeyCode::Down } else { KeyCode::PageDown };
        state.key(KeyEvent::new(key, KeyModifiers::NONE), now);
        let began = Instant::now();
        terminal.draw(|f| crate::view::draw(f, &state, now)).expect("a screen in memory has no way to fail");
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    let mean = times.iter().sum::<Duration>() / frames.max(1);
    Frames { calls, frames, mean, p99, page: page_time / taken.max(1) }
}

fn crowd(i: usize) -> LiveCall {
    let n = i64::try_from(i).unwrap_or_default();
    let uid = |text: String| Uid::new(text).expect("letters, digits and `_` make a name");
    LiveCall {
        call_id: CallId::generate(),
        kind: CallKind::ALL[i % 3],
        state: CallState::Active,
        leg_state: if i.is_multiple_of(37) { LegState::Suspended } else { LegState::Metered },
        payers: vec![uid(format!("fan_{i}"))],
        payee: uid(format!("creator_{}", i % 997)),
        members: 2,
        tariff_name: "coin-burn".to_owned(),
        created_at: At::from_ms(1_799_999_000_000),
        connected_ms: n * 997 % 3_600_000,
        burn_per_minute: Coins::from_units(n * 7_919 % 400_000),
        platform_per_minute: Coins::from_units(n * 7_919 % 400_000 / 5),
        runway_ms: Some(n * 613 % 3_600_000),
        charge: Coins::whole(n % 500),
        held: Coins::whole(n % 300),
        available: Some(Coins::whole(n % 900)),
        quality: Quality {
            line: Some(Line::Connected),
            rtt_ms: Some(u32::try_from(i % 500).unwrap_or_default()),
            loss_permille: Some(u32::try_from(i % 70).unwrap_or_default()),
            ..Quality::default()
        },
        lost_at: None,
        low_balance: i.is_multiple_of(41),
        muted_by_staff: i.is_multiple_of(211),
        version: 1,
    }
}
