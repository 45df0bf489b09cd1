//! JWTs in the dialect of nats-server: Ed25519 by nkeys, with an id that is the hash of the claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::BASE32_NOPAD;
use nkeys::KeyPair;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha512_256};

use super::Refusal;

const NKEY_ALGORITHM: &str = "ed25519-nkey";

/// The claims of a token that this house signs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Claims<'a, N> {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) jti: String,
    pub(crate) iat: u64,
    pub(crate) iss: String,
    pub(crate) sub: &'a str,
    pub(crate) aud: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exp: Option<u64>,
    pub(crate) nats: N,
}

#[derive(Serialize, Deserialize)]
struct Header {
    typ: String,
    alg: String,
}

/// Signs claims; fills in who signs and the id.
pub(crate) fn sign<N: Serialize>(mut claims: Claims<'_, N>, key: &KeyPair) -> Result<String, Refusal> {
    let bad = |e: &dyn std::fmt::Display| Refusal(format!("cannot sign: {e}"));
    claims.iss = key.public_key();
    claims.jti = String::new();
    let unnamed = serde_json::to_vec(&claims).map_err(|e| bad(&e))?;
    claims.jti = BASE32_NOPAD.encode(&Sha512_256::digest(&unnamed));
    let header = Header { typ: "JWT".to_owned(), alg: NKEY_ALGORITHM.to_owned() };
    let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).map_err(|e| bad(&e))?);
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).map_err(|e| bad(&e))?);
    let signed = format!("{header}.{body}");
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).map_err(|e| bad(&e))?);
    Ok(format!("{signed}.{signature}"))
}

/// Reads claims whose signature is that of the public key which `issuer` finds in them.
pub(crate) fn verify<C: DeserializeOwned>(
    token: &str,
    algorithms: &[&str],
    issuer: impl Fn(&C) -> &str,
) -> Result<C, Refusal> {
    let bad = |what: &str| Refusal(format!("the token {what}"));
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| bad("has no signature"))?;
    let (header, body) = signed.split_once('.').ok_or_else(|| bad("has no body"))?;
    let header: Header = decode(header).ok_or_else(|| bad("has a header that cannot be read"))?;
    if !algorithms.contains(&header.alg.as_str()) {
        return Err(bad("is not signed with Ed25519"));
    }
    let claims: C = decode(body).ok_or_else(|| bad("has claims that cannot be read"))?;
    let key = KeyPair::from_public_key(issuer(&claims)).map_err(|_| bad("names no nkey as its issuer"))?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| bad("has a signature that cannot be read"))?;
    key.verify(signed.as_bytes(), &signature).map_err(|_| bad("is not signed by its issuer"))?;
    Ok(claims)
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Read {
        jti: String,
        iss: String,
        sub: String,
        name: Option<String>,
    }

    fn claims(name: Option<&str>) -> Claims<'_, u8> {
        Claims { jti: String::new(), iat: 1, iss: String::new(), sub: "UXYZ", aud: "EDGE", name, exp: None, nats: 1 }
    }

    #[test]
    fn what_is_signed_is_read_back_and_ids_follow_from_claims() {
        let key = KeyPair::new_account();
        let token = sign(claims(Some("maya")), &key).unwrap();
        let read: Read = verify(&token, &[NKEY_ALGORITHM], |c: &Read| &c.iss).unwrap();
        assert_eq!((read.sub.as_str(), read.name.as_deref(), read.iss), ("UXYZ", Some("maya"), key.public_key()));
        assert_eq!(read.jti.len(), 52);
        assert_eq!(token, sign(claims(Some("maya")), &key).unwrap());
        assert_ne!(token, sign(claims(Some("ben")), &key).unwrap());
    }

    #[test]
    fn a_changed_token_is_refused() {
        let (key, other) = (KeyPair::new_account(), KeyPair::new_account());
        let token = sign(claims(None), &key).unwrap();
        let [header, body, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let stolen = String::from_utf8(URL_SAFE_NO_PAD.decode(body).unwrap())
            .unwrap()
            .replace(&key.public_key(), &other.public_key());
        let stolen = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(stolen));
        let none = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#));
        for bad in [stolen.as_str(), none.as_str(), "", "a", "a.b", "a.b.c", &token[..token.len() - 4]] {
            assert!(verify(bad, &[NKEY_ALGORITHM], |c: &Read| &c.iss).is_err(), "{bad}");
        }
    }
}
