//! Login tokens of staff: signed by the nkey of their credential a moment ago, for this house.

use nkeys::{KeyPair, KeyPairType};
use serde::Deserialize;

use super::{Refusal, nats_jwt};

/// The audience that says that a token is one of staff.
pub(crate) const AUDIENCE: &str = "callboard-staff";
/// A login token may hold for so long at most, so that one which is overheard is soon worthless.
const MAX_AHEAD_S: u64 = 300;

/// What a good token says.
#[derive(Debug, Deserialize)]
pub(crate) struct StaffClaims {
    /// The public nkey.
    pub(crate) iss: String,
    /// The name.
    pub(crate) sub: String,
    aud: String,
    exp: u64,
}

/// Whether a token claims to be one of staff. Nothing is believed yet.
pub(crate) fn looks_like_one(token: &str) -> bool {
    #[derive(Deserialize)]
    struct Audience {
        aud: serde_json::Value,
    }
    use base64::Engine as _;
    let body = token.split('.').nth(1).unwrap_or_default();
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(body)
        .ok()
        .and_then(|body| serde_json::from_slice::<Audience>(&body).ok())
        .is_some_and(|claims| claims.aud == AUDIENCE)
}

/// Checks signature, audience and time. Whose key it is, and whether it was taken back, is the database's to say.
pub(crate) fn verify(token: &str, now: u64) -> Result<StaffClaims, Refusal> {
    let claims: StaffClaims = nats_jwt::verify(token, &["EdDSA", "ed25519-nkey"], |c: &StaffClaims| &c.iss)?;
    let is_user = KeyPair::from_public_key(&claims.iss).is_ok_and(|k| matches!(k.key_pair_type(), KeyPairType::User));
    if !is_user {
        return Err(Refusal::new("the staff token is not signed by a user's nkey"));
    }
    if claims.aud != AUDIENCE {
        return Err(Refusal::new("the staff token is for another audience"));
    }
    if claims.exp <= now {
        return Err(Refusal::new("the staff token has expired"));
    }
    if claims.exp > now + MAX_AHEAD_S {
        return Err(Refusal(format!("the staff token holds for longer than {MAX_AHEAD_S} s")));
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::super::nats_jwt::{Claims, sign};
    use super::*;

    fn token(key: &KeyPair, aud: &str, exp: u64) -> String {
        let claims = Claims {
            jti: String::new(),
            iat: 0,
            iss: String::new(),
            sub: "ines",
            aud,
            name: None,
            exp: Some(exp),
            nats: 0,
        };
        sign(claims, key).unwrap()
    }

    #[test]
    fn only_a_short_lived_token_of_a_user_key_for_this_house_is_good() {
        let key = KeyPair::new_user();
        let good = token(&key, AUDIENCE, 160);
        assert!(looks_like_one(&good));
        let claims = verify(&good, 100).unwrap();
        assert_eq!((claims.sub.as_str(), claims.iss), ("ines", key.public_key()));
        for (bad, says) in [
            (token(&key, AUDIENCE, 100), "expired"),
            (token(&key, AUDIENCE, 401), "longer"),
            (token(&key, "callboard", 160), "another audience"),
            (token(&KeyPair::new_account(), AUDIENCE, 160), "user's nkey"),
            (good[..good.len() - 6].to_owned(), "sign"),
        ] {
            let refusal = verify(&bad, 100).unwrap_err().to_string();
            assert!(refusal.contains(says), "{refusal}");
        }
        assert!(!looks_like_one("a.b.c") && !looks_like_one(&token(&key, "callboard", 160)));
    }
}
