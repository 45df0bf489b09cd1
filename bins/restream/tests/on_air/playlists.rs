//! What players get: all since it began, or the last seconds.

use callboard_contract::adm::restream::{TargetAdd, TargetAddRequest, TargetRemove, TargetRemoveRequest};
use callboard_domain::{RequestId, TargetKind, TargetName, TargetState};

use crate::player;
use crate::show::{ANN, Plan, Show, target};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_kept_from_its_beginning_and_a_live_playlist_is_not() {
    let targets = vec![target("all", TargetKind::HlsEvent, None)];
    let show = Show::of(Plan { cast: vec![ANN], targets, ..Plan::default() }).await;
    let address = show.address().await;
    let event = player::play(&address, 4).await.playlist;
    assert!(event.contains("#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-PROGRAM-DATE-TIME"), "{event}");
    assert!(event.contains("#EXT-X-TARGETDURATION:4\n") && event.matches("#EXTINF").count() >= 4, "{event}");
    let begins = sequence(&event);

    // One of the two is enough: both would write the same playlist.
    let second = TargetAddRequest {
        request_id: RequestId::generate(),
        programme_id: show.id,
        target: target("live", TargetKind::Hls, None),
        dry_run: false,
    };
    let refused = show.house.admin().call::<TargetAdd>(&second).await.expect_err("it is refused").to_string();
    assert!(refused.contains("one hls or hls-event target"), "{refused}");
    let name = TargetName::new("all").unwrap();
    let gone = TargetRemoveRequest { request_id: RequestId::generate(), programme_id: show.id, name, dry_run: false };
    let reply = show.house.ask::<TargetRemove>(&gone).await;
    assert_eq!(reply.programme.programme.hls_url, None, "nothing is there any more");
    show.host.hears("that it cannot be watched", |p| p.event == "stage.on_air" && p.data["hls_url"].is_null()).await;
    show.target("all", TargetState::Finished).await;
    show.add(second.target).await;
    show.target("live", TargetState::Live).await;
    // The old address is still good.
    let live = player::play(&address, 16).await.playlist;
    assert!(!live.contains("EVENT") && live.matches("#EXTINF").count() == 12, "{live}");
    assert!(sequence(&live) > begins, "{event}\n{live}");
    show.stop().await;
    show.over().await;
}

/// The number of the first segment.
fn sequence(playlist: &str) -> u64 {
    let number = playlist.lines().find_map(|line| line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:"));
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number in {playlist}"))
}
