//! The public keys of the platform's login tokens, from a file or an address, read anew from time to time.
//!
//! Each key is good for exactly one algorithm, which follows from the key itself: a token cannot choose how it is
//! checked. Keys of secrets (`oct`) in a public document are never taken.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use callboard_worker::SetupError;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

const FETCH_PATIENCE: Duration = Duration::from_secs(5);
const MAX_DOCUMENT_BYTES: u64 = 1024 * 1024;

/// A key and the one algorithm that it is for.
pub(crate) struct LoginKey {
    pub(crate) id: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

/// Where the keys come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    File(PathBuf),
    Url(String),
}

/// The keys as they were read last.
pub(crate) struct KeySet {
    source: Source,
    keys: RwLock<Arc<Vec<LoginKey>>>,
}

impl KeySet {
    /// A set that is still empty.
    pub(crate) fn new(source: Source) -> Self {
        Self { source, keys: RwLock::default() }
    }

    /// The keys.
    pub(crate) fn keys(&self) -> Arc<Vec<LoginKey>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys anew; keeps the old ones if that fails. Blocks.
    pub(crate) fn read(&self) -> Result<(), SetupError> {
        let text = match &self.source {
            Source::File(path) => std::fs::read_to_string(path).map_err(|e| e.to_string()),
            Source::Url(url) => fetch(url).map_err(|e| e.to_string()),
        };
        let keys = text.and_then(|text| parse(&text));
        let keys = keys.map_err(|e| SetupError(format!("the keys of login tokens in {}: {e}", self.source)))?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(url),
        }
    }
}

fn fetch(url: &str) -> Result<String, ureq::Error> {
    let config = ureq::Agent::config_builder().timeout_global(Some(FETCH_PATIENCE)).max_redirects(0).build();
    let mut answer = config.new_agent().get(url).call()?;
    answer.body_mut().with_config().limit(MAX_DOCUMENT_BYTES).read_to_string()
}

fn parse(text: &str) -> Result<Vec<LoginKey>, String> {
    let set: JwkSet = serde_json::from_str(text).map_err(|e| format!("is no JWKS: {e}"))?;
    let keys: Vec<LoginKey> = set.keys.iter().filter_map(login_key).collect();
    if keys.is_empty() { Err("holds no key for EdDSA, ES256 or RS256".to_owned()) } else { Ok(keys) }
}

fn login_key(jwk: &Jwk) -> Option<LoginKey> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(p) if p.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(p) if p.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|named| named != KeyAlgorithm::from(algorithm)) {
        return None;
    }
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some(LoginKey { id: jwk.common.key_id.clone(), algorithm, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_signing_keys_of_known_kinds_are_taken() {
        let ed =
            r#"{"kty":"OKP","crv":"Ed25519","kid":"k1","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let keys = parse(&format!(r#"{{"keys":[{ed}]}}"#)).unwrap();
        assert_eq!((keys[0].algorithm, keys[0].id.as_deref()), (Algorithm::EdDSA, Some("k1")));
        for bad in [
            r#"{"kty":"oct","k":"c2VjcmV0"}"#.to_owned(),
            ed.replace("\"sig\"", "\"enc\""),
            ed.replace("\"use\":\"sig\"", "\"alg\":\"RS256\""),
        ] {
            assert!(parse(&format!(r#"{{"keys":[{bad}]}}"#)).is_err(), "{bad}");
        }
        assert!(parse("{}").is_err() && parse("").is_err());
    }
}
