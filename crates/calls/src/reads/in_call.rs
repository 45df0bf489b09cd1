//! Who is in a call now, for presence.

use std::collections::HashSet;

use callboard_domain::Uid;
use callboard_store::StoreError;

use crate::Calls;

impl Calls {
    /// Those of some users who are joined to a call that runs.
    pub async fn in_call(&self, uids: &[Uid]) -> Result<HashSet<Uid>, StoreError> {
        let asked: Vec<String> = uids.iter().map(Uid::to_string).collect();
        let found = sqlx::query_scalar!(
            "select m.uid from calls.members m join calls.calls c on c.id = m.call_id
             where m.uid = any($1) and m.live and m.state = 'joined' and c.state = 'active'",
            &asked
        )
        .fetch_all(self.store().pool())
        .await?;
        found.into_iter().map(|uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a uid", e))).collect()
    }
}
