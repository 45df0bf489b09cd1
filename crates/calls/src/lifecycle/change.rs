//! `calls.device` and `calls.extend`: changes during a call.

use callboard_contract::api::Done;
use callboard_contract::api::calls::{DeviceRequest, ExtendRequest};
use callboard_contract::view::CallView;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{Coins, EndRule, Millis, Uid};
use callboard_store::{Begun, Command, StoreError};
use sqlx::PgConnection;

use crate::lifecycle::user;
use crate::open::{bad, conflict, open};
use crate::{Calls, save};

impl Calls {
    /// Tells the members that a microphone or a camera was switched.
    pub async fn device(&self, uid: &Uid, request: &DeviceRequest) -> Result<Done, StoreError> {
        match Command::begin(&self.store, &user(uid), "calls.device", &request.request_id, false, request).await? {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_device(&mut command, uid, request).await;
                command.finish(result).await
            }
        }
    }

    /// Sets aside the coins for so many more minutes now, so that the other side sees that they are paid for.
    pub async fn extend(&self, uid: &Uid, request: &ExtendRequest) -> Result<CallView, StoreError> {
        match Command::begin(&self.store, &user(uid), "calls.extend", &request.request_id, false, request).await? {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_extend(&mut command, uid, request).await;
                command.finish(result).await
            }
        }
    }

    async fn do_device(&self, conn: &mut PgConnection, uid: &Uid, request: &DeviceRequest) -> Result<Done, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times).await?;
        let member = call.require(uid)?;
        if member.device.as_ref() != Some(&request.device) {
            return Err(conflict(format!("device {} has not joined the call", request.device)));
        }
        member.devices.muted = request.muted;
        member.devices.camera = request.camera;
        member.dirty = true;
        if call.state.is_over() {
            return Err(conflict(format!("call {} is over", call.id)));
        }
        let everybody = call.everybody();
        batch.tell_view(&mut call, "call.device", "calls.device", &user(uid), everybody);
        save::write(conn, &mut batch, std::slice::from_ref(&call)).await?;
        Ok(Done {})
    }

    async fn do_extend(
        &self,
        conn: &mut PgConnection,
        uid: &Uid,
        request: &ExtendRequest,
    ) -> Result<CallView, StoreError> {
        if !(1..=1440).contains(&request.minutes) {
            return Err(bad("minutes", "minutes must be 1 to 1440"));
        }
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times).await?;
        call.require(uid)?;
        callboard_people::sanctions::may_spend(&mut *conn, uid).await?;
        let index = call
            .live_legs()
            .find(|i| &call.legs[*i].payer == uid)
            .ok_or_else(|| conflict("you pay for no leg of this call now"))?;
        let leg = call.legs[index].clone();
        save::lock_accounts(&mut *conn, &mut batch, &[&leg]).await?;
        let available =
            batch.balances.get(&leg.wallet).map_or(Coins::ZERO, callboard_ledger::accounts::Balance::available);
        let more = Millis::from_secs(i64::from(request.minutes) * 60);
        let Some(cutoff) = leg.tariff.cutoff(leg.clock.granted()) else {
            return Err(conflict("this call costs nothing more; there is nothing to set aside"));
        };
        if leg.tariff.flat_end().is_some() {
            return Err(conflict("a flat session ends with its minutes; it cannot be extended"));
        }
        let wanted = leg.tariff.charge(cutoff.plus(more), EndRule::Full).saturating_sub(leg.clock.granted());
        let room = leg.tariff.max_spend().map_or(Coins::MAX, |most| most.saturating_sub(leg.clock.granted()));
        if wanted > room {
            return Err(ApiError::new(ErrorCode::Limit, format!("only {room} more may be spent on this call")).into());
        }
        if wanted > available {
            let message = format!(
                "{} more minutes cost {wanted}, the wallet has {available} to spend; add coins first",
                request.minutes
            );
            return Err(ApiError::new(ErrorCode::InsufficientFunds, message).into());
        }
        batch.grant(&mut call, index, wanted)?;
        call.legs[index].warned = false;
        save::write(conn, &mut batch, std::slice::from_ref(&call)).await?;
        Ok(call.view())
    }
}
