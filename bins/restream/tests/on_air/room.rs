//! What staff hear of a programme for which no worker has room.

use callboard_contract::adm::restream::{ProgrammeRef, ProgrammeRow, Show as ShowProgramme, Start, StartRequest};
use callboard_domain::{CallKind, OutputPreset, ProgrammeState, RequestId};
use callboard_tests::{PATIENCE, eventually};
use serde_json::json;

use crate::show::{ANN, Plan, Show};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_that_finds_no_room_says_so_and_begins_when_another_ends() {
    // One that is new counts for a whole core.
    let env = vec![("CALLBOARD_PROGRAMME_CORES", "1")];
    let show = Show::of(Plan { cast: vec![ANN], preset: OutputPreset::P1080, env, ..Plan::default() }).await;
    let (host, guest) = (show.house.person("second-host").await, show.house.person("second-guest").await);
    host.offers("second", CallKind::Group, "60").await;
    let call = host.gathers(&[(&guest, false)]).await;
    let request =
        json!({ "request_id": RequestId::generate(), "call_id": call, "preset": "480p30", "title": "Too much" });
    let request: StartRequest = serde_json::from_value(request).unwrap();
    let id = show.house.ask::<Start>(&request).await.programme.programme.programme_id;
    let becomes = async |what: &str, fits: fn(&ProgrammeRow) -> bool| {
        eventually(what, PATIENCE, || async {
            let row = show.house.ask::<ShowProgramme>(&ProgrammeRef { programme_id: id }).await.programme;
            fits(&row).then_some(row)
        })
        .await
    };
    let waits = becomes("no room", |row| row.said.is_some()).await;
    assert_eq!(waits.state, ProgrammeState::Waiting, "{waits:?}");
    assert!(waits.said.as_deref().is_some_and(|said| said.starts_with("no room")), "{waits:?}");
    show.stop().await;
    let runs = becomes("it to be on air", |row| row.state == ProgrammeState::OnAir).await;
    assert_eq!(runs.said, None, "{runs:?}");
    host.end(call).await;
    show.over().await;
}
