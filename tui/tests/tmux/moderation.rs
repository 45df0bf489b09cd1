//! A report in the console: somebody is threatened in a room and reports it; the moderator sees the case, looks at the evidence, mutes, and
//! decides. The mute stands, and who reported it is told.

use callboard_client::App;
use callboard_contract::PageQuery;
use callboard_contract::adm::audit::{Ls as Acts, LsRequest as ActsRequest};
use callboard_contract::adm::moderation::{Sanctions, SanctionsRequest};
use callboard_contract::api::chat::{Send, SendRequest};
use callboard_contract::api::reports::{Create as Report, CreateRequest, Mine, ReportOn};
use callboard_contract::api::rooms::{Join, JoinRequest, Primary, PrimaryRequest};
use callboard_contract::room::{MessageKind, MessageView};
use callboard_domain::{CaseOutcome, ReportCategory, RequestId, Role, RoomId, SanctionKind, Scope};

use crate::Outcome;
use crate::house::House;
use crate::terminal::{Terminal, chosen};

/// What a terminal must not obey: it clears the screen, sets the title and goes home.
const THREAT: &str = "I know where you live \u{1b}[2J\u{1b}]0;pwned\u{7}\u{1b}[H just wait";

async fn join(app: &App, room_id: RoomId) -> Outcome {
    app.call::<Join>(&JoinRequest { request_id: RequestId::generate(), room_id, fee: None }).await?;
    Ok(())
}

async fn says(app: &App, room_id: RoomId, body: &str) -> Result<MessageView, callboard_client::CallError> {
    let request = SendRequest {
        request_id: RequestId::generate(),
        room_id,
        kind: MessageKind::Text,
        body: body.to_owned(),
        reply_to: None,
        mentions: Vec::new(),
        attachment: None,
        commitment: None,
    };
    app.call::<Send>(&request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moderator_sees_what_was_reported_looks_at_the_evidence_and_mutes() -> Outcome {
    let house = House::up().await?;
    let moderator = house.staff("mona", Role::Moderator).await?;
    let (maya, leo, felix) = (house.app("maya").await?, house.app("leo").await?, house.app("felix").await?);
    let room = maya.call::<Primary>(&PrimaryRequest { tenant: "maya".parse()? }).await?.room.room_id;
    join(&leo, room).await?;
    join(&felix, room).await?;
    says(&felix, room, "good evening everybody").await?;
    let threat = says(&leo, room, THREAT).await?;

    let console = Terminal::start(&house, &moderator).await?;
    console.keys(&["6"])?;
    console.choose("the room is listed", "maya").await?;
    console.keys(&["Enter"])?;
    console.until("what is said is shown", |s| s.contains("good evening everybody")).await?;
    let late = says(&felix, room, "leo, please stop").await?;
    console.until("what is said since is shown too", |s| s.contains("leo, please stop")).await?;
    console.capture("room")?;

    let report = CreateRequest {
        request_id: RequestId::generate(),
        on: ReportOn::Message { room_id: room, message_id: threat.message_id },
        category: ReportCategory::Violence,
        text: "he threatens me".to_owned(),
        proof: None,
    };
    felix.call::<Report>(&report).await?;
    console.keys(&["7"])?;
    let listed = |s: &str| ["! high", "leo", "violence", "nobody"].iter().all(|says| chosen(s).contains(says));
    console.until("the case is listed", listed).await?;
    console.capture("cases")?;
    console.keys(&["Enter"])?;
    let shown = ["✓ as it was written", "I know where you live", "he threatens me", late.body.as_str(), "‼"];
    console.until("the evidence is shown", |s| shown.iter().all(|says| s.contains(says))).await?;
    console.keys(&["M"])?;
    console.until("a case must be claimed", |s| s.contains("claim the case first")).await?;
    console.insist("C", "it is claimed", |s| s.contains("claimed by mona")).await?;
    console.capture("case")?;

    console.insist("M", "the dialog asks", |s| s.contains("┌ Mute")).await?;
    console.keys(&["Tab", "Tab", "a", "Tab", "Tab", "leo"])?;
    console.until("the word stands there", |s| s.contains("to confirm: leo")).await?;
    console.capture("case-mute")?;
    console.insist("Enter", "it is done", |s| s.contains("done: mute leo")).await?;
    console.until("the case has it", |s| s.contains("imposed: mute of leo")).await?;
    let refused = says(&leo, room, "you cannot stop me").await;
    assert!(refused.is_err(), "the mute stands: {refused:?}");
    says(&felix, room, "thank you").await?;
    let asked = SanctionsRequest { uid: Some("leo".parse()?), standing: true, ..SanctionsRequest::default() };
    let standing = house.admin.call::<Sanctions>(&asked).await?.items;
    let [mute] = standing.as_slice() else { return Err(format!("one sanction, not {standing:?}").into()) };
    assert_eq!((mute.kind, &mute.scope, mute.actor.as_str()), (SanctionKind::Mute, &Scope::Room(room), "staff:mona"));

    console.insist("O", "the dialog asks", |s| s.contains("┌ Decide")).await?;
    console.keys(&["s", "Tab", "a", "Tab", "Tab", "sanctioned"])?;
    console.until("the word stands there", |s| s.contains("to confirm: sanctioned")).await?;
    console.insist("Enter", "it is done", |s| s.contains("done: decide sanctioned")).await?;
    console.until("it is decided", |s| s.contains("■ sanctioned by staff:mona")).await?;
    let mine = felix.call::<Mine>(&PageQuery::default()).await?.items;
    assert_eq!(mine[0].outcome, Some(CaseOutcome::Sanctioned));

    console.keys(&["u"])?;
    let user = |s: &str| chosen(s).contains("mute") && chosen(s).contains("● stands") && s.contains("le…");
    console.until("the user is shown, devices masked", user).await?;
    console.insist("V", "the dialog asks", |s| s.contains("┌ Reveal")).await?;
    console.keys(&["a", "Tab", "Tab", "leo"])?;
    console.until("the word stands there", |s| s.contains("to confirm: leo")).await?;
    console.insist("Enter", "it is shown", |s| s.contains("leo-phone")).await?;
    console.keys(&["9"])?;
    console.until("it is logged", |s| chosen(s).contains("people.reveal") && chosen(s).contains("staff:mona")).await?;
    console.insist("v", "the log is whole", |s| s.contains("✓ intact at")).await?;
    console.capture("audit")?;
    console.keys(&["q"])?;
    console.ended().await?;

    let acts = ActsRequest { id: Some("leo".to_owned()), limit: Some(20), ..ActsRequest::default() };
    let acts = house.admin.call::<Acts>(&acts).await?.items;
    assert!(acts.iter().any(|act| act.act == "people.reveal" && act.actor == "staff:mona"), "{acts:?}");
    for app in [maya, leo, felix] {
        app.close().await;
    }
    house.down().await;
    Ok(())
}
