//! Who may send what to whom in a call: asked for every relayed offer, answer and candidate, so callers cache it for a moment.

use callboard_contract::api::calls::BeatLeg;
use callboard_contract::view::MemberState;
use callboard_domain::{CallId, CallState, DeviceId, LegState, PROGRAMME_PEER, ProgrammeId, Uid};
use callboard_store::{StoreError, outages_since};
use sqlx::PgConnection;

use crate::batch::leg_push;
use crate::{Calls, load, programmes};

/// The joined members of a call, and what a beat's answer says of its legs.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Where the call stands.
    pub state: CallState,
    /// Members whose device is bound.
    pub peers: Vec<Peer>,
    /// The legs, and whom each touches.
    pub legs: Vec<(Uid, BeatLeg)>,
    /// The programme, if the call is on air.
    pub programme: Option<OnProgramme>,
}

/// A call's programme, as its members signal with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnProgramme {
    /// The programme.
    pub id: ProgrammeId,
    /// Who agreed to be in it and is on it in its mode.
    pub agreed: Vec<Uid>,
}

impl OnProgramme {
    /// Whether this is its address in `calls.signal`.
    pub fn is(&self, to: &Uid, device: &DeviceId) -> bool {
        to.as_str() == PROGRAMME_PEER && device.as_str().parse() == Ok(self.id)
    }
}

/// A joined member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The user.
    pub uid: Uid,
    /// The bound device.
    pub device: DeviceId,
    /// The member's number, by which beats are kept.
    pub no: i64,
}

impl Membership {
    /// The joined member with this device.
    pub fn peer(&self, uid: &Uid, device: &DeviceId) -> Option<&Peer> {
        self.peers.iter().find(|p| &p.uid == uid && &p.device == device)
    }

    /// The legs that touch a member: his own, or all for the one who is paid.
    pub fn legs_of(&self, uid: &Uid) -> Vec<BeatLeg> {
        self.legs.iter().filter(|(payee, leg)| payee == uid || &leg.payer == uid).map(|(_, leg)| leg.clone()).collect()
    }
}

/// Who is joined to a call that is not over, by name; nobody where there is no such call. In the caller's transaction, without a lock.
pub async fn live_members(conn: &mut PgConnection, id: CallId) -> Result<Vec<Uid>, StoreError> {
    let uids = sqlx::query_scalar!(
        "select m.uid from calls.members m join calls.calls c on c.id = m.call_id
         where c.id = $1 and c.ended_ms is null and m.state = 'joined' order by m.uid",
        id.as_uuid()
    )
    .fetch_all(conn)
    .await?;
    uids.into_iter().map(load::uid).collect()
}

impl Calls {
    /// Reads who is joined to a call.
    pub async fn membership(&self, id: CallId) -> Result<Membership, StoreError> {
        let mut conn = self.store().pool().acquire().await?;
        let call = load::call(&mut conn, id).await?;
        let outages = outages_since(&mut conn, call.created).await?;
        let peers = call
            .members
            .iter()
            .filter(|m| m.state == MemberState::Joined && !call.state.is_over())
            .filter_map(|m| Some(Peer { uid: m.uid.clone(), device: m.device.clone()?, no: m.no }))
            .collect();
        let legs = call
            .legs
            .iter()
            .filter(|l| l.state != LegState::Settled)
            .map(|l| {
                let push = leg_push(l, l.clock.since(), &outages);
                (l.payee.clone(), BeatLeg { payer: l.payer.clone(), state: l.state, grant_until: push.grant_until })
            })
            .collect();
        let programme = programmes::of_membership(&mut conn, id).await?.filter(|_| !call.state.is_over());
        let programme = programme.map(|(id, agreed)| OnProgramme { id, agreed });
        Ok(Membership { state: call.state, peers, legs, programme })
    }
}
