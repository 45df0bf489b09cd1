//! What the screen asks for: what to follow, what a refund would do, and the acts themselves.

use std::time::Duration;

use callboard_client::ClientError;
use callboard_contract::adm::audit::Verify;
use callboard_contract::adm::calls::{ActReply, End, Mute, Remove};
use callboard_contract::adm::cases::{Claim, Decide, Note, Release};
use callboard_contract::adm::moderation::{DeleteMessages, Impose, Lift};
use callboard_contract::adm::people::Reveal;
use callboard_contract::adm::refund::{Create, Preview, PreviewRequest};
use callboard_contract::adm::restream::{ChangeLayout, ChangeSlate, ProgrammeReply, Stop};
use callboard_contract::adm::rooms::{ActReply as RoomReply, Close, Lock, Slow};
use callboard_contract::api::Nothing;
use callboard_domain::{CallId, ProgrammeId};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Shared;
use super::sink::problem;
use crate::picture::Look;
use crate::state::msg::{Ask, Deed, Done, Followed, List, Update};

/// While somebody types an amount, only what stands still this long is asked for.
const TYPING: Duration = Duration::from_millis(120);

/// What the other tasks are told to keep current.
pub(super) struct Orders {
    pub(super) watched: watch::Sender<Option<CallId>>,
    pub(super) programme: watch::Sender<Option<ProgrammeId>>,
    pub(super) listed: watch::Sender<Option<List>>,
    pub(super) looked: watch::Sender<Option<Look>>,
    pub(super) followed: watch::Sender<Option<Followed>>,
}

pub(super) async fn run(shared: Shared, mut asks: UnboundedReceiver<Ask>, orders: Orders) {
    let mut question: Option<(u64, PreviewRequest)> = None;
    loop {
        let ask = tokio::select! {
            ask = asks.recv() => ask,
            () = sleep(TYPING), if question.is_some() => {
                if let Some((number, request)) = question.take() {
                    tokio::spawn(preview(shared.clone(), number, request));
                }
                continue;
            }
        };
        match ask {
            None => return,
            Some(Ask::Watch(call)) => drop(orders.watched.send_replace(call)),
            Some(Ask::Programme(programme)) => drop(orders.programme.send_replace(programme)),
            Some(Ask::Look(look)) => drop(orders.looked.send_replace(look)),
            Some(Ask::List(list)) => drop(orders.listed.send_replace(list)),
            Some(Ask::Follow(followed)) => drop(orders.followed.send_replace(followed)),
            Some(Ask::Verify) => drop(tokio::spawn(verify(shared.clone()))),
            Some(Ask::Preview(number, request)) => question = Some((number, request)),
            Some(Ask::Do(deed)) => drop(tokio::spawn(carry_out(shared.clone(), deed))),
        }
    }
}

async fn preview(shared: Shared, number: u64, request: PreviewRequest) {
    let answer = shared.staff.call::<Preview>(&request).await.map_err(|e| problem(&e));
    shared.sink.must(Update::Preview(number, answer)).await;
}

async fn verify(shared: Shared) {
    let report = shared.staff.call::<Verify>(&Nothing {}).await.map_err(|e| problem(&e));
    shared.sink.must(Update::Verified(report)).await;
}

/// Does it and tells what came of it. Sent once: whoever sees no answer sends the same again, and the request id keeps it one act.
async fn carry_out(shared: Shared, deed: Deed) {
    let id = deed.request_id().clone();
    let call = |reply: ActReply| Done::Call(Box::new(reply.call));
    let programme = |reply: ProgrammeReply| Done::Programme(Box::new(reply.programme));
    let room = |reply: RoomReply| Done::Room(Box::new(reply.room));
    let case = |case| Done::Case(Box::new(case));
    let staff = &shared.staff;
    let result: Result<Done, ClientError> = match &deed {
        Deed::Impose(request) => staff.call::<Impose>(request).await.map(|reply| Done::Imposed(Box::new(reply))),
        Deed::Lift(request) => staff.call::<Lift>(request).await.map(|reply| Done::Lifted(Box::new(reply))),
        Deed::Reveal(request) => staff.call::<Reveal>(request).await.map(Done::Revealed),
        Deed::Delete(request) => staff.call::<DeleteMessages>(request).await.map(Done::Deleted),
        Deed::Lock(request) => staff.call::<Lock>(request).await.map(room),
        Deed::Slow(request) => staff.call::<Slow>(request).await.map(room),
        Deed::Close(request) => staff.call::<Close>(request).await.map(room),
        Deed::Claim(request) => staff.call::<Claim>(request).await.map(case),
        Deed::Release(request) => staff.call::<Release>(request).await.map(case),
        Deed::Note(request) => staff.call::<Note>(request).await.map(case),
        Deed::Decide(request) => staff.call::<Decide>(request).await.map(case),
        Deed::End(request) => shared.staff.call::<End>(request).await.map(call),
        Deed::Mute(request) => shared.staff.call::<Mute>(request).await.map(call),
        Deed::Remove(request) => shared.staff.call::<Remove>(request).await.map(call),
        Deed::Refund(request) => shared.staff.call::<Create>(request).await.map(Done::Refund),
        Deed::Layout(request) => shared.staff.call::<ChangeLayout>(request).await.map(programme),
        Deed::Slate(request) => shared.staff.call::<ChangeSlate>(request).await.map(programme),
        Deed::Stop(request) => shared.staff.call::<Stop>(request).await.map(programme),
    };
    match &result {
        Ok(_) => tracing::info!(request_id = %id, ?deed, "done"),
        Err(error) => tracing::warn!(request_id = %id, %error, "refused"),
    }
    shared.sink.must(Update::Outcome(id, result.map_err(|e| problem(&e)))).await;
    shared.call_nudge.notify_one();
    shared.live_nudge.notify_one();
    shared.programme_nudge.notify_one();
    shared.list_nudge.notify_one();
    shared.followed_nudge.notify_one();
    shared.cases_nudge.notify_one();
}
