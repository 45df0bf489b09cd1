//! Programmes end with their calls.

use callboard_domain::{ProgrammeId, ProgrammeState};
use callboard_store::{Store, StoreError, now};

use super::stored;

/// Ends the programmes of calls that are over; gives how many. Call it once a second.
pub async fn end_with_calls(store: &Store) -> Result<usize, StoreError> {
    let due = sqlx::query_scalar!(
        "select p.id from calls.programmes p join calls.calls c on c.id = p.call_id
         where p.live and c.state not in ('pending', 'accepted', 'active') limit 200"
    )
    .fetch_all(store.pool())
    .await?;
    let mut ended = 0;
    for id in due {
        ended += usize::from(end_one(store, ProgrammeId::from_uuid(id)).await?);
    }
    Ok(ended)
}

pub(super) async fn end_one(store: &Store, id: ProgrammeId) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let mut programme = stored::lock(&mut tx, id).await?;
    if programme.state.is_over() {
        return Ok(false);
    }
    let guests = stored::guests(&mut tx, &programme).await?;
    programme.state = ProgrammeState::Finished;
    programme.ended = Some(now(&mut tx).await?);
    programme.said = Some("the call is over".to_owned());
    programme.write(&mut tx).await?;
    let pushes = programme.pushes("stage.off_air", &guests)?;
    programme.tell(&mut tx, "programme.finished", "house", pushes).await?;
    tx.commit().await?;
    store.ring();
    Ok(true)
}
