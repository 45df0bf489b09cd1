//! `staff`: who works here.

use callboard_domain::{At, Power, RefundLimits, RequestId, Role, StaffName, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Reason;
use crate::api::Nothing;
use crate::catalogue::endpoints;

endpoints! { Adm "staff" by Signaling {
    Me = "me" (reads, See) Nothing => StaffMe, "Says who the caller is and what he may do.";
    Ls = "ls" (reads, See) Nothing => StaffList, "Lists the members of staff.";
    Add = "add" (changes, Staff) AddRequest => StaffMember, "Registers the public key of a new member of staff.";
    Link = "link" (changes, Staff) LinkRequest => StaffMember, "Says which user of the platform a member of staff is; then nobody of his rank acts on that user, nor he on cases about himself.";
    Revoke = "revoke" (changes, Staff) RevokeRequest => RevokeReply, "Takes a credential back and cuts its live connections.";
}}

/// Who the caller is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffMe {
    /// The name.
    pub name: StaffName,
    /// The role.
    pub role: Role,
    /// What it may do.
    pub powers: Vec<Power>,
    /// What it may refund alone.
    pub refund_limits: RefundLimits,
    /// The creators in whose rooms and calls alone he works; none if in all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<Uid>,
    /// `development`, `production`, …
    pub environment: String,
    /// The server's clock.
    pub server_time: At,
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffMember {
    /// The name.
    pub name: StaffName,
    /// The role.
    pub role: Role,
    /// The user of the platform that he is, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// The public nkey.
    pub public_key: String,
    /// What this person may refund alone.
    pub refund_limits: RefundLimits,
    /// The creators in whose rooms and calls alone this person works; none if in all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<Uid>,
    /// When it was added.
    pub added_at: At,
    /// By whom.
    pub added_by: String,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<At>,
    /// Live connections.
    pub connections: u32,
}

/// All members of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffList {
    /// The members.
    pub items: Vec<StaffMember>,
}

/// Registers a new member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The name.
    pub name: StaffName,
    /// The role.
    pub role: Role,
    /// The public nkey, starting with `U`. The seed never leaves the machine that made it.
    pub public_key: String,
    /// Limits other than the role's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_limits: Option<RefundLimits>,
    /// The creators in whose rooms and calls alone he works, at most 50; in all if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<Uid>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Says which user somebody is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The member of staff.
    pub name: StaffName,
    /// The user; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Takes a credential back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Whose.
    pub name: StaffName,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// What was cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RevokeReply {
    /// The member, now revoked.
    pub member: StaffMember,
    /// How many live connections were cut.
    pub connections_cut: u32,
}
