//! The connection side: keeps asking the house what the screen needs, and tells it what staff decided.
//!
//! Each kind of question has a task of its own, so that a slow answer to one delays no other. Whatever comes goes through one
//! bounded queue; if the screen cannot keep up, updates that the next look repeats anyway are dropped and counted, others wait.

mod acts;
mod calls;
mod cases;
mod followed;
mod lists;
mod programmes;
mod sink;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use callboard_client::{ConnectionState, Context, Staff};
use callboard_contract::adm::staff::Me;
use callboard_contract::api::Nothing;
use callboard_domain::{CallId, Power, ProgrammeId};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use self::sink::{Sink, problem};
use crate::state::msg::{Ask, Link, Update};

/// How many updates may wait for the screen.
const QUEUE: usize = 1024;
/// How often it is asked who the caller is: roles can change.
const ME_EVERY: Duration = Duration::from_secs(30);
/// How long to wait before another try where the house cannot be reached at all.
const RETRY: Duration = Duration::from_secs(2);

/// The screen's end of the connection.
pub(crate) struct Wire {
    pub(crate) updates: mpsc::Receiver<Update>,
    pub(crate) asks: mpsc::UnboundedSender<Ask>,
    /// How many updates were dropped.
    pub(crate) dropped: Arc<AtomicU64>,
}

/// What all tasks share.
#[derive(Clone)]
struct Shared {
    staff: Staff,
    sink: Sink,
    /// The call to follow.
    watched: watch::Receiver<Option<CallId>>,
    /// The programme to follow.
    programme: watch::Receiver<Option<ProgrammeId>>,
    /// Something happened to a programme: the followed one, and the list, are looked at anew.
    programme_nudge: Arc<Notify>,
    list_nudge: Arc<Notify>,
    /// Something happened to a room, a case or a user that is followed.
    followed_nudge: Arc<Notify>,
    /// Something happened to a case: the list on the screen, and the open ones, are looked at anew.
    cases_nudge: Arc<Notify>,
    open_nudge: Arc<Notify>,
    /// Something happened to the followed call.
    call_nudge: Arc<Notify>,
    /// Something happened to some live call.
    live_nudge: Arc<Notify>,
    /// What the caller may do, once it is known.
    powers: watch::Receiver<Vec<Power>>,
    poll: Duration,
}

/// Starts the connection.
pub(crate) fn start(context: Context, poll: Duration) -> Wire {
    let (updates_tx, updates) = mpsc::channel(QUEUE);
    let (asks, asks_rx) = mpsc::unbounded_channel();
    let dropped = Arc::new(AtomicU64::new(0));
    let sink = Sink::new(updates_tx, Arc::clone(&dropped));
    tokio::spawn(run(context, poll, sink, asks_rx));
    Wire { updates, asks, dropped }
}

async fn run(context: Context, poll: Duration, sink: Sink, asks: mpsc::UnboundedReceiver<Ask>) {
    let staff = loop {
        match Staff::open(&context).await {
            Ok(staff) => break staff,
            Err(error) => {
                tracing::warn!(%error, "cannot connect");
                sink.must(Update::Link(Link::Refused(error.to_string()))).await;
                tokio::time::sleep(RETRY).await;
            }
        }
    };
    let (watch_tx, watched) = watch::channel(None);
    let (programme_tx, programme) = watch::channel(None);
    let (list_tx, listed) = watch::channel(None);
    let (look_tx, looked) = watch::channel(None);
    let (follow_tx, followed) = watch::channel(None);
    let (powers_tx, powers) = watch::channel(Vec::new());
    let shared = Shared {
        staff,
        sink,
        watched,
        programme,
        programme_nudge: Arc::default(),
        list_nudge: Arc::default(),
        followed_nudge: Arc::default(),
        cases_nudge: Arc::default(),
        open_nudge: Arc::default(),
        call_nudge: Arc::default(),
        live_nudge: Arc::default(),
        powers,
        poll,
    };
    let (touch_tx, touched) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(link(shared.clone()));
    tasks.spawn(me(shared.clone(), powers_tx));
    tasks.spawn(calls::live(shared.clone()));
    tasks.spawn(calls::events(shared.clone(), touch_tx));
    tasks.spawn(calls::touched(shared.clone(), touched));
    tasks.spawn(calls::detail(shared.clone()));
    tasks.spawn(lists::summary(shared.clone()));
    tasks.spawn(lists::workers(shared.clone()));
    tasks.spawn(lists::chosen(shared.clone(), listed));
    tasks.spawn(lists::refund_watch(shared.clone()));
    tasks.spawn(programmes::watch(shared.clone()));
    tasks.spawn(programmes::events(shared.clone()));
    tasks.spawn(programmes::detail(shared.clone()));
    tasks.spawn(programmes::pictures(shared.clone(), looked));
    tasks.spawn(cases::watch(shared.clone()));
    tasks.spawn(cases::events(shared.clone()));
    tasks.spawn(followed::follow(shared.clone(), followed));
    let orders = acts::Orders {
        watched: watch_tx,
        programme: programme_tx,
        listed: list_tx,
        looked: look_tx,
        followed: follow_tx,
    };
    tasks.spawn(acts::run(shared, asks, orders));
    // No task ends by itself, except when the screen is gone: then all may.
    if let Some(Err(error)) = tasks.join_next().await {
        tracing::error!(%error, "a task of the connection failed");
    }
}

/// Tells how the line is, each time it changes.
async fn link(shared: Shared) {
    let mut state = shared.staff.connection();
    let mut was_up = false;
    loop {
        let link = match &*state.borrow_and_update() {
            ConnectionState::Connected => Link::Up,
            ConnectionState::Disconnected { .. } if was_up => Link::Lost,
            ConnectionState::Disconnected { .. } => Link::Connecting,
            ConnectionState::Refused(reason) => Link::Refused(reason.clone()),
        };
        was_up |= link == Link::Up;
        shared.sink.must(Update::Link(link)).await;
        if state.changed().await.is_err() {
            return;
        }
    }
}

/// Asks who the caller is, and again from time to time.
async fn me(shared: Shared, powers: watch::Sender<Vec<Power>>) {
    let mut again = every(ME_EVERY);
    loop {
        up(&shared).await;
        match shared.staff.call::<Me>(&Nothing {}).await {
            Ok(me) => {
                powers.send_replace(me.powers.clone());
                shared.sink.must(Update::Me(me)).await;
                again.tick().await;
            }
            Err(error) => {
                shared.sink.send(Update::Trouble(format!("who am I: {}", problem(&error).message)));
                tokio::time::sleep(RETRY).await;
            }
        }
        if shared.sink.gone() {
            return;
        }
    }
}

/// Waits until the line is up: questions without a line are not worth asking.
async fn up(shared: &Shared) {
    let mut state = shared.staff.connection();
    // An error means that the connection is gone for good; the caller's next question says so.
    let _ = state.wait_for(|s| matches!(s, ConnectionState::Connected)).await;
}

/// Ticks that never pile up.
fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
