//! Credential files of staff: a name and an nkey seed. The house knows the public key; the seed signs a login token for each
//! connection, good for a minute.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callboard_domain::StaffName;
use nkeys::{KeyPair, KeyPairType};
use serde::{Deserialize, Serialize};

use crate::error::ClientError;

/// The audience of login tokens of staff.
pub const AUDIENCE: &str = "callboard-staff";
/// How long a login token holds, in seconds.
pub const TOKEN_SECONDS: u64 = 60;

const WARNING: &str =
    "# A credential of Callboard staff. Whoever has it can act under this name: keep it to yourself.\n";

/// A member of staff's means to sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Whose it is.
    pub name: StaffName,
    /// The seed of the key, `SU…`.
    seed: String,
    /// The server at which it is known, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("name", &self.name)
            .field("public_key", &self.public_key())
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Header {
    typ: &'static str,
    alg: &'static str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: String,
    sub: &'a str,
    aud: &'static str,
    iat: u64,
    exp: u64,
}

impl Credential {
    /// A credential with a new key.
    pub fn generate(name: StaffName) -> Self {
        let seed = KeyPair::new_user().seed().expect("a new key pair has its seed");
        Self { name, seed, server: None }
    }

    /// The public key, `U…`: what the house has to know.
    pub fn public_key(&self) -> String {
        self.key().public_key()
    }

    /// A login token, made now.
    pub fn login_token(&self) -> String {
        self.login_token_at(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }

    /// A login token, made at that second since 1970.
    pub fn login_token_at(&self, now: u64) -> String {
        let key = self.key();
        let exp = now + TOKEN_SECONDS;
        let claims = Claims { iss: key.public_key(), sub: self.name.as_str(), aud: AUDIENCE, iat: now, exp };
        let body = format!("{}.{}", part(&Header { typ: "JWT", alg: "EdDSA" }), part(&claims));
        let signature = key.sign(body.as_bytes()).expect("a key from a seed can sign");
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Reads a credential file. It must be readable by its owner only.
    pub fn read(path: &Path) -> Result<Self, ClientError> {
        let failed = |e: std::io::Error| ClientError::file(path, format_args!("cannot read the credential: {e}"));
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            let why = format!("others may read this credential (mode {:03o}); chmod 600 it", mode & 0o777);
            return Err(ClientError::file(path, why));
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        let credential: Self = toml::from_str(&text)
            .map_err(|e| ClientError::file(path, format_args!("is no credential: {}", e.message())))?;
        match KeyPair::from_seed(&credential.seed) {
            Ok(key) if key.key_pair_type() == KeyPairType::User => Ok(credential),
            Ok(_) => Err(ClientError::file(path, "the seed is none of a user (SU…)")),
            Err(e) => Err(ClientError::file(path, format_args!("the seed cannot be used: {e}"))),
        }
    }

    /// Writes a credential file that only its owner may read. An existing file is replaced as a whole.
    pub fn write(&self, path: &Path) -> Result<(), ClientError> {
        let failed = |e: std::io::Error| ClientError::file(path, format_args!("cannot write the credential: {e}"));
        let text = toml::to_string(self).map_err(|e| ClientError::file(path, e))?;
        let mut name = path.file_name().ok_or_else(|| ClientError::file(path, "is no file name"))?.to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let draft = path.with_file_name(name);
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft).map_err(failed)?;
        file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(failed)?;
        file.write_all(WARNING.as_bytes()).and_then(|()| file.write_all(text.as_bytes())).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&draft, path).map_err(failed)
    }

    fn key(&self) -> KeyPair {
        KeyPair::from_seed(&self.seed).expect("the seed was checked when it was made or read")
    }
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("strings and numbers are always json"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_credential_round_trips_in_a_file_of_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ines.cred");
        let mut credential = Credential::generate(StaffName::new("ines").unwrap());
        credential.server = Some("nats://127.0.0.1:4222".to_owned());
        credential.write(&path).unwrap();
        credential.write(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Credential::read(&path).unwrap(), credential);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(!format!("{credential:?}").contains(&credential.seed), "the seed must not be shown");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Credential::read(&path).unwrap_err().to_string().contains("chmod 600"));
        fs::write(&path, "name = \"ines\"\nseed = \"nonsense\"\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let nonsense = Credential::read(&path).unwrap_err().to_string();
        assert!(nonsense.contains("seed") && !nonsense.contains("nonsense"), "{nonsense}");
    }

    #[test]
    fn login_tokens_hold_a_minute_and_can_be_checked_with_the_public_key() {
        let credential = Credential::generate(StaffName::new("ines").unwrap());
        let token = credential.login_token_at(1_800_000_000);
        let parts: Vec<&str> = token.split('.').collect();
        let decode = |p: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(p).unwrap()).unwrap() };
        assert_eq!(decode(parts[0]), serde_json::json!({"typ": "JWT", "alg": "EdDSA"}));
        let claims = decode(parts[1]);
        assert_eq!(claims["iss"], credential.public_key());
        assert!(credential.public_key().starts_with('U'));
        assert_eq!((&claims["sub"], &claims["aud"]), (&"ines".into(), &AUDIENCE.into()));
        assert_eq!((claims["iat"].as_u64(), claims["exp"].as_u64()), (Some(1_800_000_000), Some(1_800_000_060)));
        let public = KeyPair::from_public_key(&credential.public_key()).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        public.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature).unwrap();
    }
}
