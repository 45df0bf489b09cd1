//! Sanctions as they are shown: to staff whole, to the person whom they meet without the names of those who imposed them.

use callboard_domain::{AppealState, At, CaseId, DeviceId, SanctionId, SanctionKind, Scope, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sanction, as staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SanctionView {
    /// The sanction.
    pub sanction_id: SanctionId,
    /// Against whom.
    pub uid: Uid,
    /// What.
    pub kind: SanctionKind,
    /// Where it holds.
    pub scope: Scope,
    /// The device that it holds for too, whoever uses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Since when.
    pub from: At,
    /// Until when; absent where it has no end or is over at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<At>,
    /// Whether it holds now.
    pub stands: bool,
    /// Who imposed it: `staff:ines`, `user:maya`.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The case in which it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_id: Option<CaseId>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_at: Option<At>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_by: Option<String>,
    /// When what follows from it was carried out; absent while something of it is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforced_at: Option<At>,
}

impl SanctionView {
    /// The sanction as the person sees it whom it meets.
    pub fn of_mine(&self) -> MySanction {
        let code = self.reason.split(':').next().unwrap_or_default();
        MySanction {
            sanction_id: self.sanction_id,
            kind: self.kind,
            scope: self.scope.clone(),
            from: self.from,
            until: self.until,
            stands: self.stands,
            reason: code.to_owned(),
            lifted_at: self.lifted_at,
            appeal: None,
        }
    }
}

/// A sanction, as the person sees it whom it meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MySanction {
    /// The sanction.
    pub sanction_id: SanctionId,
    /// What.
    pub kind: SanctionKind,
    /// Where it holds.
    pub scope: Scope,
    /// Since when.
    pub from: At,
    /// Until when; absent where it has no end or is over at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<At>,
    /// Whether it holds now.
    pub stands: bool,
    /// Why: the code of the reason.
    pub reason: String,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_at: Option<At>,
    /// Where the appeal against it stands, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<AppealState>,
}
