//! The desk: what staff ask about programmes. Any copy of this worker answers; what is asked is written down, and the copy that runs
//! the programme reads it.

mod viewers;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use callboard_bus::{Caller, Host};
use callboard_calls::programmes;
use callboard_contract::adm::restream::{
    ChangeGain, ChangeLayout, ChangeMode, ChangeSlate, GainRequest, LayoutRequest, Ls, LsRequest, ModeRequest,
    ProgrammeDetail, ProgrammeRef, ProgrammeReply, ProgrammeRow, SendBack, SendBackRequest, Show, SlateRequest,
    Snapshot, SnapshotRequest, Start, StartRequest, Stop, StopRequest, TargetAdd, TargetAddRequest, TargetRemove,
    TargetRemoveRequest,
};
use callboard_contract::adm::viewers as viewers_adm;
use callboard_contract::limits::{DEFAULT_STILL_WIDTH, MAX_STILL_BYTES, STILL_WIDTHS};
use callboard_contract::programme::{Still, StillRequest};
use callboard_contract::{Answer, ApiError, ErrorCode, Page, subject};
use callboard_domain::{ProgrammeId, StaffName};
use callboard_store::Store;
use callboard_worker::{House, answer, attempt, hosted};
use governor::{DefaultKeyedRateLimiter, Quota};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::manager::Shared;

const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// Per member of staff: the programme and each of its guests, about once a second.
const STILLS_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    store: Store,
    manager: Arc<Shared>,
    stills: Arc<DefaultKeyedRateLimiter<StaffName>>,
}

/// The host with all of restream's endpoints.
pub(crate) fn host(house: &House, manager: &Arc<Shared>) -> Host {
    let quota = Quota::per_second(STILLS_PER_SECOND);
    let desk = Desk {
        store: house.store.clone(),
        manager: Arc::clone(manager),
        stills: Arc::new(DefaultKeyedRateLimiter::dashmap(quota)),
    };
    hosted!(
        house.host(),
        desk,
        Start => start,
        Stop => stop,
        Ls => ls,
        Show => show,
        ChangeLayout => layout,
        ChangeSlate => slate,
        ChangeMode => mode,
        ChangeGain => gain,
        SendBack => send_back,
        TargetAdd => target_add,
        TargetRemove => target_remove,
        Snapshot => snapshot,
        viewers_adm::Ls => viewers,
        viewers_adm::End => end_viewer,
    )
}

/// Declares handlers that write down what is wanted and then have it read.
macro_rules! acts {
    ($($method:ident($request:ty) = $act:path;)*) => {
        $(async fn $method(&self, caller: Caller, request: $request) -> Result<ProgrammeReply, ApiError> {
            let staff = caller.staff()?;
            let mut reply = attempt(|| $act(&self.store, staff, &request)).await?;
            if !reply.dry_run {
                self.manager.changed(reply.programme.programme.programme_id);
            }
            self.report(&mut reply.programme.programme);
            Ok(reply)
        })*
    };
}

impl Desk {
    acts! {
        start(StartRequest) = programmes::start;
        stop(StopRequest) = programmes::stop;
        layout(LayoutRequest) = programmes::layout;
        slate(SlateRequest) = programmes::slate;
        mode(ModeRequest) = programmes::mode;
        gain(GainRequest) = programmes::gain;
        send_back(SendBackRequest) = programmes::send_back;
        target_add(TargetAddRequest) = programmes::target_add;
        target_remove(TargetRemoveRequest) = programmes::target_remove;
    }

    async fn ls(&self, _: Caller, request: LsRequest) -> Result<Page<ProgrammeRow>, ApiError> {
        let mut page = answer(programmes::ls(&self.store, &request).await)?;
        page.items.iter_mut().for_each(|row| self.report(row));
        Ok(page)
    }

    async fn show(&self, _: Caller, request: ProgrammeRef) -> Result<ProgrammeDetail, ApiError> {
        let mut detail = answer(programmes::show(&self.store, request.programme_id).await)?;
        self.report(&mut detail.programme);
        Ok(detail)
    }

    async fn snapshot(&self, caller: Caller, request: SnapshotRequest) -> Result<Still, ApiError> {
        let staff = caller.staff()?;
        if self.stills.check_key(staff).is_err() {
            let text = format!("at most {STILLS_PER_SECOND} pictures per second are given; ask again later");
            return Err(ApiError::new(ErrorCode::RateLimited, text).retry_after(1000));
        }
        let width = request.width.unwrap_or(DEFAULT_STILL_WIDTH);
        if !STILL_WIDTHS.contains(&width) {
            let text = format!("the width must be {} to {}", STILL_WIDTHS.start(), STILL_WIDTHS.end());
            return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("width"));
        }
        self.live(request.programme_id).await?;
        let question = StillRequest { guest: request.guest, width };
        let subject = subject::programme_still(request.programme_id);
        let still: Still = self.ask_its_worker(request.programme_id, subject, &question).await?;
        if still.jpeg_base64.len() > MAX_STILL_BYTES.div_ceil(3) * 4 {
            return Err(ApiError::new(ErrorCode::TooLarge, "the picture is too large; ask for a narrower one"));
        }
        Ok(still)
    }

    /// Refuses where a programme is over.
    async fn live(&self, id: ProgrammeId) -> Result<(), ApiError> {
        let programme = answer(programmes::show(&self.store, id).await)?.programme;
        if programme.state.is_over() {
            let text = format!("programme {id} is over: {}", programme.state);
            return Err(ApiError::new(ErrorCode::Conflict, text).on_field("programme_id"));
        }
        Ok(())
    }

    /// Asks whichever copy runs a programme.
    async fn ask_its_worker<T: DeserializeOwned>(
        &self,
        id: ProgrammeId,
        subject: String,
        question: &impl Serialize,
    ) -> Result<T, ApiError> {
        let away = || {
            let text = format!("programme {id} is not run by any worker just now");
            ApiError::new(ErrorCode::Unavailable, text).retry_after(1000)
        };
        let body = serde_json::to_vec(question).map_err(|_| away())?;
        let asking = self.manager.bus.client().request(subject, body.into());
        let reply = tokio::time::timeout(ANSWERS_WITHIN, asking).await.map_err(|_| away())?.map_err(|_| away())?;
        let told: Answer<T> = serde_json::from_slice(&reply.payload).map_err(|_| away())?;
        Result::from(told)
    }

    /// Adds how it does now.
    fn report(&self, row: &mut ProgrammeRow) {
        if !row.state.is_over()
            && let Some(status) = self.manager.statuses.of(row.programme_id)
        {
            row.report(status);
        }
    }
}
