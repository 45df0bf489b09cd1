//! Tickets of viewers: who may watch which programme, signed so that any copy of this worker can tell without asking anybody.
//!
//! The address of a programme carries a ticket for everybody who was given it. What a player gets with that is a ticket of its own, a
//! viewer session, by which viewers are counted and can be ended.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use callboard_domain::{ProgrammeId, ViewerId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

/// The play list that the address of a programme names.
pub(crate) const ADDRESS: &str = "live.m3u8";
/// An address is good as long as there is something to watch; this is far beyond that.
const ADDRESS_GOOD_FOR: Duration = Duration::from_hours(24 * 30);

#[derive(Serialize, Deserialize)]
struct Claims {
    programme: ProgrammeId,
    /// Only in tickets of one viewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    viewer: Option<ViewerId>,
    exp: u64,
}

/// Whom a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Somebody who was given the address.
    Address,
    /// One viewer.
    Viewer(ViewerId),
}

/// Makes and reads tickets.
#[derive(Clone)]
pub(crate) struct Tickets {
    sign: EncodingKey,
    check: DecodingKey,
    base: String,
    viewer_good_for: Duration,
}

impl std::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tickets").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Tickets {
    pub(crate) fn new(secret: &str, base: &str, viewer_good_for: Duration) -> Self {
        Self {
            sign: EncodingKey::from_secret(secret.as_bytes()),
            check: DecodingKey::from_secret(secret.as_bytes()),
            base: base.trim_end_matches('/').to_owned(),
            viewer_good_for,
        }
    }

    /// The address at which a programme is watched.
    pub(crate) fn address(&self, programme: ProgrammeId) -> String {
        let ticket = self.make(programme, None, ADDRESS_GOOD_FOR);
        format!("{}/hls/{programme}/{ADDRESS}?ticket={ticket}", self.base)
    }

    /// A ticket for one viewer.
    pub(crate) fn viewer(&self, programme: ProgrammeId) -> String {
        self.make(programme, Some(ViewerId::generate()), self.viewer_good_for)
    }

    /// Whom a ticket is for, if it is good for this programme now.
    pub(crate) fn open(&self, programme: ProgrammeId, ticket: &str) -> Option<Holder> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        let claims = decode::<Claims>(ticket, &self.check, &validation).ok()?.claims;
        (claims.programme == programme).then(|| claims.viewer.map_or(Holder::Address, Holder::Viewer))
    }

    fn make(&self, programme: ProgrammeId, viewer: Option<ViewerId>, good_for: Duration) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims = Claims { programme, viewer, exp: (now + good_for).as_secs() };
        encode(&Header::new(Algorithm::HS256), &claims, &self.sign).expect("a text, a number and a secret always sign")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_its_programme_its_time_and_its_secret() {
        let tickets = Tickets::new("secret", "http://air.example/", Duration::from_mins(1));
        let (one, two) = (ProgrammeId::generate(), ProgrammeId::generate());
        let address = tickets.address(one);
        assert!(address.starts_with(&format!("http://air.example/hls/{one}/live.m3u8?ticket=")));
        let ticket = address.split_once("ticket=").unwrap().1;
        assert_eq!(tickets.open(one, ticket), Some(Holder::Address));
        assert_eq!(tickets.open(two, ticket), None);
        assert_eq!(Tickets::new("other", "", Duration::ZERO).open(one, ticket), None);
        let (viewer, other) = (tickets.viewer(one), tickets.viewer(one));
        assert!(matches!(tickets.open(one, &viewer), Some(Holder::Viewer(_))));
        assert_ne!(tickets.open(one, &viewer), tickets.open(one, &other));
        let claims = Claims { programme: one, viewer: None, exp: 1_000_000 };
        let old = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(b"secret")).unwrap();
        assert_eq!(tickets.open(one, &old), None);
        assert_eq!(tickets.open(one, "nonsense"), None);
    }
}
