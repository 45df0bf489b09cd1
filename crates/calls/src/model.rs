//! A call in memory: its row, its members, its legs. Loaded under the shard's lock, changed by pure code, saved by [`crate::save`].

use std::sync::Arc;

use callboard_contract::view::{CallView, MemberState, MemberView};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{
    AccountId, At, CallId, CallKind, CallState, Coins, DeviceId, DeviceState, EndReason, LegClock, LegId, LegPhase,
    LegState, MemberRole, Millis, Side, Tariff, Uid,
};

/// A call with everything in it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub id: CallId,
    pub kind: CallKind,
    pub state: CallState,
    pub caller: Uid,
    pub payee: Uid,
    pub tariff_name: String,
    pub tariff: Arc<Tariff>,
    pub minutes: Option<i32>,
    pub created: At,
    pub deadline: At,
    pub active: Option<At>,
    pub ended: Option<At>,
    pub reason: Option<EndReason>,
    pub version: i64,
    pub members: Vec<Member>,
    pub legs: Vec<Leg>,
}

/// Somebody in a call.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Given by the database; 0 until saved.
    pub no: i64,
    pub uid: Uid,
    pub role: MemberRole,
    pub state: MemberState,
    pub live: bool,
    pub device: Option<DeviceId>,
    pub devices: DeviceState,
    /// Whether this member differs from its row.
    pub dirty: bool,
}

/// A leg.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    pub id: LegId,
    pub call: CallId,
    pub payer: Uid,
    pub payee: Uid,
    pub payer_no: i64,
    pub payee_no: i64,
    pub tariff: Arc<Tariff>,
    pub wallet: AccountId,
    pub earnings: AccountId,
    pub receivable: AccountId,
    pub state: LegState,
    pub clock: LegClock,
    pub events: i32,
    pub settle_due: At,
    pub warned: bool,
    pub started: Option<At>,
    pub ended: Option<At>,
    pub reason: Option<EndReason>,
    pub final_connected: Option<Millis>,
    pub final_charge: Option<Coins>,
    /// The last signs of life of payer and payee.
    pub seen: Seen,
    /// Whether this leg differs from its row.
    pub dirty: bool,
}

/// When the two sides of a leg were last seen, and whether media reached both.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub payer: Option<At>,
    pub payee: Option<At>,
    pub media: bool,
}

impl Seen {
    /// The older last sign of life: up to here both sides are known to have been there.
    pub(crate) fn both(self) -> Option<At> {
        Some(self.payer?.min(self.payee?))
    }

    /// The side that was silent for longer.
    pub(crate) fn silent_side(self) -> Side {
        if self.payer <= self.payee { Side::Payer } else { Side::Payee }
    }
}

impl Leg {
    /// The clock from stored columns.
    pub(crate) fn phase_of(state: LegState) -> LegPhase {
        match state {
            LegState::Reserved | LegState::Waiting => LegPhase::Idle,
            LegState::Metered => LegPhase::Running,
            LegState::Suspended => LegPhase::Suspended,
            LegState::Settled => LegPhase::Ended,
        }
    }

    /// Through when the leg can be metered: the older last sign of life, but never before its last change.
    pub(crate) fn through(&self) -> At {
        self.seen.both().unwrap_or(self.clock.since()).max(self.clock.since())
    }
}

impl Call {
    pub(crate) fn member(&self, uid: &Uid) -> Option<&Member> {
        self.members.iter().find(|m| &m.uid == uid)
    }

    /// The member, who must still be in the call; to others the call does not exist.
    pub(crate) fn require(&mut self, uid: &Uid) -> Result<&mut Member, ApiError> {
        let id = self.id;
        match self.members.iter_mut().find(|m| &m.uid == uid) {
            None => Err(ApiError::new(ErrorCode::NotFound, format!("you have no call {id}"))),
            Some(m) if !m.state.is_in() => Err(ApiError::new(ErrorCode::Conflict, format!("you have left call {id}"))),
            Some(m) => Ok(m),
        }
    }

    /// Everybody who belongs to it, the invited ones too.
    pub(crate) fn everybody(&self) -> Vec<Uid> {
        self.members.iter().filter(|m| m.state.is_in()).map(|m| m.uid.clone()).collect()
    }

    /// People who took the call.
    pub(crate) fn present(&self) -> usize {
        self.members.iter().filter(|m| matches!(m.state, MemberState::Accepted | MemberState::Joined)).count()
    }

    pub(crate) fn live_legs(&self) -> impl Iterator<Item = usize> + '_ {
        self.legs.iter().enumerate().filter(|(_, l)| !l.state.is_over()).map(|(i, _)| i)
    }

    /// The call as its members see it.
    pub(crate) fn view(&self) -> CallView {
        let members = self
            .members
            .iter()
            .map(|m| MemberView {
                uid: m.uid.clone(),
                role: m.role,
                state: m.state,
                device: m.device.clone(),
                device_state: m.devices,
                leg_state: self.legs.iter().rev().find(|l| l.payer == m.uid).map(|l| l.state),
            })
            .collect();
        CallView {
            call_id: self.id,
            kind: self.kind,
            state: self.state,
            caller: self.caller.clone(),
            payee: self.payee.clone(),
            tariff_name: self.tariff_name.clone(),
            tariff: self.tariff.spec(),
            created_at: self.created,
            rings_until: (self.state == CallState::Pending).then_some(self.deadline),
            active_at: self.active,
            ended_at: self.ended,
            end_reason: self.reason,
            members,
            version: u64::try_from(self.version).unwrap_or_default(),
        }
    }
}
