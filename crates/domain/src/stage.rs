//! Who of a call on air is in picture and sound, who is only heard, and how a member comes on the stage.
//!
//! What must always hold: nobody who is not joined or did not agree is on the programme, in whatever mode; nobody comes on the stage who was not
//! invited there and accepted it himself. Whether somebody is muted is not asked here: that silences whoever has sound.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::words;
use crate::programme::Consent;

words! {
    /// Who of those who agreed to be on air is on the programme.
    #[derive(Default)]
    BroadcastMode {
        /// The host alone.
        Solo = "solo",
        /// The host and those on the stage.
        Stage = "stage",
        /// Everybody.
        #[default]
        Group = "group",
        /// The host and those on the stage in picture and sound, everybody else in sound alone.
        Hybrid = "hybrid",
    }
}

words! {
    /// Where a member stands towards the stage. The host is always on it and has no place of his own.
    #[derive(Default)]
    StagePlace {
        /// Only there.
        #[default]
        Audience = "audience",
        /// With a raised hand.
        Queued = "queued",
        /// Asked by the host to come; no answer yet.
        Invited = "invited",
        /// Came.
        OnStage = "on_stage",
    }
}

words! {
    /// What of a member is on the programme.
    ProgrammePart {
        /// Nothing: he watches and listens.
        None = "none",
        /// His sound alone.
        Sound = "sound",
        /// Picture and sound.
        Full = "full",
    }
}

/// What somebody does about a member's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageAct {
    /// The member asks to come.
    RaiseHand,
    /// The member, or the host for him, takes that back.
    LowerHand,
    /// The host asks him to come.
    Invite,
    /// The member comes.
    Accept,
    /// The member does not.
    Decline,
    /// The member goes, or is sent, back to the audience; an invitation goes with it.
    StepDown,
}

/// Why an act does not fit the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// There is an invitation to answer.
    #[error("invited to the stage already; the invitation waits for an answer")]
    Invited,
    /// He is there.
    #[error("on the stage already")]
    OnStage,
    /// There is no invitation, or it was taken back.
    #[error("not invited to the stage, or not any more")]
    NotInvited,
}

/// All that decides about a member's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether he hosts the call.
    pub host: bool,
    /// Whether his device is in the call: not before he joined, not after he left or was removed.
    pub joined: bool,
    /// His answer to being on air; nothing if he was never asked.
    pub consent: Option<Consent>,
    /// Where he stands towards the stage.
    pub place: StagePlace,
}

impl BroadcastMode {
    /// What of a member is on the programme.
    pub const fn part(self, member: Standing) -> ProgrammePart {
        if !member.joined || !matches!(member.consent, Some(Consent::Agreed)) {
            return ProgrammePart::None;
        }
        let on_stage = member.host || matches!(member.place, StagePlace::OnStage);
        match self {
            Self::Group => ProgrammePart::Full,
            Self::Solo if member.host => ProgrammePart::Full,
            Self::Stage | Self::Hybrid if on_stage => ProgrammePart::Full,
            Self::Hybrid => ProgrammePart::Sound,
            Self::Solo | Self::Stage => ProgrammePart::None,
        }
    }
}

impl ProgrammePart {
    /// Whether anything of him is on the programme.
    pub const fn is_on(self) -> bool {
        !matches!(self, Self::None)
    }
}

impl StagePlace {
    /// The place after an act. An act that was done before changes nothing.
    pub const fn after(self, act: StageAct) -> Result<Self, StageError> {
        use StageAct::{Accept, Decline, Invite, LowerHand, RaiseHand, StepDown};
        match (self, act) {
            (Self::Audience | Self::Queued, RaiseHand) => Ok(Self::Queued),
            (Self::Audience | Self::Queued | Self::Invited, Invite) => Ok(Self::Invited),
            (Self::Invited | Self::OnStage, Accept) => Ok(Self::OnStage),
            (Self::Queued, LowerHand) | (Self::Invited, Decline) | (Self::Invited | Self::OnStage, StepDown) => {
                Ok(Self::Audience)
            }
            (Self::Invited, RaiseHand) => Err(StageError::Invited),
            (Self::OnStage, RaiseHand | Invite | Decline) => Err(StageError::OnStage),
            (Self::Audience | Self::Queued, Accept | Decline) => Err(StageError::NotInvited),
            (Self::Audience | Self::Invited | Self::OnStage, LowerHand) | (Self::Audience | Self::Queued, StepDown) => {
                Ok(self)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ACTS: [StageAct; 6] = [
        StageAct::RaiseHand,
        StageAct::LowerHand,
        StageAct::Invite,
        StageAct::Accept,
        StageAct::Decline,
        StageAct::StepDown,
    ];

    fn standing() -> impl Strategy<Value = Standing> {
        let consent = proptest::option::of(proptest::sample::select(Consent::ALL));
        let place = proptest::sample::select(StagePlace::ALL);
        (any::<bool>(), any::<bool>(), consent, place).prop_map(|(host, joined, consent, place)| Standing {
            host,
            joined,
            consent,
            place,
        })
    }

    proptest! {
        #[test]
        fn nobody_is_on_a_programme_without_his_consent(
            mode in proptest::sample::select(BroadcastMode::ALL),
            member in standing(),
        ) {
            let part = mode.part(member);
            prop_assert!(!part.is_on() || (member.joined && member.consent == Some(Consent::Agreed)));
            // The host who agreed and is there is in every mode.
            if member.host && member.joined && member.consent == Some(Consent::Agreed) {
                prop_assert_eq!(part, ProgrammePart::Full);
            }
        }

        #[test]
        fn modes_hold_one_another(member in standing()) {
            let [solo, stage, group, hybrid] =
                [BroadcastMode::Solo, BroadcastMode::Stage, BroadcastMode::Group, BroadcastMode::Hybrid].map(|m| m.part(member));
            prop_assert!(solo <= stage && stage <= hybrid && hybrid <= group);
            // Hybrid shows whom the stage shows, and lets everybody be heard whom a group lets be heard.
            prop_assert_eq!(hybrid == ProgrammePart::Full, stage == ProgrammePart::Full);
            prop_assert_eq!(hybrid.is_on(), group.is_on());
        }

        #[test]
        fn only_an_invitation_that_was_accepted_leads_to_the_stage(
            acts in proptest::collection::vec(proptest::sample::select(&ACTS[..]), 0..40),
        ) {
            let mut place = StagePlace::Audience;
            let (mut invited, mut came) = (false, false);
            for act in acts {
                let Ok(next) = place.after(act) else { continue };
                match act {
                    StageAct::Invite => invited = true,
                    StageAct::Accept => came = invited,
                    _ => {}
                }
                if next == StagePlace::Audience {
                    (invited, came) = (false, false);
                }
                prop_assert!(next != StagePlace::OnStage || (invited && came));
                // Doing it again changes nothing.
                prop_assert!(next.after(act).map_or(true, |again| again == next));
                place = next;
            }
        }
    }

    #[test]
    fn parts_in_each_mode() {
        let member = |host, place| Standing { host, joined: true, consent: Some(Consent::Agreed), place };
        let host = member(true, StagePlace::Audience);
        let (guest, hand) = (member(false, StagePlace::OnStage), member(false, StagePlace::Queued));
        let cases = [
            (BroadcastMode::Solo, ["full", "none", "none"]),
            (BroadcastMode::Stage, ["full", "full", "none"]),
            (BroadcastMode::Group, ["full", "full", "full"]),
            (BroadcastMode::Hybrid, ["full", "full", "sound"]),
        ];
        for (mode, parts) in cases {
            assert_eq!([host, guest, hand].map(|m| mode.part(m).as_str()), parts, "{mode}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (place, act, error) in [
            (StagePlace::Audience, StageAct::Accept, StageError::NotInvited),
            (StagePlace::Queued, StageAct::Accept, StageError::NotInvited),
            (StagePlace::Queued, StageAct::Decline, StageError::NotInvited),
            (StagePlace::Invited, StageAct::RaiseHand, StageError::Invited),
            (StagePlace::OnStage, StageAct::RaiseHand, StageError::OnStage),
            (StagePlace::OnStage, StageAct::Invite, StageError::OnStage),
        ] {
            assert_eq!(place.after(act), Err(error), "{place} {act:?}");
        }
    }
}
