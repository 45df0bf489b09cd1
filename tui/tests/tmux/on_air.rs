//! A call on air in the console: a moderator finds it, sees what it shows, covers it, and takes it off.

use callboard_domain::{CallKind, Coins, ProgrammeState, Role, Slate, TargetState};

use crate::Outcome;
use crate::house::{self, House};
use crate::terminal::{Terminal, chosen};

/// How many cells of a picture are on the screen.
fn blocks(screen: &str) -> usize {
    screen.chars().filter(|c| *c == '▀').count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moderator_sees_what_a_call_shows_on_air_covers_it_and_takes_it_off() -> Outcome {
    if let Some(why) = house::no_air().await {
        eprintln!("not tried, as no call goes on air from this machine: {why}");
        return Ok(());
    }
    let house = House::up().await?;
    let moderator = house.staff("mona", Role::Moderator).await?;
    house.call("flo", "cara", CallKind::Video, Coins::whole(6), Coins::whole(500)).await?;
    let programme = house.on_air("cara", "The show").await?;

    let console = Terminal::start(&house, &moderator).await?;
    console.keys(&["5"])?;
    let on_air = |s: &str| ["The show", "● on air", "1 of 1 live"].iter().all(|says| chosen(s).contains(says));
    let list = console.until("it is on air", on_air).await?;
    assert!(list.contains("off air…") && !list.contains("layout…"), "what a moderator may do:\n{list}");
    console.capture("restreams")?;
    console.keys(&["Enter"])?;
    let blurred = |s: &str| s.contains("picture of the programme, blurred, taken") && blocks(s) > 100;
    console.until("a blurred picture is there", blurred).await?;
    console.capture("programme-blurred")?;
    console.keys(&["v"])?;
    let clear = |s: &str| s.contains("picture of the programme, taken") && blocks(s) > 100;
    console.until("a clear picture is there", clear).await?;
    console.capture("programme")?;
    console.keys(&["i"])?;
    console.until("there is none", |s| s.contains("pictures are off") && blocks(s) == 0).await?;

    console.insist("C", "the dialog asks", |s| s.contains("┌ Cover")).await?;
    console.keys(&["p", "Tab", "Back at nine", "Tab", "pause"])?;
    console.until("the word stands there", |s| s.contains("to confirm: pause")).await?;
    console.capture("programme-cover")?;
    console.insist("Enter", "it is done", |s| s.contains("done: cover pause, The show")).await?;
    console.until("it is covered", |s| s.contains("slate pause")).await?;
    let covered = house.programme(programme).await?;
    assert_eq!(covered.slate, Slate::Pause);
    let mut targets = covered.status.iter().flat_map(|s| &s.targets);
    assert!(targets.all(|t| t.state == TargetState::Live), "its audience stays: {covered:?}");

    console.insist("O", "the dialog asks", |s| s.contains("┌ Take off air")).await?;
    console.keys(&["c", "Tab", "Tab", "off"])?;
    console.until("the word stands there", |s| s.contains("to confirm: off")).await?;
    console.insist("Enter", "it is done", |s| s.contains("done: take off air The show")).await?;
    console.until("it is over", |s| s.contains("■ finished")).await?;
    console.keys(&["q"])?;
    console.ended().await?;
    assert_eq!(house.programme(programme).await?.state, ProgrammeState::Finished);
    house.down().await;
    Ok(())
}
