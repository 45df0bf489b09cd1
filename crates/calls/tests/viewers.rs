//! Viewers of a call on air who are ended: once, with a reason, and still so when another worker takes over.

mod support;

use callboard_calls::programmes;
use callboard_contract::ErrorCode;
use callboard_contract::adm::restream::{StartRequest, StopRequest};
use callboard_contract::adm::viewers::{EndRequest, Ended};
use callboard_domain::{ProgrammeId, RequestId, StaffName, ViewerId};
use callboard_store::StoreError;
use support::House;

async fn on_air(house: &House, staff: &StaffName) -> ProgrammeId {
    let host = house.creator("host", support::per_second()).await;
    let maya = house.fan("maya", "500").await;
    let call_id = house.group(&host, &[(&maya, false)]).await;
    house.join_all(call_id, &[&host, &maya]).await;
    let request = StartRequest {
        request_id: RequestId::generate(),
        call_id,
        layout: None,
        preset: None,
        mode: None,
        title: None,
        targets: vec![],
        reason: None,
        dry_run: false,
    };
    let reply = programmes::start(house.calls.store(), staff, &request).await.expect("on air");
    reply.programme.programme.programme_id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_is_ended_once_and_the_log_says_by_whom_and_why() {
    let house = House::new().await;
    let staff = StaffName::new("mona").expect("a name");
    let programme_id = on_air(&house, &staff).await;
    let store = house.calls.store();
    let viewer_id = ViewerId::generate();
    let request = |dry_run| EndRequest {
        request_id: RequestId::generate(),
        programme_id,
        viewer_id,
        reason: support::reason(),
        dry_run,
    };
    let refused = |result: Result<Ended, StoreError>| match result {
        Err(StoreError::Refused(error)) => error.code,
        other => panic!("not refused: {other:?}"),
    };

    let would = programmes::end_viewer(store, &staff, &request(true)).await.expect("it would be");
    assert!(would.dry_run);
    assert_eq!(programmes::ended_viewers(store, programme_id).await.expect("a list"), []);

    let first = request(false);
    let ended = programmes::end_viewer(store, &staff, &first).await.expect("ended");
    assert_eq!(ended, Ended { programme_id, viewer_id, dry_run: false });
    assert_eq!(programmes::end_viewer(store, &staff, &first).await.expect("a repeat"), ended);
    assert_eq!(refused(programmes::end_viewer(store, &staff, &request(false)).await), ErrorCode::Conflict);
    assert_eq!(programmes::ended_viewers(store, programme_id).await.expect("a list"), [viewer_id]);
    assert_eq!(programmes::ended_viewers(store, ProgrammeId::generate()).await.expect("a list"), []);
    let unknown = EndRequest { programme_id: ProgrammeId::generate(), ..request(false) };
    assert_eq!(refused(programmes::end_viewer(store, &staff, &unknown).await), ErrorCode::NotFound);

    let logged: Vec<(String, Option<String>)> =
        sqlx::query_as("select actor, reason from store.actions where act = 'viewers.end' and target = $1")
            .bind(viewer_id.to_string())
            .fetch_all(&house.base.owner)
            .await
            .expect("the log");
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(logged[0].0 == "staff:mona" && logged[0].1.is_some(), "{logged:?}");

    let stop =
        StopRequest { request_id: RequestId::generate(), programme_id, reason: support::reason(), dry_run: false };
    programmes::stop(store, &staff, &stop).await.expect("off air");
    let late = EndRequest { viewer_id: ViewerId::generate(), ..request(false) };
    assert_eq!(refused(programmes::end_viewer(store, &staff, &late).await), ErrorCode::Conflict);
}
