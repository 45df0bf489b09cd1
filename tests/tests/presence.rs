//! Who is here, as others see it: in rooms and conversations, when somebody was here last, and who is hidden from whom.

use std::time::Duration;

use callboard_contract::api::Nothing;
use callboard_contract::api::presence::{
    Audience, Get, Presence, PresencePrivacy, PresenceState, Privacy, Set, SetPrivacy, SetPrivacyRequest, SetRequest,
    Watch, WhoRequest,
};
use callboard_contract::api::rooms::{Block, BlockRequest, Create, Join, Leave, OnRoomRequest};
use callboard_domain::{RequestId, RoomId};
use callboard_tests::{House, Options, Person};
use serde_json::json;

fn id() -> RequestId {
    RequestId::generate()
}

async fn is(who: &Person, state: PresenceState) {
    who.ask::<Set>(&SetRequest { state }).await;
}

fn about(whom: &Person) -> WhoRequest {
    WhoRequest { uids: vec![whom.uid().clone()] }
}

/// What one sees of another: how he is here, and whether it is told when he was.
async fn sees(who: &Person, whom: &Person) -> (PresenceState, bool) {
    let seen = who.ask::<Get>(&about(whom)).await.users.remove(0);
    assert_eq!(&seen.uid, whom.uid());
    (seen.state, seen.last_seen.is_some())
}

async fn shows(who: &Person, online: Audience, last_seen: Audience) {
    let set = who.ask::<SetPrivacy>(&SetPrivacyRequest { request_id: id(), online, last_seen }).await;
    assert_eq!(set, PresencePrivacy { online, last_seen });
    assert_eq!(who.ask::<Privacy>(&Nothing {}).await, set);
}

/// What somebody was pushed of another, in order.
fn pushed(who: &Person, of: &Person) -> Vec<PresenceState> {
    let read = |push: callboard_contract::Push| serde_json::from_value::<Presence>(push.data).expect("a presence");
    let all = who.heard().into_iter().filter(|push| push.event == "presence.changed").map(read);
    all.filter(|presence| &presence.uid == of.uid()).map(|presence| presence.state).collect()
}

async fn hears(who: &Person, of: &Person, times: usize, state: PresenceState) {
    let what = format!("{} to be {state:?}", of.uid());
    who.hears(&what, |_| pushed(who, of).len() >= times).await;
    assert_eq!(pushed(who, of).last(), Some(&state), "{what}");
}

async fn lounge(host: &Person) -> RoomId {
    let body = json!({ "request_id": id(), "kind": "sub", "name": "Lounge", "access": "public" });
    host.ask::<Create>(&serde_json::from_value(body).expect("a request")).await.room.room_id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hides_is_offline_for_whom_he_hides_from() {
    use PresenceState::{Away, Offline, Online};
    let house = House::start(Options::default()).await;
    let (maya, leo, ann) = (house.person("maya").await, house.person("leo").await, house.person("ann").await);
    assert_eq!(maya.ask::<Privacy>(&Nothing {}).await, PresencePrivacy::default());
    let room = lounge(&maya).await;
    leo.ask::<Join>(&callboard_tests::entering(room, None)).await;

    // Leo shares a room with her, Ann knows nobody. Who set nothing is seen by both.
    for watcher in [&leo, &ann] {
        let seen = watcher.ask::<Watch>(&about(&maya)).await.users.remove(0);
        assert_eq!((seen.state, seen.last_seen), (Offline, None));
    }
    is(&maya, Away).await;
    for watcher in [&leo, &ann] {
        hears(watcher, &maya, 1, Away).await;
        assert_eq!(sees(watcher, &maya).await, (Away, true));
    }

    // For contacts alone: Ann is told that she is offline, once, and nothing after that.
    shows(&maya, Audience::Contacts, Audience::Contacts).await;
    hears(&ann, &maya, 2, Offline).await;
    assert_eq!((sees(&ann, &maya).await, sees(&leo, &maya).await), ((Offline, false), (Away, true)));
    let seen = ann.ask::<Watch>(&about(&maya)).await.users.remove(0);
    assert_eq!((seen.state, seen.last_seen), (Offline, None), "as if she had never been here");
    is(&maya, Online).await;
    hears(&leo, &maya, 3, Online).await;

    // How she is here, and not when she was.
    shows(&maya, Audience::Everybody, Audience::Nobody).await;
    hears(&ann, &maya, 3, Online).await;
    assert_eq!(pushed(&ann, &maya), [Away, Offline, Online], "while she was hidden no sign of life was told");
    for watcher in [&leo, &ann] {
        assert_eq!(sees(watcher, &maya).await, (Online, false));
    }
    assert_eq!(sees(&maya, &maya).await, (Online, true), "she sees herself whatever she set");

    // Nobody: not even contacts, not even by what they are pushed.
    shows(&maya, Audience::Nobody, Audience::Everybody).await;
    hears(&leo, &maya, 5, Offline).await;
    is(&maya, Away).await;
    is(&leo, Online).await;
    assert_eq!((sees(&leo, &maya).await, sees(&ann, &maya).await), ((Offline, false), (Offline, false)));
    assert_eq!(sees(&maya, &leo).await, (Online, true), "who hides sees others as before");

    // Who leaves the room is no contact any more; who is blocked sees nothing, nor does who blocks.
    shows(&maya, Audience::Contacts, Audience::Contacts).await;
    hears(&leo, &maya, 6, Away).await;
    assert_eq!(pushed(&leo, &maya), [Away, Away, Online, Online, Offline, Away]);
    leo.ask::<Leave>(&OnRoomRequest { request_id: id(), room_id: room }).await;
    assert_eq!(sees(&leo, &maya).await, (Offline, false));
    shows(&maya, Audience::Everybody, Audience::Everybody).await;
    assert_eq!(sees(&leo, &maya).await, (Away, true));
    maya.ask::<Block>(&BlockRequest { request_id: id(), uid: leo.uid().clone(), block: true }).await;
    assert_eq!((sees(&leo, &maya).await, sees(&maya, &leo).await), ((Offline, false), (Offline, false)));
    assert_eq!(sees(&ann, &maya).await, (Away, true));
    house.down();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_falls_silent_is_offline_after_a_minute_and_it_is_told_when_it_was_here() {
    let house = House::start(Options::default()).await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    is(&maya, PresenceState::Online).await;
    let here = leo.ask::<Get>(&about(&maya)).await.users.remove(0);
    assert_eq!(here.state, PresenceState::Online);
    maya.leave_house().await;
    // A watch lasts a minute too: it is asked for again, and what it answers is as good as what it pushes.
    let gone = callboard_tests::eventually("her to be gone", Duration::from_secs(90), || async {
        leo.ask::<Watch>(&WhoRequest { uids: vec![here.uid.clone()] }).await;
        let told = |push: &callboard_contract::Push| serde_json::from_value::<Presence>(push.data.clone()).ok();
        leo.heard().iter().filter(|push| push.event == "presence.changed").find_map(told)
    })
    .await;
    assert_eq!((gone.state, gone.last_seen), (PresenceState::Offline, here.last_seen));
    house.down();
}
