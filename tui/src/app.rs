//! The loop: keys first, then updates, then a frame if anything changed, never more than 30 a second.

use std::io::IsTerminal;
use std::sync::atomic::Ordering;
use std::time::Duration;

use callboard_client::Context;
use color_eyre::eyre::{Result, WrapErr, bail};
use crossterm::event::{Event, EventStream};
use futures::{FutureExt, StreamExt};
use jiff::tz::TimeZone;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use crate::conn::{self, Wire};
use crate::state::{Effect, State};
use crate::term::{self, Screen};
use crate::view::{self, theme::Theme};
use crate::{logs, picture};

/// At most 30 frames a second.
const FRAME: Duration = Duration::from_millis(33);
/// The clock on the screen moves at least this often.
const TICK: Duration = Duration::from_secs(1);
/// So many updates are taken before keys are looked at again.
const BATCH: usize = 64;

/// How the console is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to connect, and as whom.
    pub context: Context,
    /// The context's name, for the header.
    pub name: String,
    /// Whether colours may be used.
    pub colour: bool,
    /// How pictures are shown.
    pub pictures: picture::Wish,
    /// How often live calls are read where they fit on one page.
    pub poll: Duration,
}

/// Runs the console until it is left.
pub async fn run(options: Options) -> Result<()> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        bail!("the console needs a terminal; use the `callboard` command in scripts");
    }
    let log = logs::start()?;
    term::install_hooks()?;
    let mut signals = Signals::listen().wrap_err("cannot listen for signals")?;
    let theme = Theme::usual(options.colour);
    let mut state = State::new(options.name, theme, TimeZone::system());
    let wire = conn::start(options.context, options.poll);
    let mut screen = Screen::take().wrap_err("cannot take the terminal")?;
    // Before keys are read: the terminal's answers come the same way.
    state.pictures.means = picture::find(options.pictures, options.colour);
    if state.pictures.means.way == picture::Way::Kitty {
        Screen::forget(picture::KITTY_ID);
    }
    state.pictures.on = options.pictures != picture::Wish::Off;
    state.resize(crossterm::terminal::size().wrap_err("cannot read the terminal's size")?);
    let ended = turn(&mut state, wire, &mut screen, &mut signals).await;
    drop(screen);
    ended.wrap_err_with(|| format!("the console ended; its log is {}", log.display()))
}

async fn turn(state: &mut State, mut wire: Wire, screen: &mut Screen, signals: &mut Signals) -> Result<()> {
    let mut keys = EventStream::new();
    let start = Instant::now();
    let clock = || i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
    let mut last_frame = start.checked_sub(FRAME).unwrap_or(start);
    let mut next_tick = start + TICK;
    while !state.quit {
        // What is to be drawn may wait for its turn; keys and updates go on meanwhile.
        let due = if state.dirty { last_frame + FRAME } else { next_tick };
        tokio::select! {
            biased;
            event = keys.next() => match event {
                Some(event) => input(state, &event.wrap_err("cannot read the terminal")?, clock()),
                None => return Ok(()),
            },
            () = signals.any() => return Ok(()),
            () = sleep_until(due) => {}
            update = wire.updates.recv() => {
                let Some(update) = update else { bail!("the connection's task ended") };
                state.apply(update, clock());
                for _ in 1..BATCH {
                    let Some(Some(update)) = wire.updates.recv().now_or_never() else { break };
                    state.apply(update, clock());
                }
            }
        }
        let dropped = wire.dropped.load(Ordering::Relaxed);
        state.dirty |= dropped != state.dropped;
        state.dropped = dropped;
        for effect in std::mem::take(&mut state.effects) {
            match effect {
                // The task is gone: the next update that does not come ends the loop.
                Effect::Ask(ask) => drop(wire.asks.send(ask)),
                Effect::Copy(text) => Screen::copy(&text).wrap_err("cannot write to the terminal")?,
                Effect::Bell => Screen::bell().wrap_err("cannot write to the terminal")?,
            }
        }
        let now = Instant::now();
        if now >= next_tick {
            state.tick(clock());
            next_tick = now + TICK;
        }
        if state.dirty && now >= last_frame + FRAME {
            let at = clock();
            screen.terminal.draw(|frame| view::draw(frame, state, at)).wrap_err("cannot draw")?;
            state.dirty = false;
            last_frame = now;
        }
    }
    Ok(())
}

fn input(state: &mut State, event: &Event, now: i64) {
    match event {
        Event::Key(key) => state.key(*key, now),
        Event::Resize(columns, rows) => state.resize((*columns, *rows)),
        Event::FocusGained => state.dirty = true,
        Event::FocusLost | Event::Mouse(_) | Event::Paste(_) => {}
    }
}

/// The signals that end the console.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
