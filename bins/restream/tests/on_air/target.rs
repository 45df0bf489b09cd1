//! Servers to which a programme is pushed: one that refuses the key, and one that goes and comes back.

use callboard_contract::adm::restream::{TargetAdd, TargetAddRequest};
use callboard_contract::programme::{ProgrammeStatus, TargetStatus};
use callboard_domain::{Blame, RequestId, TargetKind, TargetSpec, TargetState};

use crate::server::{Nginx, free_port};
use crate::show::{Show, target};

/// What nobody but the server may learn.
const WRONG_KEY: &str = "geheim-4711";

impl Show {
    pub(crate) async fn add(&self, target: TargetSpec) {
        let request =
            TargetAddRequest { request_id: RequestId::generate(), programme_id: self.id, target, dry_run: false };
        let reply = self.house.ask::<TargetAdd>(&request).await;
        let shown = serde_json::to_string(&reply).unwrap();
        assert!(!shown.contains(WRONG_KEY) && !shown.contains("live/good"), "a key in {shown}");
    }

    pub(crate) async fn target(&self, name: &str, state: TargetState) -> TargetStatus {
        let of = |s: &ProgrammeStatus| s.targets.iter().find(|t| t.name.as_str() == name).cloned();
        let status = self.report(&format!("{name} to be {state}"), |s| of(s).is_some_and(|t| t.state == state)).await;
        of(&status).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_refused_in_words_and_a_server_that_comes_back_is_served_again() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let nginx = Nginx::start(folder.path(), port);
    let show = Show::begin().await;
    show.everybody_is_seen().await;
    show.add(target("wrong", TargetKind::Rtmp, Some(nginx.url(WRONG_KEY)))).await;
    show.add(target("right", TargetKind::Rtmp, Some(nginx.url("good")))).await;

    let refused = show.target("wrong", TargetState::Failed).await;
    let reason = refused.reason.clone().unwrap_or_default();
    assert!(reason.contains("the server refused the stream key"), "{refused:?}");
    assert_eq!((refused.blame, refused.reconnects), (Blame::Settings, 0), "{refused:?}");
    show.target("right", TargetState::Live).await;

    drop(nginx);
    let missed = show.target("right", TargetState::Retrying).await;
    assert!(missed.reason.is_some(), "{missed:?}");
    let nginx = Nginx::start(folder.path(), port);
    let back = show.target("right", TargetState::Live).await;
    assert!(back.reconnects > missed.reconnects, "{missed:?}, then {back:?}");
    let bytes = back.bytes;
    show.report("bytes to flow again", |s| {
        s.targets.iter().any(|t| t.name.as_str() == "right" && t.bytes > bytes + 100_000)
    })
    .await;
    for name in ["players", "tape"] {
        let status = show.target(name, TargetState::Live).await;
        assert_eq!((status.drops, status.reconnects), (0, 0), "{status:?}");
    }
    show.stop().await;

    let recording = show.recording();
    assert_eq!((recording.picture_gaps(0.2), recording.sound_gaps(0.2)), (vec![], vec![]), "the others do not notice");
    let recorded = nginx.recorded();
    drop(nginx);
    assert!(recorded.len() >= 2, "one before and one after: {recorded:?}");
    for path in [recorded.first(), recorded.last()].into_iter().flatten() {
        let found = callboard_media::analyse::file(path).unwrap().find(show.guests[0].role.mark);
        assert!(!found.flashes.is_empty() && !found.beeps.is_empty(), "{}: {found:?}", path.display());
    }
    let log = show.house.log("restream");
    assert!(!log.contains(WRONG_KEY) && !log.contains("live/good"), "a key in the log");
    show.over().await;
}
