//! Ids as types. Things that the house makes carry a `UUIDv7`; people and devices carry names given by the platform.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use uuid::Uuid;

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a UUID.
    #[error("is not an id (a UUID)")]
    NotAUuid,
    /// Not a name of 1 to 64 letters, digits, `_` or `-`.
    #[error("must be 1 to 64 letters, digits, '_' or '-'")]
    NotAName,
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(#[schemars(schema_with = "uuid_schema")] Uuid);

        impl $name {
            /// The id of a new thing; later ids sort after earlier ones.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id that a stored UUID stands for.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID, for storage.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0.hyphenated().to_string())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError::NotAUuid)
            }
        }
    )*};
}

fn uuid_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "uuid"})
}

uuid_ids! {
    /// A call, from the first ring to the last settlement.
    CallId,
    /// One paying participant's part of a call: its own tariff, meter and hold.
    LegId,
    /// A balanced set of postings in the ledger.
    TransferId,
    /// Coins set aside for a leg.
    HoldId,
    /// Something that happened, as told on the event stream and in pushes.
    EventId,
    /// A programme: a call on air, from the order to start to its end.
    ProgrammeId,
    /// A viewer session: one player that watches a programme, not a person.
    ViewerId,
    /// A room, or a conversation of two.
    RoomId,
    /// A message in a room.
    MessageId,
    /// A sanction against somebody.
    SanctionId,
    /// A case: reports about one matter, to be decided by staff.
    CaseId,
    /// A user's report.
    ReportId,
    /// A file that was or is to be attached to a message.
    AttachmentId,
    /// A gift or a tip that was given.
    GiftId,
    /// Something that a person should know of.
    NoticeId,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name, if it keeps the rules: 1 to 64 of `[A-Za-z0-9_-]`.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                if is_name(&text) { Ok(Self(text)) } else { Err(IdError::NotAName) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <Cow<'de, str>>::deserialize(deserializer)?;
                Self::new(text.into_owned()).map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"})
            }
        }
    )*};
}

names! {
    /// A user of the platform, as its identity provider names them. Stands in subjects, so no dots, stars or spaces.
    Uid,
    /// A device of a user, as the client app names it.
    DeviceId,
    /// What makes a repeated command recognisable: the same id gives the same answer.
    RequestId,
    /// A member of staff.
    StaffName,
    /// A rule of automod, unique in its set.
    RuleName,
    /// A policy list.
    ListName,
}

impl RequestId {
    /// A new request id.
    pub fn generate() -> Self {
        Self(Uuid::now_v7().hyphenated().to_string())
    }
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// An account of the ledger, as the database numbers it. Accounts are locked in the order of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct AccountId(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_break_a_subject_are_refused() {
        for bad in ["", "*", ">", "a.b", "a b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(Uid::new(bad), Err(IdError::NotAName), "{bad:?}");
        }
        assert!(Uid::new("Maya_1-x").is_ok());
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let ids: Vec<CallId> = (0..100).map(|_| CallId::generate()).collect();
        assert!(ids.windows(2).all(|w| w[0] < w[1]));
    }
}
