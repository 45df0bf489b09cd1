//! What a muted, kicked, banned, suspended or restricted person can still do: nothing that was taken from him, whatever his app tries. Each attempt
//! stands in a table with the time from the moderator's act to the refusal or the cut, and none takes a second.

#[path = "sanctions/audit.rs"]
mod audit;
#[path = "sanctions/calls.rs"]
mod calls;
#[path = "sanctions/cuts.rs"]
mod cuts;
#[path = "sanctions/floods.rs"]
mod floods;
#[path = "sanctions/media.rs"]
mod media;
#[path = "sanctions/policy.rs"]
mod policy;
#[path = "sanctions/rooms.rs"]
mod rooms;
#[path = "sanctions/stand.rs"]
mod stand;
#[path = "sanctions/table.rs"]
mod table;

use callboard_contract::adm::moderation::{Lift, LiftRequest, Sanctions, SanctionsRequest};
use callboard_domain::{RequestId, SanctionKind, Scope};
use callboard_tests::why;

use stand::Stand;
use table::Table;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_his_app_tries_is_refused_or_cut_within_a_second() {
    let stand = Stand::new().await;
    let mut table = Table::default();
    rooms::a_muted_person_is_not_read_nor_heard(&stand, &mut table).await;
    rooms::a_kicked_person_is_out_and_may_come_back(&stand, &mut table).await;
    rooms::a_person_banned_from_a_room_stays_out(&stand, &mut table).await;
    calls::a_person_banned_by_a_creator_is_out_of_his_calls_and_rooms(&stand, &mut table).await;
    calls::a_restricted_person_spends_nothing(&stand, &mut table).await;
    calls::a_person_out_of_the_platform_is_cut_off(&stand, &mut table, SanctionKind::Suspend).await;
    calls::a_person_out_of_the_platform_is_cut_off(&stand, &mut table, SanctionKind::Ban).await;
    media::media_into_a_call_goes_nowhere(&stand, &mut table).await;
    table.all_within_a_second();
    audit::everything_stands_in_the_log_and_a_change_of_it_shows(&stand).await;
    stand.house.balanced().await;
    stand.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_cut_is_said_and_who_is_on_a_list_comes_in_nowhere() {
    let stand = Stand::new().await;
    cuts::only_what_is_gone_is_forgotten(&stand).await;
    policy::who_is_on_a_list_comes_in_nowhere_and_learns_of_nothing(&stand).await;
    policy::a_device_on_a_list_is_of_no_use(&stand).await;
    stand.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_floods_the_house_is_cut_and_nobody_else_notices() {
    let stand = Stand::new().await;
    floods::who_floods_is_cut(&stand).await;
    stand.down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_stays_as_it_was_and_the_reporter_is_told() {
    let stand = Stand::new().await;
    audit::evidence_outlives_edit_and_deletion(&stand).await;
    stand.down().await;
}

impl Stand {
    /// Takes back everything that stands against somebody.
    async fn pardon(&self, name: &str) {
        let request =
            SanctionsRequest { uid: Some(callboard_tests::uid(name)), standing: true, ..SanctionsRequest::default() };
        for sanction in self.ask::<Sanctions>(&request).await.items {
            let request = LiftRequest {
                request_id: RequestId::generate(),
                sanction_id: sanction.sanction_id,
                reason: why(),
                dry_run: false,
            };
            assert!(!self.ask::<Lift>(&request).await.sanction.stands);
        }
    }

    /// The room as a scope.
    fn in_room(&self) -> Scope {
        Scope::Room(self.room)
    }
}
