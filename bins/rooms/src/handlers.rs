//! From requests to the crates that know: each handler reads the caller from the subject and hands on.

mod chat;
mod rooms;
mod staff;

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::Host;
use callboard_rooms::{Did, closing};
use callboard_store::Store;
use callboard_worker::House;

use crate::automod::Watch;
use crate::fanout::Fanout;
use crate::files::Signer;
use crate::poster::Poster;
use crate::typing::TypingPace;

const LOOK_FOR_EMPTY_EVERY: Duration = Duration::from_secs(10);

/// All that handlers need.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) fanout: Arc<Fanout>,
    pub(crate) poster: Poster,
    pub(crate) watch: Watch,
    pub(crate) typing: TypingPace,
    pub(crate) signer: Arc<Signer>,
}

impl Desk {
    /// Tells members what was done, and gives the answer.
    pub(crate) fn done<T>(&self, did: Did<T>) -> T {
        self.fanout.tell(did.told);
        did.reply
    }
}

/// Gives the host a handler for every endpoint that this worker owns.
pub(crate) fn host(host: Host, desk: &Arc<Desk>) -> Host {
    let host = rooms::host(host, desk);
    let host = staff::host(host, desk);
    chat::host(host, desk)
}

/// Closes temporary rooms that nobody has been in for long.
pub(crate) fn start_closing(house: &House, fanout: &Arc<Fanout>) {
    let (store, fanout) = (house.store.clone(), Arc::clone(fanout));
    house.every("empty rooms", LOOK_FOR_EMPTY_EVERY, move || {
        let (store, fanout) = (store.clone(), Arc::clone(&fanout));
        async move { closing::close_empty(&store).await.map(|told| fanout.tell(told)) }
    });
}

/// A handler: clones what it needs, takes caller and request.
macro_rules! on {
    ($host:expr, $desk:expr, $endpoint:ty, |$d:ident, $caller:ident, $request:ident| $body:expr) => {{
        let desk = std::sync::Arc::clone($desk);
        $host.endpoint::<$endpoint, _, _>(move |$caller, $request| {
            let $d = std::sync::Arc::clone(&desk);
            async move { $body }
        })
    }};
}
pub(crate) use on;
