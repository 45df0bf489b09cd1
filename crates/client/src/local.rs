//! The stack on this machine, as its `state.json` tells of it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::context::{Context, LOCAL, Origin};
use crate::error::ClientError;

/// A stack on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalStack {
    /// Its data folder.
    pub data: PathBuf,
    /// Its environment.
    pub environment: String,
    /// nats-server for staff.
    pub server: String,
    /// nats-server for client apps.
    pub websocket: Option<String>,
    /// The first admin's credential.
    pub credential: PathBuf,
}

#[derive(Deserialize)]
struct State {
    environment: String,
    nats: Nats,
    admin_credential: PathBuf,
}

#[derive(Deserialize)]
struct Nats {
    url: String,
    #[serde(default)]
    websocket_url: Option<String>,
}

impl LocalStack {
    /// The stack of a data folder; none if there is none.
    pub fn at(data: &Path) -> Result<Option<Self>, ClientError> {
        let path = data.join("state.json");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(ClientError::file(path, e)),
        };
        let state: State = serde_json::from_str(&text).map_err(|e| ClientError::file(&path, e))?;
        Ok(Some(Self {
            data: data.to_owned(),
            environment: state.environment,
            server: state.nats.url,
            websocket: state.nats.websocket_url,
            credential: state.admin_credential,
        }))
    }

    /// The data folder where nothing else is said.
    pub fn default_data() -> Option<PathBuf> {
        if let Some(data) = var("CALLBOARD_DATA") {
            return Some(data);
        }
        let system = PathBuf::from("/var/lib/callboard/default");
        let data_home = || var("XDG_DATA_HOME").filter(|p| p.is_absolute());
        let own =
            data_home().or_else(|| var("HOME").map(|home| home.join(".local/share"))).map(|d| d.join("callboard"));
        // Root's stack lies in the system's folder.
        own.filter(|own| own.join("state.json").exists() || !system.join("state.json").exists()).or(Some(system))
    }

    /// The context that goes with it.
    pub fn context(&self) -> Context {
        Context {
            name: LOCAL.to_owned(),
            server: self.server.clone(),
            credential: self.credential.clone(),
            environment: self.environment.clone(),
            allow_changes: None,
            origin: Origin::Local(self.data.clone()),
        }
    }
}

pub(crate) fn var(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
}
