//! Keys and passwords: made once, kept in files that only their owner may read, handed to processes as file names.
//!
//! The issuer's seed signs for every account, so it is as good as root: of all processes only signaling gets its path.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::{KeyPair, XKey};

use crate::error::{Result, StackError};
use crate::files;
use crate::layout::DataDir;

/// A key pair by its public half and the file that holds its seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The public key, as it stands in nats-server's configuration.
    pub public_key: String,
    /// The file that holds the seed.
    pub seed_file: PathBuf,
}

/// All keys of a stack.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The account key that signs what the auth callout answers.
    pub issuer: Identity,
    /// The curve key that seals requests to the auth callout.
    pub xkey: Identity,
    /// The callout service's own user, in account AUTH.
    pub callout: Identity,
    /// The user that hears of connections and may cut them, in account SYS.
    pub control: Identity,
    /// The worker `signaling`.
    pub signaling: Identity,
    /// The worker `billing`.
    pub billing: Identity,
    /// The worker `rooms`.
    pub rooms: Identity,
    /// The worker `moderation`.
    pub moderation: Identity,
    /// The worker `restream`.
    pub restream: Identity,
    /// Applies the streams when a stack starts.
    pub bootstrap: Identity,
}

impl Secrets {
    /// Reads the keys of a data folder, and makes those that are not there.
    pub fn load_or_make(data: &DataDir) -> Result<Self> {
        let keys = data.keys();
        let user = |name: &str| nkey(&keys, name, KeyPair::new_user);
        Ok(Self {
            issuer: nkey(&keys, "issuer", KeyPair::new_account)?,
            xkey: xkey(&keys)?,
            callout: user("callout")?,
            control: user("control")?,
            signaling: user("signaling")?,
            billing: user("billing")?,
            rooms: user("rooms")?,
            moderation: user("moderation")?,
            restream: user("restream")?,
            bootstrap: user("bootstrap")?,
        })
    }

    /// Every user that nats-server must let in without asking the callout.
    pub(crate) fn users(&self) -> [&Identity; 8] {
        [
            &self.callout,
            &self.control,
            &self.signaling,
            &self.billing,
            &self.rooms,
            &self.moderation,
            &self.restream,
            &self.bootstrap,
        ]
    }
}

/// The password in `<name>.password`, made if it is not there. It needs no quoting, neither in a URL nor in SQL.
pub(crate) fn password(data: &DataDir, name: &str) -> Result<String> {
    kept(&data.keys().join(format!("{name}.password")), || Ok(random_text()))
}

/// Makes the secret for development tokens unless it is there.
pub(crate) fn dev_token_secret(data: &DataDir) -> Result<PathBuf> {
    let path = data.dev_token_secret();
    kept(&path, || Ok(random_text()))?;
    Ok(path)
}

/// Makes the secret that signs tickets of viewers unless it is there.
pub(crate) fn viewer_ticket_secret(data: &DataDir) -> Result<PathBuf> {
    let path = data.keys().join("viewer-tickets.secret");
    kept(&path, || Ok(random_text()))?;
    Ok(path)
}

/// Makes the secret that signs links to files unless it is there.
pub(crate) fn files_secret(data: &DataDir) -> Result<PathBuf> {
    let path = data.keys().join("files.secret");
    kept(&path, || Ok(random_text()))?;
    Ok(path)
}

/// Makes the secret that signs encrypted messages for reports unless it is there.
pub(crate) fn franking_secret(data: &DataDir) -> Result<PathBuf> {
    let path = data.keys().join("franking.secret");
    kept(&path, || Ok(random_text()))?;
    Ok(path)
}

fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

fn nkey(keys: &Path, name: &str, make: fn() -> KeyPair) -> Result<Identity> {
    let seed_file = keys.join(format!("{name}.nk"));
    let seed = kept(&seed_file, || make().seed().map_err(|error| unmakeable(&error)))?;
    let pair = KeyPair::from_seed(&seed).map_err(|error| corrupt(&seed_file, &error))?;
    Ok(Identity { public_key: pair.public_key(), seed_file })
}

fn xkey(keys: &Path) -> Result<Identity> {
    let seed_file = keys.join("callout-xkey.nk");
    let seed = kept(&seed_file, || XKey::new().seed().map_err(|error| unmakeable(&error)))?;
    let pair = XKey::from_seed(&seed).map_err(|error| corrupt(&seed_file, &error))?;
    Ok(Identity { public_key: pair.public_key(), seed_file })
}

/// The text of a file; the file is made, readable by its owner only, if it is not there.
fn kept(path: &Path, make: impl FnOnce() -> Result<String>) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Ok(_) => Err(StackError::Corrupt { path: path.to_owned(), detail: "it is empty".into() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let text = make()?;
            files::write_whole(path, text.as_bytes(), files::PRIVATE_FILE)?;
            Ok(text)
        }
        Err(error) => Err(StackError::io("read", path)(error)),
    }
}

fn unmakeable(error: &nkeys::error::Error) -> StackError {
    StackError::Unusable(format!("cannot make a key: {error}"))
}

fn corrupt(path: &Path, error: &nkeys::error::Error) -> StackError {
    StackError::Corrupt { path: path.to_owned(), detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_are_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        let first = Secrets::load_or_make(&data).unwrap();
        let second = Secrets::load_or_make(&data).unwrap();
        assert_eq!(first.issuer, second.issuer);
        assert_eq!(first.xkey, second.xkey);
        assert!(first.issuer.public_key.starts_with('A'));
        assert!(first.xkey.public_key.starts_with('X'));
        assert!(first.users().iter().all(|user| user.public_key.starts_with('U')));
        assert_eq!(password(&data, "postgres").unwrap(), password(&data, "postgres").unwrap());
        for file in fs::read_dir(data.keys()).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_broken_seed_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        fs::write(data.keys().join("issuer.nk"), "SAnonsense").unwrap();
        assert!(Secrets::load_or_make(&data).unwrap_err().to_string().contains("issuer.nk"));
    }
}
