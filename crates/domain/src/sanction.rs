//! Sanctions: what can be imposed on somebody, where it holds, and how long.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::call::words;
use crate::{Millis, RoomId, Uid};

words! {
    /// What is imposed on somebody.
    SanctionKind {
        /// He is told; nothing is taken from him.
        Warn = "warn",
        /// He may read and not speak.
        Mute = "mute",
        /// He is taken out once and may come back.
        Kick = "kick",
        /// He is out and stays out. Platform-wide he cannot sign in.
        Ban = "ban",
        /// He cannot sign in for a while; live sessions are cut.
        Suspend = "suspend",
        /// He cannot spend.
        RestrictPayments = "restrict_payments",
    }
}

/// Where a sanction holds: `platform`, `tenant:maya` or `room:<id>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everywhere.
    Platform,
    /// In all rooms and calls of one creator.
    Tenant(Uid),
    /// In one room.
    Room(RoomId),
}

impl Scope {
    /// Whether a sanction of this scope holds in a room of a tenant.
    pub fn covers(&self, tenant: &Uid, room: Option<RoomId>) -> bool {
        match self {
            Self::Platform => true,
            Self::Tenant(of) => of == tenant,
            Self::Room(of) => Some(*of) == room,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.pad("platform"),
            Self::Tenant(uid) => f.pad(&format!("tenant:{uid}")),
            Self::Room(room) => f.pad(&format!("room:{room}")),
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let no = || format!("`{text}` is no scope; take `platform`, `tenant:UID` or `room:ID`");
        match text.split_once(':') {
            None if text == "platform" => Ok(Self::Platform),
            Some(("tenant", uid)) => uid.parse().map(Self::Tenant).map_err(|_| no()),
            Some(("room", id)) => id.parse().map(Self::Room).map_err(|_| no()),
            _ => Err(no()),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Scope {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scope".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(platform|tenant:[A-Za-z0-9_-]{1,64}|room:[0-9a-f-]{36})$",
            "examples": ["platform"],
        })
    }
}

/// The shortest mute.
pub const SHORTEST_MUTE: Millis = Millis::from_secs(1);
/// The longest mute.
pub const LONGEST_MUTE: Millis = Millis::from_secs(14 * 24 * 3600);

/// Why a sanction cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SanctionError {
    /// A mute has a length.
    #[error("a mute lasts from 1 second to 14 days")]
    MuteLength,
    /// A suspension has a length.
    #[error("a suspension needs a length; what has no end is a ban")]
    SuspendLength,
    /// This kind has none.
    #[error("a {0} has no length")]
    NoLength(SanctionKind),
    /// This kind holds on the whole platform.
    #[error("a {0} holds on the whole platform, not in a room or for a tenant")]
    PlatformOnly(SanctionKind),
    /// One is taken out of a room or of a tenant's rooms.
    #[error("one is kicked from a room or from a tenant's rooms, not from the platform")]
    KickWhere,
}

impl SanctionKind {
    /// Whether it lasts: a warning and a kick are over at once.
    pub const fn lasts(self) -> bool {
        !matches!(self, Self::Warn | Self::Kick)
    }

    /// Whether it may have this scope and this length.
    pub fn check(self, scope: &Scope, length: Option<Millis>) -> Result<(), SanctionError> {
        match (self, length) {
            (Self::Mute, Some(length)) if (SHORTEST_MUTE..=LONGEST_MUTE).contains(&length) => {}
            (Self::Mute, _) => return Err(SanctionError::MuteLength),
            (Self::Suspend, None) => return Err(SanctionError::SuspendLength),
            (Self::Warn | Self::Kick, Some(_)) => return Err(SanctionError::NoLength(self)),
            (Self::Suspend | Self::Ban | Self::RestrictPayments, Some(length)) if length <= Millis::ZERO => {
                return Err(SanctionError::SuspendLength);
            }
            _ => {}
        }
        match (self, scope) {
            (Self::Suspend | Self::RestrictPayments, Scope::Tenant(_) | Scope::Room(_)) => {
                Err(SanctionError::PlatformOnly(self))
            }
            (Self::Kick, Scope::Platform) => Err(SanctionError::KickWhere),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_words_and_cover_what_they_say() {
        let maya: Uid = "maya".parse().expect("a uid");
        let leo: Uid = "leo".parse().expect("a uid");
        let (one, other) = (RoomId::generate(), RoomId::generate());
        for scope in [Scope::Platform, Scope::Tenant(maya.clone()), Scope::Room(one)] {
            assert_eq!(scope.to_string().parse::<Scope>(), Ok(scope.clone()));
            assert!(scope.covers(&maya, Some(one)));
        }
        assert!(!Scope::Tenant(maya.clone()).covers(&leo, Some(one)));
        assert!(!Scope::Room(one).covers(&maya, Some(other)) && !Scope::Room(one).covers(&maya, None));
        for wrong in ["", "room", "room:x", "tenant:", "planet", "platform:x"] {
            assert!(wrong.parse::<Scope>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn lengths_and_places_fit_the_kind() {
        let room = Scope::Room(RoomId::generate());
        assert_eq!(SanctionKind::Mute.check(&room, Some(SHORTEST_MUTE)), Ok(()));
        assert_eq!(SanctionKind::Mute.check(&room, Some(Millis::from_ms(999))), Err(SanctionError::MuteLength));
        assert_eq!(SanctionKind::Mute.check(&room, None), Err(SanctionError::MuteLength));
        assert_eq!(SanctionKind::Ban.check(&room, None), Ok(()));
        assert_eq!(SanctionKind::Suspend.check(&Scope::Platform, None), Err(SanctionError::SuspendLength));
        let suspend = SanctionKind::Suspend;
        assert_eq!(suspend.check(&room, Some(Millis::from_ms(1))), Err(SanctionError::PlatformOnly(suspend)));
        assert_eq!(SanctionKind::Kick.check(&Scope::Platform, None), Err(SanctionError::KickWhere));
        let warn = SanctionKind::Warn;
        assert_eq!(warn.check(&room, Some(Millis::from_ms(1))), Err(SanctionError::NoLength(warn)));
    }
}
