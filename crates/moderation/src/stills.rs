//! Pictures of what was on air when something was reported. The evidence has their hash, so that one that was changed shows.

use callboard_contract::adm::cases::KeptStill;
use callboard_domain::{At, ProgrammeId, ReportId};
use callboard_store::{StoreError, hex};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::check::missing;
use crate::evidence::hash;

/// What the evidence says of a picture, under `still`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// When it was taken.
    pub at: At,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// The SHA-256 of the JPEG, in hexadecimal.
    pub sha256: String,
}

/// The hash of a picture, as the evidence has it.
pub fn sha256(jpeg: &[u8]) -> String {
    hex(&hash(jpeg))
}

/// The picture that was kept with a report.
pub async fn show(conn: &mut PgConnection, id: ReportId) -> Result<KeptStill, StoreError> {
    let row = sqlx::query!(
        "select r.evidence, r.evidence_hash, s.jpeg as \"jpeg?\" from moderation.reports r
         left join moderation.stills s on s.report_id = r.id where r.id = $1",
        id.as_uuid()
    )
    .fetch_optional(conn)
    .await?;
    let row = row.ok_or_else(|| missing("report_id", format!("there is no report {id}")))?;
    let none = || {
        missing(
            "report_id",
            format!("no picture was kept with report {id}; its evidence says why if one was to be had"),
        )
    };
    let jpeg = row.jpeg.ok_or_else(none)?;
    let evidence: serde_json::Value =
        serde_json::from_str(&row.evidence).map_err(|e| StoreError::corrupt("evidence", e))?;
    let told: Told = serde_json::from_value(evidence["still"].clone())
        .map_err(|e| StoreError::corrupt("what evidence says of its picture", e))?;
    let intact = sha256(&jpeg) == told.sha256 && hash(&row.evidence) == row.evidence_hash;
    let Told { programme_id, at, width, height, sha256 } = told;
    Ok(KeptStill { report_id: id, programme_id, jpeg_base64: BASE64.encode(&jpeg), width, height, at, sha256, intact })
}
