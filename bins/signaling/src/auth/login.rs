//! Login tokens of users: JWTs of the platform's identity provider, and, on development stacks only, the house's own.

use std::sync::Arc;
use std::time::Duration;

use callboard_domain::Uid;
use callboard_worker::{House, SetupError, read_secret};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::Refusal;
use super::jwks::{KeySet, Source};
use crate::config::Settings;
use crate::unix;

const READ_EVERY: Duration = Duration::from_mins(5);
/// However many tokens name unknown keys, the document is not read more often than this.
const READ_AT_MOST_EVERY: Duration = Duration::from_secs(10);
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Connections end after this at the latest, whatever the token says.
pub(crate) const MAX_SESSION_S: u64 = 24 * 3600;

/// Who a good token says that somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) uid: Uid,
    /// Seconds since the Unix epoch.
    pub(crate) expires: u64,
}

/// Checks login tokens.
pub(crate) struct LoginTokens {
    keys: Option<Arc<KeySet>>,
    development: Option<Development>,
    audience: String,
    unknown_key: Arc<Notify>,
}

struct Development {
    check: DecodingKey,
    sign: EncodingKey,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

#[derive(Serialize)]
struct DevelopmentClaims<'a> {
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
}

impl LoginTokens {
    /// Reads the keys; those at an address are read once the worker runs.
    pub(crate) fn new(settings: &Settings) -> Result<Self, SetupError> {
        let source = match (&settings.jwks_file, &settings.jwks_url) {
            (Some(file), _) => Some(Source::File(file.clone())),
            (None, Some(url)) => Some(Source::Url(url.clone())),
            (None, None) => None,
        };
        let keys = source.clone().map(|source| Arc::new(KeySet::new(source)));
        if let (Some(keys), Some(Source::File(_))) = (&keys, &source) {
            keys.read()?;
        }
        let secret = settings.dev_token_secret_file.as_ref().map(|file| read_secret(file)).transpose()?;
        Ok(Self {
            keys,
            development: secret.map(|s| Development {
                check: DecodingKey::from_secret(s.as_bytes()),
                sign: EncodingKey::from_secret(s.as_bytes()),
            }),
            audience: settings.token_audience.clone(),
            unknown_key: Arc::default(),
        })
    }

    /// Reads the keys anew from time to time, and soon after a token named one that is not known.
    pub(crate) fn start(&self, house: &House) {
        let Some(keys) = self.keys.clone() else { return };
        let unknown = Arc::clone(&self.unknown_key);
        house.spawn("login keys", move |stop| {
            let (keys, unknown) = (Arc::clone(&keys), Arc::clone(&unknown));
            async move {
                while !stop.is_cancelled() {
                    let read = Arc::clone(&keys);
                    let done = tokio::task::spawn_blocking(move || read.read()).await;
                    done.map_err(|e| SetupError(e.to_string())).and_then(|done| done)?;
                    stop.run_until_cancelled(tokio::time::sleep(READ_AT_MOST_EVERY)).await;
                    tokio::select! {
                        () = unknown.notified() => {}
                        () = tokio::time::sleep(READ_EVERY) => {}
                        () = stop.cancelled() => {}
                    }
                }
                Ok::<(), SetupError>(())
            }
        });
    }

    /// Checks a token: signature, audience, time and the rules for uids.
    pub(crate) fn verify(&self, token: &str) -> Result<Login, Refusal> {
        if token.is_empty() {
            return Err(Refusal::new("no login token was given"));
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::new("the login token is too long"));
        }
        let bad = |e: &jsonwebtoken::errors::Error| Refusal(format!("the login token is not good: {e}"));
        let header = decode_header(token).map_err(|e| bad(&e))?;
        let claims = match header.alg {
            Algorithm::HS256 => {
                let development = self.development.as_ref();
                let key = development.ok_or_else(|| Refusal::new("development tokens are not taken here"))?;
                self.decode(token, &key.check, Algorithm::HS256).map_err(|e| bad(&e))?
            }
            algorithm @ (Algorithm::EdDSA | Algorithm::ES256 | Algorithm::RS256) => {
                self.by_key_set(token, &header, algorithm)?
            }
            _ => return Err(Refusal::new("the login token is signed in a way that is not taken")),
        };
        let uid = Uid::new(claims.sub).map_err(|e| Refusal(format!("the uid in the login token {e}")))?;
        Ok(Login { uid, expires: claims.exp.min(unix::seconds() + MAX_SESSION_S) })
    }

    /// Makes a development token.
    pub(crate) fn development_token(&self, uid: &Uid, expires: u64) -> Option<String> {
        let key = &self.development.as_ref()?.sign;
        let claims = DevelopmentClaims { sub: uid.as_str(), aud: &self.audience, iat: unix::seconds(), exp: expires };
        encode(&Header::new(Algorithm::HS256), &claims, key).ok()
    }

    fn by_key_set(&self, token: &str, header: &Header, algorithm: Algorithm) -> Result<Claims, Refusal> {
        let keys = self.keys.as_ref().ok_or_else(|| Refusal::new("only development tokens are taken here"))?.keys();
        let mut candidates = keys
            .iter()
            .filter(|k| k.algorithm == algorithm && (header.kid.is_none() || k.id.is_none() || k.id == header.kid))
            .peekable();
        if candidates.peek().is_none() {
            self.unknown_key.notify_one();
            return Err(Refusal::new("the login token is signed with a key that is not known (yet)"));
        }
        let mut last = Refusal::new("the login token is not good");
        for key in candidates {
            match self.decode(token, &key.key, algorithm) {
                Ok(claims) => return Ok(claims),
                Err(error) => last = Refusal(format!("the login token is not good: {error}")),
            }
        }
        Err(last)
    }

    fn decode(&self, token: &str, key: &DecodingKey, algorithm: Algorithm) -> jsonwebtoken::errors::Result<Claims> {
        let mut rules = Validation::new(algorithm);
        rules.leeway = 0;
        rules.validate_nbf = true;
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["exp", "aud", "sub"]);
        decode::<Claims>(token, key, &rules).map(|TokenData { claims, .. }| claims)
    }
}

#[cfg(test)]
mod tests;
