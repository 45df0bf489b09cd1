//! Who watches a programme, and the end of one who is not to. The worker that runs a programme serves its players: it is asked.

use callboard_bus::Caller;
use callboard_calls::programmes;
use callboard_contract::adm::viewers::{EndRequest, Ended, LsRequest, Question, ViewerRow};
use callboard_contract::{ApiError, Page, PageQuery, subject};
use callboard_worker::attempt;

use super::Desk;

impl Desk {
    pub(super) async fn viewers(&self, _: Caller, request: LsRequest) -> Result<Page<ViewerRow>, ApiError> {
        let programme_id = request.programme_id;
        let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
        self.live(programme_id).await?;
        let question = Question::default();
        let mut items: Vec<ViewerRow> =
            self.ask_its_worker(programme_id, subject::programme_viewers(programme_id), &question).await?;
        items.truncate(limit as usize);
        Ok(Page { items, cursor: None })
    }

    pub(super) async fn end_viewer(&self, caller: Caller, request: EndRequest) -> Result<Ended, ApiError> {
        let staff = caller.staff()?;
        let ended = attempt(|| programmes::end_viewer(&self.store, staff, &request)).await?;
        if !ended.dry_run {
            let question = Question { ended: Some(ended.viewer_id) };
            let (id, subject) = (ended.programme_id, subject::programme_viewers(ended.programme_id));
            let told: Result<Vec<ViewerRow>, _> = self.ask_its_worker(id, subject, &question).await;
            if let Err(error) = told {
                // It reads of it by itself within seconds, or when it is started again.
                tracing::debug!(programme = %id, %error, "its worker could not be told who was ended");
            }
        }
        Ok(ended)
    }
}
