//! The words for calls and legs: kinds, states, end reasons, and which state may follow which (ARCHITECTURE, States and times).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[schemars(inline)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that stands for it on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(format!("is not one of: {}", Self::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>().join(", "))),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What kind of session a call is.
    CallKind {
        /// Text only: connected once both have joined.
        Chat = "chat",
        /// Sound.
        Audio = "audio",
        /// Sound and picture.
        Video = "video",
        /// One host and several guests; every paying guest is a leg of its own.
        Group = "group",
    }
}

words! {
    /// Where a call stands.
    CallState {
        /// It rings.
        Pending = "pending",
        /// Somebody took it; nobody is metered yet.
        Accepted = "accepted",
        /// At least one leg has started.
        Active = "active",
        /// It took place and is over.
        Completed = "completed",
        /// The callee said no.
        Rejected = "rejected",
        /// The caller thought better of it.
        Cancelled = "cancelled",
        /// Nobody answered in time.
        Missed = "missed",
        /// Accepted, but it never started in time.
        Expired = "expired",
    }
}

words! {
    /// Where a leg stands.
    LegState {
        /// Hold placed, call not yet accepted.
        Reserved = "reserved",
        /// Accepted; media not yet flowing both ways.
        Waiting = "waiting",
        /// Time counts.
        Metered = "metered",
        /// A side is silent: time does not count.
        Suspended = "suspended",
        /// Over, charged, and the rest of the hold returned.
        Settled = "settled",
    }
}

words! {
    /// Why a call or a leg is over.
    EndReason {
        /// The payer (or caller) hung up.
        PayerHungUp = "payer_hung_up",
        /// The payee (or host) hung up.
        PayeeHungUp = "payee_hung_up",
        /// The coins ran out.
        CutOff = "cut_off",
        /// A line was lost for longer than the reconnect budget.
        LineLost = "line_lost",
        /// The minutes of a flat session are up.
        MinutesUp = "minutes_up",
        /// Staff ended it.
        Staff = "staff",
        /// A sanction ended it.
        Sanction = "sanction",
        /// The callee said no.
        Rejected = "rejected",
        /// The caller cancelled before it started.
        Cancelled = "cancelled",
        /// Nobody answered.
        Missed = "missed",
        /// It never started in time.
        Expired = "expired",
    }
}

words! {
    /// What a member of a call is to it.
    MemberRole {
        /// Pays for a leg.
        Payer = "payer",
        /// Is paid: the callee of a 1:1 call or the host of a group.
        Payee = "payee",
        /// A guest who neither pays nor earns.
        Guest = "guest",
    }
}

words! {
    /// A side of a leg.
    Side {
        /// The one who pays.
        Payer = "payer",
        /// The one who is paid.
        Payee = "payee",
    }
}

impl CallState {
    /// Whether the call is over.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Accepted | Self::Active)
    }

    /// Whether `next` may follow.
    pub const fn may_become(self, next: Self) -> bool {
        use CallState::{Accepted, Active, Cancelled, Completed, Expired, Missed, Pending, Rejected};
        matches!(
            (self, next),
            (Pending, Accepted | Rejected | Cancelled | Missed)
                | (Accepted, Active | Cancelled | Expired)
                | (Active, Completed)
        )
    }
}

impl LegState {
    /// Whether the leg is over.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Settled)
    }
}

/// What a member's devices are doing, as their app reported it or as staff ordered it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceState {
    /// The member muted the microphone.
    #[serde(default)]
    pub muted: bool,
    /// The camera is on.
    #[serde(default)]
    pub camera: bool,
    /// Staff muted this member: every receiver drops the sound, whatever this app does.
    #[serde(default)]
    pub muted_by_staff: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_an_end() {
        for &from in CallState::ALL {
            for &to in CallState::ALL {
                assert!(!(from.is_over() && from.may_become(to)), "{from} -> {to}");
            }
        }
        assert!(CallState::Pending.may_become(CallState::Missed));
        assert!(!CallState::Pending.may_become(CallState::Completed));
    }

    #[test]
    fn words_round_trip() {
        for &reason in EndReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(reason));
            assert_eq!(serde_json::to_string(&reason).expect("plain word"), format!("\"{reason}\""));
        }
    }
}
