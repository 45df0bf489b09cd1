//! The picture of what is on air where something is reported. It is asked of the programme's worker before the report is filed, in no
//! transaction and for a moment only: without it the report is filed all the same, and its evidence says why there is none.

use std::time::Duration;

use callboard_contract::api::reports::CreateRequest;
use callboard_contract::limits::MAX_STILL_BYTES;
use callboard_contract::programme::{Still, StillRequest};
use callboard_contract::{Answer, ApiError, subject};
use callboard_domain::{ProgrammeId, Uid};
use callboard_moderation::reports::Found;
use callboard_moderation::stills::{Told, sha256};
use data_encoding::BASE64;
use serde_json::json;

use super::{Desk, evidence};

/// A report waits so long for the picture.
const WITHIN: Duration = Duration::from_millis(800);
/// Its width in pixels: as much as people and places are known by, and less than a reply holds.
const WIDTH: u32 = 480;

/// What was on air, and what came of asking for its picture.
pub(super) struct Frozen {
    programme: ProgrammeId,
    picture: Result<Picture, String>,
}

struct Picture {
    told: Told,
    jpeg: Vec<u8>,
}

impl Desk {
    /// The picture of what is on air where something is reported; nothing where nothing is, or where the reporter has no business there.
    pub(super) async fn frozen(&self, reporter: &Uid, request: &CreateRequest) -> Option<Frozen> {
        // What cannot be reported is refused where it is filed.
        let programme = evidence::on_air(&self.store, &self.calls, reporter, &request.on).await.ok().flatten()?;
        let picture = self.picture(programme).await;
        if let Err(error) = &picture {
            tracing::info!(programme.id = %programme, %error, "a report is filed without a picture of what is on air");
        }
        Some(Frozen { programme, picture })
    }

    async fn picture(&self, programme_id: ProgrammeId) -> Result<Picture, String> {
        let question = serde_json::to_vec(&StillRequest { guest: None, width: WIDTH }).map_err(|e| e.to_string())?;
        let asking = self.bus.client().request(subject::programme_still(programme_id), question.into());
        let reply = tokio::time::timeout(WITHIN, asking).await;
        let reply = reply.map_err(|_| format!("its worker gave none within {} ms", WITHIN.as_millis()))?;
        let reply = reply.map_err(|_| "it is run by no worker just now".to_owned())?;
        let told: Answer<Still> =
            serde_json::from_slice(&reply.payload).map_err(|_| "its worker gave none".to_owned())?;
        let Still { jpeg_base64, width, height, at } = Result::from(told).map_err(|error: ApiError| error.message)?;
        let jpeg =
            BASE64.decode(jpeg_base64.as_bytes()).map_err(|_| "what its worker gave is no picture".to_owned())?;
        if !(1..=MAX_STILL_BYTES).contains(&jpeg.len()) {
            return Err(format!("it has {} bytes; 1 to {MAX_STILL_BYTES} are kept", jpeg.len()));
        }
        Ok(Picture { told: Told { programme_id, at, width, height, sha256: sha256(&jpeg) }, jpeg })
    }
}

impl Frozen {
    /// Puts it into what is kept with a report.
    pub(super) fn keep(&self, found: &mut Found) {
        found.evidence["still"] = match &self.picture {
            Ok(picture) => json!(picture.told),
            Err(missing) => json!({ "programme_id": self.programme, "missing": missing }),
        };
        found.still = self.picture.as_ref().ok().map(|picture| picture.jpeg.clone());
    }
}
