//! What signaling is told: the settings of all workers, the keys of the sign-in, where the platform's login keys are.

use std::path::PathBuf;

use callboard_contract::api::calls::IceServer;
use callboard_worker::{CallTimes, SetupError, WorkerConfig, read_secret};
use clap::Parser;
use nkeys::{KeyPair, KeyPairType, XKey};

use crate::auth::CalloutKeys;

/// Sign-in, presence, call lifecycle, and the relay of offers and candidates.
#[derive(Clone, Debug, Parser)]
#[command(name = "callboard-signaling", version)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) worker: WorkerConfig,
    #[command(flatten)]
    pub(crate) times: CallTimes,
    /// File with the seed of the sign-in service's nkey, in account AUTH.
    #[arg(long, env = "CALLBOARD_CALLOUT_SEED_FILE")]
    pub(crate) callout_seed_file: PathBuf,
    /// File with the seed of the account key that signs what the sign-in answers; as good as root, so nobody else gets it.
    #[arg(long, env = "CALLBOARD_CALLOUT_ISSUER_FILE")]
    pub(crate) callout_issuer_file: PathBuf,
    /// File with the seed of the curve key that seals the server's questions.
    #[arg(long, env = "CALLBOARD_CALLOUT_XKEY_FILE")]
    pub(crate) callout_xkey_file: PathBuf,
    /// File with the seed of the user that hears of connections and cuts them, in account SYS.
    #[arg(long, env = "CALLBOARD_SYS_SEED_FILE")]
    pub(crate) sys_seed_file: PathBuf,
    /// File with the public keys (JWKS) of the platform's login tokens.
    #[arg(long, env = "CALLBOARD_JWKS_FILE", conflicts_with = "jwks_url")]
    pub(crate) jwks_file: Option<PathBuf>,
    /// Address of the public keys (JWKS) of the platform's login tokens; https, or http on this machine.
    #[arg(long, env = "CALLBOARD_JWKS_URL")]
    pub(crate) jwks_url: Option<String>,
    /// What login tokens must name as their audience.
    #[arg(long, env = "CALLBOARD_TOKEN_AUDIENCE", default_value = "callboard")]
    pub(crate) token_audience: String,
    /// File with the secret of development tokens; only in environment `development`.
    #[arg(long, env = "CALLBOARD_DEV_TOKEN_SECRET_FILE")]
    pub(crate) dev_token_secret_file: Option<PathBuf>,
    /// STUN servers that apps are told, separated by commas: `stun:stun.example:3478`.
    #[arg(long, env = "CALLBOARD_ICE_SERVERS", default_value = "")]
    pub(crate) ice_servers: String,
}

impl Settings {
    /// What can be found wrong without opening anything.
    pub(crate) fn check(&self) -> Result<(), SetupError> {
        if self.dev_token_secret_file.is_some() && !self.worker.is_development() {
            return Err(SetupError(format!(
                "a secret for development tokens is set, but the environment is `{}`: take one of the two away",
                self.worker.environment
            )));
        }
        if self.dev_token_secret_file.is_none() && self.jwks_file.is_none() && self.jwks_url.is_none() {
            return Err(SetupError("no keys for login tokens: set jwks-file or jwks-url".to_owned()));
        }
        if let Some(url) = self.jwks_url.as_deref().filter(|url| !is_safe(url)) {
            return Err(SetupError(format!(
                "jwks-url `{url}` must start with https://; http:// is for this machine only"
            )));
        }
        let odd = self.ice_urls().find(|url| !url.starts_with("stun:") && !url.starts_with("stuns:"));
        odd.map_or(Ok(()), |url| Err(SetupError(format!("ice-servers: `{url}` must start with stun: or stuns:"))))
    }

    /// The ICE servers that joining apps are told.
    pub(crate) fn ice_servers(&self) -> Vec<IceServer> {
        self.ice_urls().map(|url| IceServer { urls: vec![url.to_owned()], username: None, credential: None }).collect()
    }

    /// The keys of the sign-in.
    pub(crate) fn callout_keys(&self) -> Result<CalloutKeys, SetupError> {
        let file = &self.callout_issuer_file;
        let issuer = KeyPair::from_seed(&read_secret(file)?)
            .ok()
            .filter(|key| matches!(key.key_pair_type(), KeyPairType::Account))
            .ok_or_else(|| SetupError(format!("the key file {} holds no account seed (SA…)", file.display())))?;
        let file = &self.callout_xkey_file;
        let xkey = XKey::from_seed(&read_secret(file)?)
            .map_err(|_| SetupError(format!("the key file {} holds no curve seed (SX…)", file.display())))?;
        Ok(CalloutKeys { issuer, xkey })
    }

    fn ice_urls(&self) -> impl Iterator<Item = &str> {
        self.ice_servers.split(',').map(str::trim).filter(|url| !url.is_empty())
    }
}

fn is_safe(url: &str) -> bool {
    let here = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
    url.starts_with("https://") || here.iter().any(|start| url.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(more: &[&str]) -> Settings {
        let base = [
            "x",
            "--nats-seed-file=a",
            "--database-url=b",
            "--callout-seed-file=c",
            "--callout-issuer-file=d",
            "--callout-xkey-file=e",
            "--sys-seed-file=f",
        ];
        Settings::try_parse_from(base.iter().chain(more)).unwrap()
    }

    #[test]
    fn unsafe_settings_are_refused() {
        for (args, says) in [
            (&["--dev-token-secret-file=s"][..], "environment is `production`"),
            (&[], "no keys for login tokens"),
            (&["--jwks-url=http://id.example/keys"], "must start with https://"),
            (&["--jwks-file=k", "--ice-servers=turn:x"], "must start with stun:"),
        ] {
            assert!(settings(args).check().unwrap_err().to_string().contains(says));
        }
        settings(&["--jwks-url=https://id.example/keys", "--ice-servers=stun:a:1, stun:b:2"]).check().unwrap();
        settings(&["--dev-token-secret-file=s", "--environment=development"]).check().unwrap();
    }
}
