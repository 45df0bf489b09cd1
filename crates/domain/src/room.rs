//! Rooms: their kinds, who may enter, the roles of members and what each role may do.
//!
//! Powers are data: a room keeps its own table where its host changed it, and [`RoomPowers::default`] is the table of all others.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::words;

words! {
    /// What a room is for.
    RoomKind {
        /// The one that every tenant always has.
        Primary = "primary",
        /// A further room of a tenant: a VIP lounge, a voice hangout.
        Sub = "sub",
        /// A room for an event, with a beginning and an end.
        Event = "event",
        /// A room that closes when it was empty for long.
        Temporary = "temporary",
        /// A conversation of two. It has no host.
        Direct = "direct",
    }
}

words! {
    /// Who may enter a room.
    RoomAccess {
        /// Everybody.
        Public = "public",
        /// Who was invited.
        Private = "private",
        /// Who pays the entry fee, once.
        Paid = "paid",
    }
}

words! {
    /// Whether a room takes people and messages.
    RoomState {
        /// It does.
        Open = "open",
        /// Only who has the power to manage it may speak; nobody enters.
        Locked = "locked",
        /// It is over for good.
        Closed = "closed",
    }
}

words! {
    /// What a member is in a room.
    RoomRole {
        /// Speaks and reads.
        Member = "member",
        /// Keeps order.
        Moderator = "moderator",
        /// Keeps the room.
        Admin = "admin",
        /// Owns it and earns what it earns.
        Host = "host",
    }
}

words! {
    /// What can be done in a room beyond reading it.
    RoomPower {
        /// Send messages.
        Speak = "speak",
        /// Send where only members of longer standing may, and without waiting in slow mode.
        SpeakAlways = "speak_always",
        /// Send pictures, voice notes and other attachments.
        Attach = "attach",
        /// Invite others.
        Invite = "invite",
        /// Pin messages.
        Pin = "pin",
        /// Delete messages of others, and see those that wait for review.
        DeleteOthers = "delete_others",
        /// Mute members.
        Mute = "mute",
        /// Take members out.
        Kick = "kick",
        /// Keep people out.
        Ban = "ban",
        /// Let people in from the lobby.
        Admit = "admit",
        /// Lock the room, set slow mode, lobby and members-only.
        Lock = "lock",
        /// Change name, topic, price, capacity and the other settings.
        Settings = "settings",
        /// Give and take roles below the own.
        Roles = "roles",
        /// Start a call in the room.
        StartCall = "start_call",
        /// Close the room for good.
        Close = "close",
    }
}

words! {
    /// Where somebody stands with a room.
    RoomMemberState {
        /// He was invited and has not answered.
        Invited = "invited",
        /// He waits in the lobby.
        Lobby = "lobby",
        /// He is a member.
        Joined = "joined",
        /// He left.
        Left = "left",
        /// He was taken out; he may come back unless a sanction forbids it.
        Removed = "removed",
    }
}

impl RoomRole {
    /// Whether this role stands above another: only then may it act on who has the other.
    pub fn outranks(self, other: Self) -> bool {
        self > other
    }
}

/// What each role may do in a room. The host may do all, whatever the table says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RoomPowers(BTreeMap<RoomRole, BTreeSet<RoomPower>>);

impl Default for RoomPowers {
    fn default() -> Self {
        use RoomPower::{
            Admit, Attach, Ban, DeleteOthers, Invite, Kick, Lock, Mute, Pin, Roles, Settings, Speak, SpeakAlways,
            StartCall,
        };
        let member = BTreeSet::from([Speak, Attach]);
        let moderator = &member | &BTreeSet::from([SpeakAlways, Invite, Pin, DeleteOthers, Mute, Kick, Admit]);
        let admin = &moderator | &BTreeSet::from([Ban, Lock, Settings, Roles, StartCall]);
        Self(BTreeMap::from([(RoomRole::Member, member), (RoomRole::Moderator, moderator), (RoomRole::Admin, admin)]))
    }
}

impl RoomPowers {
    /// Whether a role may do something.
    pub fn may(&self, role: RoomRole, power: RoomPower) -> bool {
        role == RoomRole::Host || self.0.get(&role).is_some_and(|powers| powers.contains(&power))
    }

    /// What a role may do.
    pub fn of(&self, role: RoomRole) -> BTreeSet<RoomPower> {
        match role {
            RoomRole::Host => RoomPower::ALL.iter().copied().collect(),
            role => self.0.get(&role).cloned().unwrap_or_default(),
        }
    }

    /// Sets what a role may do. Closing a room stays the host's; whoever may give roles is at least an admin.
    pub fn set(&mut self, role: RoomRole, powers: BTreeSet<RoomPower>) -> Result<(), RoomPowersError> {
        if role == RoomRole::Host {
            return Err(RoomPowersError::Host);
        }
        if powers.contains(&RoomPower::Close) || (role < RoomRole::Admin && powers.contains(&RoomPower::Roles)) {
            return Err(RoomPowersError::TooMuch(role));
        }
        self.0.insert(role, powers);
        Ok(())
    }
}

/// Why a table of powers cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomPowersError {
    /// The host may do all.
    #[error("the host may do all; his powers cannot be set")]
    Host,
    /// A power that this role cannot have.
    #[error("a {0} cannot have the power to close a room, and only an admin can have that to give roles")]
    TooMuch(RoomRole),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_one_below_may_and_more() {
        let powers = RoomPowers::default();
        for pair in RoomRole::ALL.windows(2) {
            assert!(powers.of(pair[0]).is_subset(&powers.of(pair[1])), "{pair:?}");
            assert!(pair[1].outranks(pair[0]) && !pair[0].outranks(pair[1]) && !pair[0].outranks(pair[0]));
        }
        assert!(powers.may(RoomRole::Moderator, RoomPower::Mute) && !powers.may(RoomRole::Moderator, RoomPower::Ban));
        assert!(RoomPower::ALL.iter().all(|p| powers.may(RoomRole::Host, *p)));
    }

    #[test]
    fn a_table_cannot_give_the_room_away() {
        let mut powers = RoomPowers::default();
        assert_eq!(powers.set(RoomRole::Host, BTreeSet::new()), Err(RoomPowersError::Host));
        let close = BTreeSet::from([RoomPower::Close]);
        assert_eq!(powers.set(RoomRole::Admin, close), Err(RoomPowersError::TooMuch(RoomRole::Admin)));
        let roles = BTreeSet::from([RoomPower::Roles]);
        assert_eq!(powers.set(RoomRole::Moderator, roles), Err(RoomPowersError::TooMuch(RoomRole::Moderator)));
        powers.set(RoomRole::Member, BTreeSet::new()).expect("a silent room is fine");
        assert!(!powers.may(RoomRole::Member, RoomPower::Speak));
        let text = serde_json::to_string(&powers).expect("json");
        assert_eq!(serde_json::from_str::<RoomPowers>(&text).expect("json"), powers);
    }
}
