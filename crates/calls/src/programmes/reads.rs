//! What staff see of programmes. How each does now is added by whoever hears the workers' reports.

use callboard_contract::adm::restream::{LsRequest, ProgrammeDetail, ProgrammeRow};
use callboard_contract::{Page, PageQuery};
use callboard_domain::{CallId, ProgrammeId};
use callboard_store::{Store, StoreError};

use super::{stored, work};
use crate::open::bad;

/// Lists programmes, newest first.
pub async fn ls(store: &Store, request: &LsRequest) -> Result<Page<ProgrammeRow>, StoreError> {
    let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
    let before = match request.cursor.as_deref() {
        None => uuid::Uuid::max(),
        Some(text) => {
            let id: Result<ProgrammeId, _> = text.parse();
            id.map(ProgrammeId::as_uuid).map_err(|_| bad("cursor", "cursor is not one of ours"))?
        }
    };
    let mut conn = store.pool().acquire().await?;
    let ids = sqlx::query_scalar!(
        "select id from calls.programmes where id < $1 and ($2 or live) and ($3::uuid is null or call_id = $3) order by id desc limit $4",
        before,
        request.past,
        request.call_id.map(CallId::as_uuid),
        i64::from(limit)
    )
    .fetch_all(&mut *conn)
    .await?;
    let cursor = (ids.len() == limit as usize).then(|| ids.last().map(ToString::to_string)).flatten();
    let ids: Vec<ProgrammeId> = ids.into_iter().map(ProgrammeId::from_uuid).collect();
    let programmes = stored::read(&mut conn, &ids).await?;
    let guests = stored::guests_in(&mut conn, &programmes).await?;
    Ok(Page { items: programmes.iter().zip(guests).map(|(p, guests)| p.row(guests)).collect(), cursor })
}

/// Shows a programme.
pub async fn show(store: &Store, id: ProgrammeId) -> Result<ProgrammeDetail, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let mut detail = stored::find(&mut conn, id).await?.detail(&mut conn).await?;
    if detail.programme.state.is_over() {
        detail.programme.status = work::last_report(&mut conn, id).await?;
    }
    Ok(detail)
}
