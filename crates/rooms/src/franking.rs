//! Message franking: a report of an encrypted message proves what was said, without the house having read that or any other message.
//!
//! The author's app makes a key for each message and commits itself: `commitment = HMAC-SHA256(key, plain text)`. The key travels inside the
//! encrypted body; the commitment stands beside it. The house keeps the commitment and signs it together with room, message, author and
//! time. The receiver's app drops messages whose key and plain text do not give the commitment, so whatever was received can be proved. A report
//! opens the commitment: it brings the key and the plain text of this one message. Neither can the reporter claim other words, nor another
//! author, nor can the author deny his.

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, MessageId, RoomId, Uid};
use callboard_store::StoreError;
use data_encoding::BASE64;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use sqlx::PgConnection;

/// The length of commitments and tags.
const BYTES: usize = 32;
/// What is signed begins so, that no other signature of the same key can stand for it.
const DOMAIN: &[u8] = b"callboard franking 1\n";

/// What an author committed himself to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment([u8; BYTES]);

impl Commitment {
    /// Reads it from base64.
    pub fn read(text: &str) -> Result<Self, ApiError> {
        let bytes = BASE64.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok()).map(Self);
        bytes.ok_or_else(|| {
            ApiError::new(ErrorCode::BadRequest, "a commitment is 32 bytes in base64").on_field("commitment")
        })
    }

    /// What is stored.
    pub fn from_stored(bytes: Vec<u8>) -> Result<Self, StoreError> {
        let bytes = bytes.try_into().map_err(|_| StoreError::corrupt("a commitment", "it has another length"))?;
        Ok(Self(bytes))
    }

    /// What is to be stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As it goes over the wire.
    pub fn to_text(self) -> String {
        BASE64.encode(&self.0)
    }
}

/// What a report brings: the key that the author's app made for this message, and the plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The key.
    pub key: Vec<u8>,
    /// The plain text.
    pub plain_text: String,
}

impl Opening {
    /// Reads the key from base64.
    pub fn read(key: &str, plain_text: &str) -> Result<Self, ApiError> {
        let read = BASE64.decode(key.as_bytes()).ok().filter(|key| key.len() == BYTES);
        let key = read.ok_or_else(|| {
            ApiError::new(ErrorCode::BadRequest, "the key of an opening is 32 bytes in base64").on_field("key")
        })?;
        Ok(Self { key, plain_text: plain_text.to_owned() })
    }

    /// Whether it opens a commitment.
    pub fn opens(&self, commitment: &Commitment) -> bool {
        mac(&self.key).chain_update(self.plain_text.as_bytes()).verify_slice(&commitment.0).is_ok()
    }
}

/// An encrypted message, as the house knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Franked {
    /// What its author committed himself to.
    pub commitment: Commitment,
    /// The room.
    pub room: RoomId,
    /// The message.
    pub message: MessageId,
    /// Who sent it.
    pub author: Uid,
    /// When it was taken.
    pub at: At,
}

/// The house's key for this. It is never changed: signatures of old messages would be worth nothing.
#[derive(Clone)]
pub struct FrankingKey(Vec<u8>);

impl std::fmt::Debug for FrankingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FrankingKey(..)")
    }
}

impl FrankingKey {
    /// The key from a secret text.
    pub fn new(secret: &str) -> Self {
        Self(secret.as_bytes().to_vec())
    }

    /// The house's signature, in base64.
    pub fn tag(&self, message: &Franked) -> String {
        BASE64.encode(&self.sign(message).finalize().into_bytes())
    }

    fn sign(&self, message: &Franked) -> Hmac<Sha256> {
        let Franked { commitment, room, message, author, at } = message;
        mac(&self.0)
            .chain_update(DOMAIN)
            .chain_update(commitment.0)
            .chain_update(room.as_uuid().as_bytes())
            .chain_update(message.as_uuid().as_bytes())
            .chain_update(at.as_ms().to_be_bytes())
            .chain_update(author.as_str())
    }
}

/// Why a report proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrankingError {
    /// The house did not sign this.
    #[error(
        "the house did not take such a message: its signature does not fit room, message, author, time and commitment"
    )]
    NotOurs,
    /// This was not said.
    #[error("the opening is not that of this message: key and text do not give its commitment")]
    NotSaid,
}

impl From<FrankingError> for ApiError {
    fn from(error: FrankingError) -> Self {
        Self::new(ErrorCode::BadRequest, error.to_string()).on_field("proof")
    }
}

/// Checks what a report brings, from the house's signature alone: nothing of the message need be stored any more.
pub fn verify(key: &FrankingKey, message: &Franked, tag: &str, opening: &Opening) -> Result<(), FrankingError> {
    let tag = BASE64.decode(tag.as_bytes()).map_err(|_| FrankingError::NotOurs)?;
    key.sign(message).verify_slice(&tag).map_err(|_| FrankingError::NotOurs)?;
    if opening.opens(&message.commitment) { Ok(()) } else { Err(FrankingError::NotSaid) }
}

/// An encrypted message that stands in the database, with what its author committed himself to; nothing if there is no such message, or if its
/// author gave no commitment. What stands there needs no signature to be believed: [`Opening::opens`] is all there is to check.
pub async fn of_message(conn: &mut PgConnection, id: MessageId) -> Result<Option<Franked>, StoreError> {
    let row = sqlx::query!(
        r#"select room_id, author, at_ms, commitment as "commitment!" from rooms.messages where id = $1 and commitment is not null"#,
        id.as_uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(|r| {
        Ok(Franked {
            commitment: Commitment::from_stored(r.commitment)?,
            room: RoomId::from_uuid(r.room_id),
            message: id,
            author: Uid::new(r.author).map_err(|e| StoreError::corrupt("a message's author", e))?,
            at: At::from_ms(r.at_ms),
        })
    })
    .transpose()
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, key: u8) -> (Opening, Commitment) {
        let opening = Opening { key: vec![key; BYTES], plain_text: text.to_owned() };
        let bytes = mac(&opening.key).chain_update(text).finalize().into_bytes();
        (opening, Commitment(bytes.into()))
    }

    #[test]
    fn a_report_proves_what_was_said_and_by_whom_and_nothing_else() {
        let key = FrankingKey::new("secret");
        let (opening, commitment) = said("I will find you", 7);
        let message = Franked {
            commitment,
            room: RoomId::generate(),
            message: MessageId::generate(),
            author: Uid::new("leo").expect("a name"),
            at: At::from_ms(1_790_000_000_000),
        };
        let tag = key.tag(&message);
        assert_eq!(verify(&key, &message, &tag, &opening), Ok(()));

        let other_words = Opening { plain_text: "I will help you".to_owned(), ..opening.clone() };
        let other_key = Opening { key: vec![8; BYTES], ..opening.clone() };
        for forged in [other_words, other_key] {
            assert_eq!(verify(&key, &message, &tag, &forged), Err(FrankingError::NotSaid));
        }
        // A reporter who makes up words with a commitment that fits them lacks the signature.
        let (made_up, fits) = said("I will help you", 9);
        assert!(made_up.opens(&fits));
        let changes: [Franked; 5] = [
            Franked { commitment: fits, ..message.clone() },
            Franked { author: Uid::new("ann").expect("a name"), ..message.clone() },
            Franked { room: RoomId::generate(), ..message.clone() },
            Franked { message: MessageId::generate(), ..message.clone() },
            Franked { at: At::from_ms(1_790_000_000_001), ..message.clone() },
        ];
        for changed in changes {
            assert_eq!(verify(&key, &changed, &tag, &opening), Err(FrankingError::NotOurs), "{changed:?}");
        }
        assert_eq!(verify(&FrankingKey::new("other"), &message, &tag, &opening), Err(FrankingError::NotOurs));
        assert_eq!(verify(&key, &message, "no base64", &opening), Err(FrankingError::NotOurs));
    }

    #[test]
    fn commitments_and_keys_of_another_form_are_refused() {
        let (_, commitment) = said("x", 1);
        assert_eq!(Commitment::read(&commitment.to_text()), Ok(commitment));
        for bad in ["", "AAAA", "!", &BASE64.encode(&[0; 33])] {
            assert!(Commitment::read(bad).is_err() && Opening::read(bad, "x").is_err(), "{bad}");
        }
    }
}
