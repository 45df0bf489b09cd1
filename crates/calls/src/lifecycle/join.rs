//! `calls.join`: one device is bound to the call and told what it needs to connect.

use callboard_contract::api::calls::{JoinReply, OnDeviceRequest};
use callboard_contract::view::MemberState;
use callboard_domain::{CallKind, CallState, Uid};
use callboard_people::sanctions;
use callboard_store::{Begun, Command, StoreError};
use sqlx::PgConnection;

use crate::lifecycle::user;
use crate::open::{conflict, open};
use crate::{Calls, save};

impl Calls {
    /// Binds a device to a call; another device of the same member is unbound by it.
    pub async fn join(&self, uid: &Uid, request: &OnDeviceRequest) -> Result<JoinReply, StoreError> {
        match Command::begin(&self.store, &user(uid), "calls.join", &request.request_id, false, request).await? {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_join(&mut command, uid, request).await;
                command.finish(result).await
            }
        }
    }

    async fn do_join(
        &self,
        conn: &mut PgConnection,
        uid: &Uid,
        request: &OnDeviceRequest,
    ) -> Result<JoinReply, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times).await?;
        let member = call.require(uid)?;
        if member.state == MemberState::Invited {
            return Err(conflict("accept the call first"));
        }
        member.state = MemberState::Joined;
        member.device = Some(request.device.clone());
        member.dirty = true;
        let no = member.no;
        if !matches!(call.state, CallState::Accepted | CallState::Active) {
            return Err(conflict(format!("call {} is {}; it can be joined once it is accepted", call.id, call.state)));
        }
        sanctions::may_use(&mut *conn, &request.device).await?;
        sanctions::may_call(&mut *conn, uid, &call.payee).await?;
        call.hush(&mut *conn, uid).await?;
        // Joining a chat is all that there is to be seen; for sound and picture, media must flow first.
        let media = call.kind == CallKind::Chat;
        sqlx::query!(
            "insert into calls.seen as s (no, seen_ms, media) values ($1, case when $3 then $2::bigint else 0 end, $3)
             on conflict (no) do update set seen_ms = greatest(s.seen_ms, excluded.seen_ms), media = s.media or excluded.media",
            no,
            batch.time.now.as_ms(),
            media
        )
        .execute(&mut *conn)
        .await?;
        let everybody = call.everybody();
        batch.tell_view(&mut call, "call.joined", "calls.joined", &user(uid), everybody);
        save::write(conn, &mut batch, std::slice::from_ref(&call)).await?;
        let beat_ms = u64::try_from(callboard_contract::limits::BEAT_MS).unwrap_or_default();
        Ok(JoinReply { call: call.view(), ice_servers: self.ice_servers.clone(), beat_ms })
    }
}
