//! What nats-server asks: who is this connection, and what does it say for itself.

use callboard_people::connections::Connection;
use serde::Deserialize;

use super::{Refusal, nats_jwt};

/// A question, opened and checked.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Question {
    pub(crate) server_id: ServerId,
    /// The key that the server made for this connection; the answer is about it.
    pub(crate) user_nkey: String,
    pub(crate) client_info: ClientInfo,
    #[serde(default)]
    pub(crate) connect_opts: ConnectOpts,
}

/// The server that asks.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ServerId {
    pub(crate) id: String,
}

/// What the server knows of the connection.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct ClientInfo {
    #[serde(default)]
    pub(crate) host: String,
    #[serde(default)]
    pub(crate) id: u64,
    #[serde(default)]
    pub(crate) kind: String,
    /// `nats`, `websocket` or `mqtt`.
    #[serde(default, rename = "type")]
    pub(crate) transport: String,
}

/// What the connection says for itself.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct ConnectOpts {
    #[serde(default)]
    pub(crate) auth_token: String,
}

impl std::fmt::Debug for ConnectOpts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectOpts").finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
struct Sealed {
    iss: String,
    nats: Question,
}

impl Question {
    /// Reads a question; it must be signed by the server that it names.
    pub(crate) fn read(token: &str) -> Result<Self, Refusal> {
        let sealed: Sealed = nats_jwt::verify(token, &["ed25519-nkey"], |c: &Sealed| &c.iss)?;
        if sealed.iss == sealed.nats.server_id.id {
            Ok(sealed.nats)
        } else {
            Err(Refusal::new("the question is not signed by the server that it names"))
        }
    }

    /// The connection, as the server numbers it.
    pub(crate) fn connection(&self) -> Connection {
        Connection { server_id: self.server_id.id.clone(), cid: self.client_info.id }
    }
}
