//! `demo`: a stack, people and tariffs, a crowd that calls, and the console.

mod cast;
mod crowd;
mod leftovers;
mod player;
mod show;
mod summary;
mod web;

use std::path::PathBuf;
use std::time::Duration;

use callboard_contract::adm::calls::{Live, LiveCall};
use callboard_contract::adm::refund::{Create, CreateRequest, RefundFrom};
use callboard_contract::adm::staff::Me;
use callboard_contract::adm::users::{Token, TokenRequest};
use callboard_contract::api::Nothing;
use callboard_contract::{Page, PageQuery};
use callboard_domain::{At, CallState, Coins, RequestId, Uid};
use callboard_stack::{DataDir, Phase, Stack, StackState};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::up;
use crate::connect::{self, House};
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{Global, PageFlags, PeriodFlags};
use crate::list;

/// A person at the page plays as this user.
const VISITOR: &str = "visitor";
const VISITOR_COINS: Coins = Coins::whole(500);
/// Calls end within their longest script, ring and join times; then something is wrong.
const LAST_CALLS: Duration = Duration::from_mins(3);
const LOOK: Duration = Duration::from_millis(500);
const REFUNDS: usize = 2;

/// Shows Callboard at work: a private stack, people, a crowd that makes paid calls, and the console (changes)
///
/// The media reports of the crowd are scripted; a browser at the printed address makes calls with real media, and four guests with real
/// pictures and sound are on air where this machine can do that.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Without a console: end with a summary, and with exit 0 only if all is right
    #[arg(long)]
    headless: bool,
    /// How long the crowd makes calls; headless 2 if absent, else until the console is left
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=24 * 60))]
    minutes: Option<u32>,
    /// Makes the crowd do the same again
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// A stack that the demo uses, and has to stop if it is its own.
struct Ground {
    state: StackState,
    own: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

impl Ground {
    /// The stack that runs with its data in this folder, or a new one.
    async fn find_or_make(context: &Context) -> Result<Self> {
        if let Some(data) = DataDir::existing(context.data()?)
            && let Some(state) = StackState::now(&data).await.map_err(|error| up::failure(&error))?
            && state.phase == Phase::Ready
        {
            context.note(format!("using the stack that runs with its data in {}", state.data));
            return Ok(Self { state, own: None });
        }
        let options = up::stack_options(context, None)?;
        context.note(format!("starting nats-server, PostgreSQL and the workers; data in {}", options.data.display()));
        let stack = Stack::up(options).await.map_err(|error| up::failure(&error))?;
        let state = stack.state().clone();
        let (stop, mut stopped) = watch::channel(false);
        let watching = tokio::spawn(stack.run_until(async move {
            // An error means that the sender is gone: that is the end, too.
            let _ = stopped.wait_for(|stop| *stop).await;
        }));
        Ok(Self { state, own: Some((stop, watching)) })
    }

    async fn give_back(self, context: &Context) -> Result<()> {
        let Some((stop, watching)) = self.own else { return Ok(()) };
        context.note("stopping the stack");
        stop.send_replace(true);
        watching.await.map_err(|error| Failure::failed(format!("the stack's supervisor failed: {error}")))
    }
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let ground = tokio::select! {
        ground = Ground::find_or_make(context) => ground?,
        () = callboard_stack::terminated() => {
            callboard_stack::down(&context.data()?).await.map_err(|error| up::failure(&error))?;
            return Err(Failure::interrupted());
        }
    };
    let played = tokio::select! {
        played = play(context, &options, &ground) => played,
        () = callboard_stack::terminated() => Err(Failure::interrupted()),
    };
    ground.give_back(context).await?;
    played
}

async fn play(context: &Context, options: &Options, ground: &Ground) -> Result<Outcome> {
    let state = &ground.state;
    let global = Global { data: Some(PathBuf::from(&state.data)), context: None, ..context.global.clone() };
    let house = connect::connect(&global).await?;
    let me = house.call::<Me>(&Nothing {}).await?;
    if !state.development {
        return Err(Failure::usage(format!("the demo plays on development stacks only, not on {}", me.environment)));
    }
    let websocket = state.nats.websocket_url.clone();
    let websocket = websocket.ok_or_else(|| Failure::failed("the stack has no WebSocket listener for client apps"))?;
    if ground.own.is_some() {
        leftovers::end(context, &house).await?;
    }
    let begun = me.server_time;
    context.note("setting tariffs, filling wallets");
    cast::set_tariffs(&house).await?;
    let page = open_page(context, &house, &websocket).await?;
    let show = show::begin(context, &house, state, &websocket).await?;
    if let Some(show) = &show {
        announce(context, show, page.as_ref());
    }
    context.note("the crowd comes in; its media reports are scripted, those of a browser are real");
    let minutes = options.minutes.or(options.headless.then_some(2));
    let crowd = crowd::Crowd::gather(&house, &websocket, options.seed).await?;
    let result = if options.headless {
        headless(context, &house, crowd, show, begun, minutes.unwrap_or(2)).await
    } else {
        with_console(context, &house, crowd, show, &state.data, minutes).await
    };
    drop(page);
    result
}

/// Serves the reference page and prints its address with a token that is ready.
async fn open_page(context: &Context, house: &House, websocket: &str) -> Result<Option<web::Web>> {
    let Some(folder) = web::folder() else {
        context
            .note("the reference page is not here (nats/web); set CALLBOARD_WEB_DIR to its folder to have it served");
        return Ok(None);
    };
    let web = web::serve(&folder).await?;
    let uid = Uid::new(VISITOR).expect("a plain word is a name");
    cast::fund(house, &uid, VISITOR_COINS).await?;
    let token = house.call::<Token>(&TokenRequest { uid, ttl_s: Some(24 * 60 * 60) }).await?.token;
    context.note(format!(
        "a browser makes a call with real media here:\n  http://{}/#ws={websocket}&uid={VISITOR}&token={token}",
        web.address
    ));
    Ok(Some(web))
}

/// Tells where the show can be watched.
fn announce(context: &Context, show: &show::Show, page: Option<&web::Web>) {
    if let Some(web) = page {
        context.note(format!("an audience watches the show here:\n  {}", web.watch(&show.address, show::TITLE)));
    }
    context.note(format!("and any player plays it here:\n  {}", show.address));
}

async fn headless(
    context: &Context,
    house: &House,
    crowd: crowd::Crowd,
    show: Option<show::Show>,
    begun: At,
    minutes: u32,
) -> Result<Outcome> {
    let bar = progress(context, minutes);
    let playing = crowd.play(Duration::from_mins(minutes.into()));
    let mut playing = std::pin::pin!(playing);
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let seen = loop {
        tokio::select! {
            seen = &mut playing => break seen,
            _ = tick.tick() => bar.inc(1),
        }
    };
    bar.finish_and_clear();
    let mut seen_on_air = Vec::new();
    if let Some(show) = show {
        context.note("looking at the show, then taking it off air");
        seen_on_air = show.judge(house).await?;
        seen_on_air.push(show.end(house).await?);
    }
    context.note("waiting for the last calls to end");
    wait_for_silence(house).await?;
    refund_some(context, house, begun).await?;
    let summary = summary::draw_up(house, begun, seen, seen_on_air).await?;
    context.print(&summary.report())?;
    if summary.passed() {
        return Ok(Outcome::Done);
    }
    Err(Failure::failed("the demo did not come out right").hint("the verdicts above say what is wrong"))
}

fn progress(context: &Context, minutes: u32) -> ProgressBar {
    if context.global.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::from(minutes) * 60);
    let style =
        ProgressStyle::with_template("{bar:40} {elapsed} of calls").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style)
}

/// The console in this terminal, while the crowd goes on.
async fn with_console(
    context: &Context,
    house: &House,
    crowd: crowd::Crowd,
    show: Option<show::Show>,
    data: &str,
    minutes: Option<u32>,
) -> Result<Outcome> {
    let lasting = minutes.map_or(Duration::from_hours(24), |minutes| Duration::from_mins(minutes.into()));
    let stop = crowd.stopper();
    // A task of its own: people go on while this one waits for the console.
    let mut playing = tokio::spawn(crowd.play(lasting));
    let somebody_calls = async {
        while live(house).await?.is_empty() {
            tokio::time::sleep(LOOK).await;
        }
        Ok::<_, Failure>(())
    };
    tokio::select! {
        _ = &mut playing => return Err(Failure::failed("the crowd left before anybody called")),
        calls = somebody_calls => calls?,
    }
    let ended = console(data).await;
    context.note("everybody hangs up");
    stop.cancel();
    if let Some(show) = show {
        let (fine, how) = show.end(house).await?;
        if !fine {
            context.note(how);
        }
    }
    let seen = playing.await.map_err(|error| Failure::failed(format!("the crowd failed: {error}")))?;
    for error in &seen.errors {
        context.note(format!("an app failed: {error}"));
    }
    ended
}

/// Runs the console in this terminal until it is left.
async fn console(data: &str) -> Result<Outcome> {
    let program = super::console::program()?;
    let mut console = tokio::process::Command::new(&program);
    let ended = console.args(["--data", data]).kill_on_drop(true).status().await;
    let ended = ended.map_err(|error| Failure::failed(format!("cannot run {}: {error}", program.display())))?;
    if ended.success() { Ok(Outcome::Done) } else { Err(Failure::failed(format!("the console ended with {ended}"))) }
}

async fn live(house: &House) -> Result<Vec<LiveCall>> {
    let all = PageFlags { all: true, ..PageFlags::default() };
    let page = list::read(&all, PeriodFlags::default(), async |query: PageQuery| {
        let page = house.call::<Live>(&query).await?;
        Ok(Page { items: page.items, cursor: page.cursor })
    })
    .await?;
    Ok(page.items)
}

/// Waits until nobody of the crowd is in a call; a person at the page may go on.
async fn wait_for_silence(house: &House) -> Result<()> {
    let silence = async {
        loop {
            let calls = live(house).await?;
            if calls.iter().all(|call| call.payers.iter().any(|payer| payer.as_str() == VISITOR)) {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    // Not an error here: the summary tells how many calls are still live.
    tokio::time::timeout(LAST_CALLS, silence).await.unwrap_or(Ok(()))
}

/// One refund of all, one of half: as finance would after a complaint.
async fn refund_some(context: &Context, house: &House, since: At) -> Result<()> {
    let mut calls = summary::calls(house, since).await?;
    calls.retain(|call| call.state == CallState::Completed && call.charge.is_positive() && call.legs == 1);
    calls.sort_by_key(|call| std::cmp::Reverse(call.charge));
    for (number, call) in calls.iter().take(REFUNDS).enumerate() {
        let half = Coins::from_units((call.charge.units() / 2).max(1));
        let request = CreateRequest {
            request_id: RequestId::generate(),
            call_id: Some(call.call_id),
            leg_id: None,
            transfer_id: None,
            amount: (number > 0).then_some(half),
            from: RefundFrom::Receivers,
            reason: cast::reason("the picture froze"),
            expect_refunded_before: Some(Coins::ZERO),
            dry_run: false,
        };
        let refund = house.call::<Create>(&request).await?;
        context.note(format!("refunded {} of {} coins to {}", refund.amount, call.charge, refund.payer));
    }
    Ok(())
}
