//! The acts that a dialog stands before: what each is called, what it does, and which power it needs.

use callboard_domain::{Power, SanctionKind};

/// An act that is asked about first. Explicit verbs, never toggles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    End,
    Mute,
    Unmute,
    Remove,
    Refund,
    Layout,
    Slate,
    Stop,
    /// Imposes a sanction on a person.
    Impose(SanctionKind),
    /// Takes a sanction back.
    Lift,
    /// Shows what of a person is masked.
    Reveal,
    /// Deletes a message.
    Delete,
    Lock,
    Unlock,
    Slow,
    /// Closes a room for good.
    Close,
    /// Writes a note to a case.
    Note,
    /// Decides a case.
    Decide,
}

/// What kind of thing an act is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Call,
    Programme,
    /// People, messages, rooms and cases.
    House,
}

impl Act {
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::End => "End call",
            Self::Mute | Self::Impose(SanctionKind::Mute) => "Mute",
            Self::Unmute => "Unmute",
            Self::Remove => "Remove",
            Self::Refund => "Refund",
            Self::Layout => "Layout",
            Self::Slate => "Cover",
            Self::Stop => "Take off air",
            Self::Impose(SanctionKind::Warn) => "Warn",
            Self::Impose(SanctionKind::Kick) => "Kick",
            Self::Impose(SanctionKind::Ban) => "Ban",
            Self::Impose(SanctionKind::Suspend) => "Suspend",
            Self::Impose(SanctionKind::RestrictPayments) => "Restrict payments",
            Self::Lift => "Take back",
            Self::Reveal => "Reveal",
            Self::Delete => "Delete message",
            Self::Lock => "Lock room",
            Self::Unlock => "Open room",
            Self::Slow => "Slow mode",
            Self::Close => "Close room",
            Self::Note => "Note",
            Self::Decide => "Decide",
        }
    }

    /// What the role must have.
    pub(crate) const fn power(self) -> Power {
        match self {
            Self::End | Self::Mute | Self::Unmute => Power::EndCalls,
            Self::Remove => Power::Remove,
            Self::Refund => Power::Refund,
            Self::Layout => Power::Restream,
            Self::Slate | Self::Stop => Power::Slate,
            Self::Impose(_) | Self::Lift | Self::Delete | Self::Note | Self::Decide => Power::Moderate,
            Self::Reveal => Power::Reveal,
            Self::Lock | Self::Unlock | Self::Slow | Self::Close => Power::Rooms,
        }
    }

    /// What it does, for people who are about to do it.
    pub(crate) const fn effect(self) -> &'static str {
        match self {
            Self::End => "Ends now for everybody; only what was used is charged, the rest of the hold goes back.",
            Self::Mute => "Every receiver drops this member's sound, whatever the app does; time goes on counting.",
            Self::Unmute => "Takes the staff mute back; the member may still be muted by own choice.",
            Self::Remove => "Takes this member out: every receiver drops the tracks, and the member's leg is settled.",
            Self::Refund => "Takes the coins back from those who received them, each his part.",
            Self::Layout => "Changes how the guests stand in the picture that the audience sees, at once.",
            Self::Slate => {
                "Hides picture and sound of the guests from the audience behind a slate, or shows them again."
            }
            Self::Stop => "Ends the programme for its audience and finishes its recordings; the call itself goes on.",
            Self::Impose(SanctionKind::Warn) => "Tells the person that a rule was broken; nothing else changes.",
            Self::Impose(SanctionKind::Mute) => {
                "Refuses the person's messages, and switches the microphone off in calls there, until it is over."
            }
            Self::Impose(SanctionKind::Kick) => "Takes the person out now; whoever may enter may come back.",
            Self::Impose(SanctionKind::Ban) => "Takes the person out now, and refuses to let the person come back.",
            Self::Impose(SanctionKind::Suspend) => {
                "Cuts every live connection of the person, and refuses to sign the person in until it is over."
            }
            Self::Impose(SanctionKind::RestrictPayments) => {
                "Refuses the person's payments: calls, entry fees, gifts; talking stays free."
            }
            Self::Lift => "The sanction no longer holds from now on; what it cut off does not come back by itself.",
            Self::Reveal => "Shows the names of the person's devices unmasked. That you looked, and why, is logged.",
            Self::Delete => "Nobody in the room sees the text any more; its place stays, and evidence keeps it.",
            Self::Lock => "Nobody enters any more, and only those who may lock the room can write.",
            Self::Unlock => "The room is open again: people enter and write as its settings say.",
            Self::Slow => "Members wait so long between two messages; `off` lets them write as they like.",
            Self::Close => {
                "Closes the room for good: everybody is taken out. Before the promised time entry fees are given back."
            }
            Self::Note => "Whoever takes the case over reads it. It cannot be changed.",
            Self::Decide => "Closes the case. Everybody who reported it is told what it came to.",
        }
    }

    pub(crate) const fn sort(self) -> Sort {
        match self {
            Self::End | Self::Mute | Self::Unmute | Self::Remove | Self::Refund => Sort::Call,
            Self::Layout | Self::Slate | Self::Stop => Sort::Programme,
            Self::Impose(_)
            | Self::Lift
            | Self::Reveal
            | Self::Delete
            | Self::Lock
            | Self::Unlock
            | Self::Slow
            | Self::Close
            | Self::Note
            | Self::Decide => Sort::House,
        }
    }
}
