//! Cases: what people report, how urgent that is, and how soon it must be decided.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::call::words;

words! {
    /// What a report says that somebody did.
    ReportCategory {
        /// Advertising, or the same again and again.
        Spam = "spam",
        /// Insults, threats, following somebody around.
        Harassment = "harassment",
        /// Hatred of a group of people.
        Hate = "hate",
        /// Sexual content where it has no place, or unasked for.
        Sexual = "sexual",
        /// Violence, shown or announced.
        Violence = "violence",
        /// Somebody may hurt himself.
        SelfHarm = "self_harm",
        /// A child is in danger or shown.
        Minors = "minors",
        /// Fraud, or somebody pretends to be another.
        Fraud = "fraud",
        /// Something else: the text says what.
        Other = "other",
    }
}

words! {
    /// How urgent a case is.
    CasePriority {
        /// A day.
        Low = "low",
        /// Eight hours.
        Normal = "normal",
        /// An hour.
        High = "high",
        /// A quarter of an hour.
        Urgent = "urgent",
    }
}

words! {
    /// Whether a case is decided.
    CaseState {
        /// It is not.
        Open = "open",
        /// It is.
        Decided = "decided",
    }
}

words! {
    /// What a case came to.
    CaseOutcome {
        /// Nothing was done.
        NoAction = "no_action",
        /// Messages were deleted.
        MessagesDeleted = "messages_deleted",
        /// Somebody was sanctioned.
        Sanctioned = "sanctioned",
    }
}

words! {
    /// Where an appeal stands.
    AppealState {
        /// Nobody has decided it.
        Open = "open",
        /// The sanction was lifted.
        Granted = "granted",
        /// The sanction stands.
        Denied = "denied",
    }
}

/// A case that a member of staff claims is his for so long; each act on it renews that.
pub const CASE_LEASE: Millis = Millis::from_secs(15 * 60);

/// So many people raise a case by one step.
const RAISED_BY: u32 = 3;
/// So many people make it as urgent as can be.
const URGENT_BY: u32 = 10;

impl ReportCategory {
    /// How urgent a report of this kind is by itself.
    const fn priority(self) -> CasePriority {
        match self {
            Self::Minors | Self::SelfHarm => CasePriority::Urgent,
            Self::Violence => CasePriority::High,
            Self::Harassment | Self::Hate | Self::Sexual | Self::Fraud => CasePriority::Normal,
            Self::Spam | Self::Other => CasePriority::Low,
        }
    }
}

impl CasePriority {
    /// How urgent a case is by its gravest category and the number of people who reported it.
    pub const fn of(category: ReportCategory, reporters: u32) -> Self {
        let own = category.priority();
        if reporters >= URGENT_BY {
            Self::Urgent
        } else if reporters >= RAISED_BY {
            match own {
                Self::Low => Self::Normal,
                Self::Normal => Self::High,
                Self::High | Self::Urgent => Self::Urgent,
            }
        } else {
            own
        }
    }

    /// How soon after it was opened a case of this priority must be decided.
    pub const fn within(self) -> Millis {
        match self {
            Self::Urgent => Millis::from_secs(15 * 60),
            Self::High => Millis::from_secs(3600),
            Self::Normal => Millis::from_secs(8 * 3600),
            Self::Low => Millis::from_secs(24 * 3600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_people_never_make_a_case_less_urgent() {
        for category in ReportCategory::ALL {
            let priorities: Vec<CasePriority> = (1..=12).map(|n| CasePriority::of(*category, n)).collect();
            assert!(priorities.is_sorted(), "{category}: {priorities:?}");
            assert_eq!(priorities.last(), Some(&CasePriority::Urgent), "{category}");
        }
        assert_eq!(CasePriority::of(ReportCategory::Spam, 2), CasePriority::Low);
        assert_eq!(CasePriority::of(ReportCategory::Spam, 3), CasePriority::Normal);
        assert_eq!(CasePriority::of(ReportCategory::Minors, 1), CasePriority::Urgent);
    }

    #[test]
    fn the_more_urgent_the_sooner() {
        assert!(CasePriority::ALL.windows(2).all(|w| w[0] < w[1] && w[0].within() > w[1].within()));
    }
}
