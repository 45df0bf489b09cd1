//! The room, case or user on the screen: read about once a second while it is there, and only then. Staff are pushed no chat.

use std::time::Duration;

use callboard_client::ClientError;
use callboard_contract::ErrorCode;
use callboard_contract::adm::cases::{CaseDetail, CaseRef, Evidence, ReportRef, Show as ShowCase};
use callboard_contract::adm::moderation::{Sanctions, SanctionsRequest};
use callboard_contract::adm::people::{Sessions, Show as ShowPerson, WhoRequest};
use callboard_contract::adm::rooms::{Members, MembersRequest, Messages, MessagesRequest, Show as ShowRoom};
use callboard_contract::api::rooms::RoomRef;
use callboard_contract::sanction::SanctionView;
use callboard_domain::{CaseId, CaseState, ReportId, RoomId, SanctionId};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::sink::problem;
use super::{Shared, up};
use crate::state::msg::{Followed, Update};
use crate::state::room::RoomLook;

/// How often it is read.
const EVERY: Duration = Duration::from_secs(1);
/// Between two looks, however much happens.
const LEAST_GAP: Duration = Duration::from_millis(250);
/// How many messages of a room are read, and how many members.
const MESSAGES: u32 = 100;
const MEMBERS: u32 = 100;
/// How many sanctions of a person are looked through for those of the case, the newest first.
const SANCTIONS: u32 = 50;

/// Follows what is open on the screen.
pub(super) async fn follow(shared: Shared, mut wanted: watch::Receiver<Option<Followed>>) {
    // Evidence is frozen: read once it is not read again.
    let mut read: Option<ReportId> = None;
    loop {
        let followed = wanted.borrow_and_update().clone();
        let Some(followed) = followed else {
            read = None;
            if wanted.changed().await.is_err() {
                return;
            }
            continue;
        };
        up(&shared).await;
        let began = Instant::now();
        tokio::select! {
            () = look(&shared, &followed, &mut read) => {}
            // Something else is wanted: the answer to the old question does not matter any more.
            changed = wanted.changed() => if changed.is_err() { return } else { continue },
        }
        tokio::select! {
            () = sleep_until(began + EVERY) => {}
            () = async { shared.followed_nudge.notified().await; sleep_until(began + LEAST_GAP).await } => {}
            changed = wanted.changed() => if changed.is_err() { return },
        }
    }
}

async fn look(shared: &Shared, followed: &Followed, read: &mut Option<ReportId>) {
    let answer = match followed {
        Followed::Room(id) => room(shared, *id).await.map(|look| Update::Room(Box::new(look))),
        Followed::Case(case_id, report) => {
            if let Some(report_id) = report.filter(|id| Some(*id) != *read) {
                match shared.staff.call::<Evidence>(&ReportRef { report_id }).await {
                    Ok(view) => {
                        *read = Some(report_id);
                        shared.sink.must(Update::Evidence(Box::new(view))).await;
                    }
                    Err(error) => {
                        shared.sink.send(Update::Trouble(format!("evidence: {}", problem(&error).message)));
                    }
                }
            }
            if report.is_none() {
                *read = None;
            }
            case(shared, *case_id).await.map(|detail| Update::Case(Box::new(detail)))
        }
        Followed::Person(uid) => {
            let who = WhoRequest { uid: uid.clone() };
            let (detail, sessions) =
                tokio::join!(shared.staff.call::<ShowPerson>(&who), shared.staff.call::<Sessions>(&who));
            detail.and_then(|detail| Ok(Update::Person(Box::new(detail), Box::new(sessions?))))
        }
    };
    match answer {
        Ok(update) => shared.sink.send(update),
        Err(error) => {
            let problem = problem(&error);
            if matches!(problem.code, Some(ErrorCode::NotFound | ErrorCode::Forbidden | ErrorCode::BadRequest)) {
                shared.sink.must(Update::NoFollowed(followed.clone(), problem)).await;
            } else {
                shared.sink.send(Update::Trouble(problem.message));
            }
        }
    }
}

/// A case with what was imposed in it: until it is decided it does not name that itself, the sanctions name the case.
async fn case(shared: &Shared, case_id: CaseId) -> Result<CaseDetail, ClientError> {
    let mut detail = shared.staff.call::<ShowCase>(&CaseRef { case_id }).await?;
    if let (CaseState::Open, Some(uid)) = (detail.case.state, &detail.case.about) {
        let ask = SanctionsRequest { uid: Some(uid.clone()), limit: Some(SANCTIONS), ..SanctionsRequest::default() };
        let imposed = shared.staff.call::<Sanctions>(&ask).await?.items;
        let known: Vec<SanctionId> = detail.sanctions.iter().map(|s| s.sanction_id).collect();
        let here = |s: &SanctionView| s.case_id == Some(case_id) && !known.contains(&s.sanction_id);
        detail.sanctions.extend(imposed.into_iter().filter(here));
    }
    Ok(detail)
}

async fn room(shared: &Shared, room_id: RoomId) -> Result<RoomLook, ClientError> {
    let messages = MessagesRequest { room_id, before: None, limit: Some(MESSAGES) };
    let room = RoomRef { room_id };
    let members = MembersRequest { room_id, state: None, limit: Some(MEMBERS), cursor: None };
    let (detail, messages, members) = tokio::join!(
        shared.staff.call::<ShowRoom>(&room),
        shared.staff.call::<Messages>(&messages),
        shared.staff.call::<Members>(&members),
    );
    let page = messages?;
    Ok(RoomLook { detail: detail?, messages: page.items, more: page.more, members: members?.items })
}
