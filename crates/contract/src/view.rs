//! Things as they are shown: the same forms in replies, pushes and events.

use callboard_domain::{
    At, CallId, CallKind, CallState, Coins, DeviceId, DeviceState, EndReason, LegId, LegState, MemberRole, TariffSpec,
    Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A call as its members see it. No member's money is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallView {
    /// The call.
    pub call_id: CallId,
    /// Its kind.
    pub kind: CallKind,
    /// Where it stands.
    pub state: CallState,
    /// Who called, or opened the group.
    pub caller: Uid,
    /// Who is paid: the callee, or the host of a group.
    pub payee: Uid,
    /// The tariff's name.
    pub tariff_name: String,
    /// The tariff, as it was when the call was made.
    pub tariff: TariffSpec,
    /// When it was made.
    pub created_at: At,
    /// Until when it rings, while pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rings_until: Option<At>,
    /// When the first leg started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_at: Option<At>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<At>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<EndReason>,
    /// Everybody in it.
    pub members: Vec<MemberView>,
    /// Grows with every change; an older view must not replace a newer one.
    pub version: u64,
}

/// A member of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberView {
    /// The user.
    pub uid: Uid,
    /// What the user is to the call.
    pub role: MemberRole,
    /// Where the member stands.
    pub state: MemberState,
    /// The device that joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Microphone and camera.
    pub device_state: DeviceState,
    /// The state of the leg that this member pays for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_state: Option<LegState>,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// Invited or rung.
    Invited,
    /// Accepted, device not yet bound.
    Accepted,
    /// Device bound.
    Joined,
    /// Gone of his own will, or declined.
    Left,
    /// Taken out by staff.
    Removed,
}

impl MemberState {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Accepted => "accepted",
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Removed => "removed",
        }
    }

    /// Whether the member still belongs to the call.
    pub const fn is_in(self) -> bool {
        matches!(self, Self::Invited | Self::Accepted | Self::Joined)
    }
}

impl std::str::FromStr for MemberState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Invited, Self::Accepted, Self::Joined, Self::Left, Self::Removed]
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no member state"))
    }
}

/// What a leg came to, for its payer and its payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// The call.
    pub call_id: CallId,
    /// The leg.
    pub leg_id: LegId,
    /// Who paid.
    pub payer: Uid,
    /// Who was paid.
    pub payee: Uid,
    /// The tariff's name.
    pub tariff_name: String,
    /// When time began to count; absent if it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<At>,
    /// When it was over.
    pub ended_at: At,
    /// Why.
    pub reason: EndReason,
    /// Connected time in milliseconds.
    pub connected_ms: i64,
    /// What was charged.
    pub charge: Coins,
    /// What of the hold was given back.
    pub returned: Coins,
    /// Who received how much of the charge.
    pub split: Vec<SplitPart>,
}

/// A party's part of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SplitPart {
    /// The party, as the tariff names it.
    pub party: String,
    /// Its part.
    pub amount: Coins,
}
