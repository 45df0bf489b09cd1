//! The console in a terminal, over a whole house: an operator finds the call that burns most, opens it and ends it with a reason;
//! finance refunds half. What was on the screens is written to the folder in `CALLBOARD_CAPTURES`, if that is set.

mod house;
mod moderation;
mod on_air;
mod terminal;

use callboard_contract::PageQuery;
use callboard_contract::adm::calls::{Ls as CallsLs, LsRequest};
use callboard_contract::adm::refund::Ls as RefundsLs;
use callboard_domain::{CallKind, Coins, EndReason, Role};

use self::house::House;
use self::terminal::{Terminal, chosen};

pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Who calls whom, what it costs per minute, and with how many coins.
const CALLS: [(&str, &str, CallKind, i64, i64); 5] = [
    ("fred", "cleo", CallKind::Audio, 6, 500),
    ("zoe", "dario", CallKind::Video, 18, 60),
    ("flo", "cara", CallKind::Video, 240, 10_000),
    ("finn", "cody", CallKind::Video, 12, 1_000),
    ("leo", "stella", CallKind::Chat, 3, 3),
];
/// The call is let run for so long, so that there is something to see.
const SOME_SECONDS: u64 = 6;

/// The connected time in a row, in seconds.
fn minutes(row: &str) -> u64 {
    let time = row.split_once("metered").and_then(|(_, rest)| rest.split_whitespace().next()).unwrap_or_default();
    time.split(':').filter_map(|part| part.parse::<u64>().ok()).fold(0, |sum, part| sum * 60 + part)
}

/// The word that the dialog wants.
fn word(screen: &str) -> Option<String> {
    let (_, rest) = screen.split_once("type ")?;
    rest.split_once(" to confirm").map(|(word, _)| word.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_ends_the_call_that_burns_most_and_finance_refunds_half() -> Outcome {
    let house = House::up().await?;
    let operator = house.staff("otto", Role::Operator).await?;
    let finance = house.staff("fiona", Role::Finance).await?;
    // Whoever burns most stands neither first nor last among the calls that are made. One of them is low on coins.
    for (fan, creator, kind, rate, coins) in CALLS {
        house.call(fan, creator, kind, Coins::whole(rate), Coins::whole(coins)).await?;
    }

    let console = Terminal::start(&house, &operator).await?;
    let calls = console
        .until("the calls are metered", |s| s.matches("● metered").count() >= 4 && minutes(chosen(s)) >= SOME_SECONDS)
        .await?;
    assert!(chosen(&calls).contains("flo → cara"), "the one that burns most is on top:\n{calls}");
    console.capture("calls")?;
    console.keys(&["Enter"])?;
    console.until("the call is open", |s| s.contains("line of time") && s.contains("PAYER")).await?;
    console.capture("call")?;
    console.insist("E", "the dialog asks", |s| s.contains("┌ End call")).await?;
    console.keys(&["f", "Tab", "picture froze", "Tab", "end"])?;
    console.until("the word stands there", |s| s.contains("to confirm: end")).await?;
    console.capture("end")?;
    console.insist("Enter", "it is done", |s| s.contains("done: end call flo → cara")).await?;
    console.keys(&["q"])?;
    console.ended().await?;

    let asked = LsRequest { uid: Some("cara".parse()?), ..LsRequest::default() };
    let ended = house.admin.call::<CallsLs>(&asked).await?.items.remove(0);
    assert_eq!(ended.end_reason, Some(EndReason::Staff));
    assert!(ended.charge.is_positive(), "something was used: {ended:?}");

    let console = Terminal::start(&house, &finance).await?;
    console.until("it is live", |s| s.contains("● live")).await?;
    console.keys(&[":", "ended", "Enter"])?;
    // Others may have run dry since.
    console.choose("the ended call is listed", "flo → cara").await?;
    console.keys(&["Enter"])?;
    console.until("it is open", |s| s.contains("line of time") && s.contains("■ completed")).await?;
    console.insist("R", "the dialog asks", |s| s.contains("┌ Refund")).await?;
    console.until("the whole is proposed", |s| s.contains("Give back")).await?;
    console.keys(&["50%", "Tab", "q", "Tab", "picture froze", "Tab"])?;
    let half = house::half(ended.charge);
    let asks =
        console.until("half is proposed", |s| word(s).and_then(|w| w.parse::<Coins>().ok()) == Some(half)).await?;
    let amount = word(&asks).ok_or("no word")?;
    console.keys(&[&amount])?;
    console.until("the amount stands there", |s| s.contains(&format!("to confirm: {amount}"))).await?;
    console.capture("refund")?;
    console.insist("Enter", "it is done", |s| s.contains("done: refund")).await?;
    console.keys(&["3", "BTab"])?;
    console.until("it is listed", |s| s.contains("[refunds]") && chosen(s).contains("flo")).await?;
    console.capture("money")?;
    console.keys(&["q"])?;
    console.ended().await?;

    let refunds = house.admin.call::<RefundsLs>(&PageQuery::default()).await?.items;
    let [refund] = refunds.as_slice() else { return Err(format!("one refund, not {refunds:?}").into()) };
    assert_eq!((refund.amount, refund.call_id, refund.actor.as_str()), (half, Some(ended.call_id), "staff:fiona"));
    house.down().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_terminal_is_given_back_on_signals_and_acts_are_locked_without_a_line() -> Outcome {
    let nowhere = Terminal::nowhere().await?;
    let screen = nowhere.until("it is drawn", |s| s.contains("age —")).await?;
    assert!(screen.contains("connecting") || screen.contains("DISCONNECTED"), "{screen}");
    nowhere.keys(&["E"])?;
    nowhere.until("acts are locked", |s| s.contains("not connected: acts are locked")).await?;
    nowhere.terminate()?;
    nowhere.ended().await?;
    Ok(())
}
