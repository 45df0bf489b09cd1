//! Staff roles, the powers that each has, and the limits on what a role may refund alone (STAFF, Roles).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Coins;
use crate::call::words;

words! {
    /// A role of a member of staff.
    Role {
        /// Sees live calls, rooms and workers.
        Viewer = "viewer",
        /// Acts on calls and people.
        Moderator = "moderator",
        /// Acts on money.
        Finance = "finance",
        /// Runs the house.
        Operator = "operator",
        /// Reads everything that explains money and acts.
        Auditor = "auditor",
        /// May do all.
        Admin = "admin",
    }
}

words! {
    /// What a request of staff needs.
    Power {
        /// See live calls and workers.
        See = "see",
        /// See wallets and payment data.
        SeeMoney = "see_money",
        /// End a call or mute a member.
        EndCalls = "end_calls",
        /// Remove a member from a call.
        Remove = "remove",
        /// Refund up to the limit of the role.
        Refund = "refund",
        /// Sell or give coins to a wallet.
        TopUp = "top_up",
        /// Change tariffs.
        Tariffs = "tariffs",
        /// Sweep holds and drain workers.
        Operate = "operate",
        /// Verify the ledger and reconcile the books.
        Books = "books",
        /// Read the events as they happen.
        Events = "events",
        /// Put calls on air and take them off it, and say how and where to.
        Restream = "restream",
        /// Cover a programme with a slate, and take it off air.
        Slate = "slate",
        /// See pictures of programmes and guests.
        SeePictures = "see_pictures",
        /// Read rooms and messages, and the cases about them.
        SeeRooms = "see_rooms",
        /// Create rooms and change how they are kept.
        Rooms = "rooms",
        /// Warn, mute, kick, ban and suspend people, delete their messages, decide cases.
        Moderate = "moderate",
        /// Set automod rules and policy lists.
        Policies = "policies",
        /// Read the action log and verify it.
        Audit = "audit",
        /// See personal data unmasked, with a reason that is logged.
        Reveal = "reveal",
        /// Give out and take back staff credentials, and make tokens on development stacks.
        Staff = "staff",
    }
}

impl Role {
    /// Whether this role has a power.
    #[expect(clippy::match_same_arms, reason = "one line per role reads like the table in STAFF")]
    pub const fn may(self, power: Power) -> bool {
        use Power::{
            Audit, Books, EndCalls, Events, Moderate, Operate, Policies, Refund, Remove, Restream, Reveal, Rooms, See,
            SeeMoney, SeePictures, SeeRooms, Slate, Staff, Tariffs, TopUp,
        };
        match (self, power) {
            (Self::Admin, _) | (_, See) => true,
            (
                Self::Moderator,
                EndCalls | Remove | Refund | SeeMoney | Slate | SeePictures | SeeRooms | Rooms | Moderate | Policies
                | Audit | Reveal,
            ) => true,
            (Self::Finance, SeeMoney | Refund | TopUp | Tariffs | Books | Events) => true,
            (Self::Operator, EndCalls | Operate | Tariffs | Books | Events | Restream | Slate) => true,
            (Self::Auditor, SeeMoney | Books | Events | SeeRooms | Audit) => true,
            (
                Self::Viewer | Self::Moderator | Self::Finance | Self::Operator | Self::Auditor,
                SeeMoney | EndCalls | Remove | Refund | TopUp | Tariffs | Operate | Books | Events | Restream | Slate
                | SeePictures | SeeRooms | Rooms | Moderate | Policies | Audit | Reveal | Staff,
            ) => false,
        }
    }

    /// Where a role stands: who acts on somebody who is staff himself must stand above him.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Viewer => 0,
            Self::Moderator | Self::Finance | Self::Operator | Self::Auditor => 1,
            Self::Admin => 2,
        }
    }

    /// What a role may refund without a second person, unless the person's own limits say otherwise.
    pub const fn refund_limits(self) -> RefundLimits {
        match self {
            Self::Admin => RefundLimits { per_act: Coins::whole(10_000), per_day: Coins::whole(50_000) },
            Self::Finance => RefundLimits { per_act: Coins::whole(1_000), per_day: Coins::whole(5_000) },
            Self::Moderator => RefundLimits { per_act: Coins::whole(50), per_day: Coins::whole(200) },
            Self::Viewer | Self::Operator | Self::Auditor => {
                RefundLimits { per_act: Coins::ZERO, per_day: Coins::ZERO }
            }
        }
    }
}

/// The most that a member of staff may refund alone. The daily sums count per person, per beneficiary and per leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundLimits {
    /// In one act.
    pub per_act: Coins,
    /// In 24 hours.
    pub per_day: Coins,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_staff_holds() {
        let refunders: Vec<Role> = Role::ALL.iter().copied().filter(|r| r.may(Power::Refund)).collect();
        assert_eq!(refunders, [Role::Moderator, Role::Finance, Role::Admin]);
        assert!(!Role::Operator.may(Power::Refund));
        assert!(Role::ALL.iter().all(|r| r.may(Power::See)));
        assert!(Role::ALL.iter().filter(|r| r.may(Power::Staff)).eq([&Role::Admin]));
        let onlookers: Vec<Role> = Role::ALL.iter().copied().filter(|r| r.may(Power::SeePictures)).collect();
        assert_eq!(onlookers, [Role::Moderator, Role::Admin]);
        let on_air: Vec<Role> = Role::ALL.iter().copied().filter(|r| r.may(Power::Restream)).collect();
        assert_eq!(on_air, [Role::Operator, Role::Admin]);
        assert!(Role::Moderator.may(Power::Slate));
        for role in Role::ALL {
            assert_eq!(role.may(Power::Refund), role.refund_limits().per_act.is_positive(), "{role}");
        }
    }
}
