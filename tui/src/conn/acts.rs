//! What the screen asks for: what to follow, what a refund would do, and the acts themselves.

use std::time::Duration;

use callboard_client::ClientError;
use callboard_contract::adm::calls::{ActReply, End, Mute, Remove};
use callboard_contract::adm::refund::{Create, Preview, PreviewRequest};
use callboard_domain::CallId;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Shared;
use super::sink::problem;
use crate::state::msg::{Ask, Deed, Done, List, Update};

/// While somebody types an amount, only what stands still this long is asked for.
const TYPING: Duration = Duration::from_millis(120);

pub(super) async fn run(
    shared: Shared,
    mut asks: UnboundedReceiver<Ask>,
    watched: watch::Sender<Option<CallId>>,
    listed: watch::Sender<Option<List>>,
) {
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
            Some(Ask::Watch(call)) => drop(watched.send_replace(call)),
            Some(Ask::List(list)) => drop(listed.send_replace(list)),
            Some(Ask::Preview(number, request)) => question = Some((number, request)),
            Some(Ask::Do(deed)) => drop(tokio::spawn(carry_out(shared.clone(), deed))),
        }
    }
}

async fn preview(shared: Shared, number: u64, request: PreviewRequest) {
    let answer = shared.staff.call::<Preview>(&request).await.map_err(|e| problem(&e));
    shared.sink.must(Update::Preview(number, answer)).await;
}

/// Does it and tells what came of it. Sent once: whoever sees no answer sends the same again, and the request id keeps it one act.
async fn carry_out(shared: Shared, deed: Deed) {
    let id = deed.request_id().clone();
    let call = |reply: ActReply| Done::Call(Box::new(reply.call));
    let result: Result<Done, ClientError> = match &deed {
        Deed::End(request) => shared.staff.call::<End>(request).await.map(call),
        Deed::Mute(request) => shared.staff.call::<Mute>(request).await.map(call),
        Deed::Remove(request) => shared.staff.call::<Remove>(request).await.map(call),
        Deed::Refund(request) => shared.staff.call::<Create>(request).await.map(Done::Refund),
    };
    match &result {
        Ok(_) => tracing::info!(request_id = %id, ?deed, "done"),
        Err(error) => tracing::warn!(request_id = %id, %error, "refused"),
    }
    shared.sink.must(Update::Outcome(id, result.map_err(|e| problem(&e)))).await;
    shared.call_nudge.notify_one();
    shared.live_nudge.notify_one();
}
