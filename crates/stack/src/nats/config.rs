//! nats-server's configuration as types. The server reads JSON, which spares a writer for its own format; sizes are
//! plain numbers of bytes, because a quoted `16KB` would be a text.

use serde::Serialize;

use super::{NatsOptions, NatsPorts, Permissions};
use crate::secrets::{Identity, Secrets};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

/// Workers' messages; client apps get [`CLIENT_PAYLOAD`].
const PAYLOAD: u64 = MIB;
const CLIENT_PAYLOAD: u64 = 16 * KIB;
/// Per connection of a client app.
const CLIENT_SUBSCRIPTIONS: u32 = 32;
const CONNECTIONS: u32 = 50_000;
/// Leaves workers and staff a way in when client apps have taken all of theirs.
const CLIENT_CONNECTIONS: u32 = 40_000;
/// What the server may have waiting for one connection before it cuts that off as a slow consumer.
const PENDING: u64 = 16 * MIB;
/// The `HttpOnly` cookie that may carry the login token instead of the connect message.
const TOKEN_COOKIE: &str = "callboard_token";

/// The text of the configuration file.
pub fn render_config(secrets: &Secrets, options: &NatsOptions, ports: NatsPorts, store: &str) -> String {
    let config = Config::new(secrets, options, ports, store);
    serde_json::to_string_pretty(&config).expect("texts, numbers and lists always serialise")
}

#[derive(Serialize)]
struct Config<'a> {
    server_name: &'static str,
    listen: String,
    http: String,
    max_payload: u64,
    max_control_line: u64,
    max_pending: u64,
    max_connections: u32,
    write_deadline: &'static str,
    ping_interval: &'static str,
    ping_max: u32,
    lame_duck_grace_period: &'static str,
    lame_duck_duration: &'static str,
    jetstream: JetStream<'a>,
    websocket: WebSocket<'a>,
    system_account: &'static str,
    accounts: Accounts<'a>,
    authorization: Authorization<'a>,
}

#[derive(Serialize)]
struct JetStream<'a> {
    store_dir: &'a str,
    max_mem: u64,
    max_file: u64,
    /// The server's default, every two minutes, loses acknowledged messages when the power fails.
    sync_interval: &'static str,
}

#[derive(Serialize)]
struct WebSocket<'a> {
    listen: String,
    /// TLS ends at a proxy on the same machine; the listener is on loopback.
    no_tls: bool,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    allowed_origins: &'a [String],
    token_cookie: &'static str,
    handshake_timeout: &'static str,
    compression: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Accounts<'a> {
    sys: Users<'a>,
    auth: Users<'a>,
    edge: Edge,
    app: App<'a>,
}

#[derive(Serialize)]
struct Users<'a> {
    users: Vec<User<'a>>,
}

#[derive(Serialize)]
struct User<'a> {
    nkey: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Permissions>,
}

/// Client apps, whom nobody trusts.
#[derive(Serialize)]
struct Edge {
    limits: Limits,
    imports: [Link; 3],
}

/// Payload and subscriptions count per connection, connections per account. The callout's JWT could name them too, but
/// the server does not enforce them from there.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "nats-server's names")]
struct Limits {
    max_payload: u64,
    max_subs: u32,
    max_connections: u32,
}

/// One line of `imports` or `exports`.
#[derive(Serialize)]
#[serde(untagged)]
enum Link {
    ImportService {
        service: Source,
        share: bool,
    },
    ImportStream {
        stream: Source,
    },
    ExportService {
        service: &'static str,
        accounts: [&'static str; 1],
        response_type: &'static str,
        threshold: &'static str,
    },
    ExportStream {
        stream: &'static str,
        accounts: [&'static str; 1],
    },
}

#[derive(Serialize)]
struct Source {
    account: &'static str,
    subject: &'static str,
}

/// Workers and staff.
#[derive(Serialize)]
struct App<'a> {
    jetstream: AppJetStream,
    exports: [Link; 3],
    users: Vec<User<'a>>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "nats-server's names")]
struct AppJetStream {
    max_mem: u64,
    max_file: u64,
    max_streams: u32,
    max_consumers: u32,
}

#[derive(Serialize)]
struct Authorization<'a> {
    timeout: u32,
    auth_callout: AuthCallout<'a>,
}

#[derive(Serialize)]
struct AuthCallout<'a> {
    issuer: &'a str,
    account: &'static str,
    /// Every static user: who is not listed here is sent to the callout, and would depend on it.
    auth_users: Vec<&'a str>,
    xkey: &'a str,
    allowed_accounts: [&'static str; 2],
}

impl<'a> Config<'a> {
    fn new(secrets: &'a Secrets, options: &'a NatsOptions, ports: NatsPorts, store: &'a str) -> Self {
        Self {
            server_name: "callboard",
            listen: loopback(ports.client),
            http: loopback(ports.monitor),
            max_payload: PAYLOAD,
            max_control_line: 2 * KIB,
            max_pending: PENDING,
            max_connections: CONNECTIONS,
            write_deadline: "5s",
            ping_interval: "20s",
            ping_max: 2,
            lame_duck_grace_period: "2s",
            lame_duck_duration: "30s",
            jetstream: JetStream { store_dir: store, max_mem: 256 * MIB, max_file: 12 * GIB, sync_interval: "always" },
            websocket: WebSocket {
                listen: loopback(ports.websocket),
                no_tls: true,
                allowed_origins: &options.allowed_origins,
                token_cookie: TOKEN_COOKIE,
                handshake_timeout: "3s",
                compression: false,
            },
            system_account: "SYS",
            accounts: accounts(secrets, options),
            authorization: Authorization {
                timeout: 2,
                auth_callout: AuthCallout {
                    issuer: &secrets.issuer.public_key,
                    account: "AUTH",
                    auth_users: secrets.users().map(|user| user.public_key.as_str()).to_vec(),
                    xkey: &secrets.xkey.public_key,
                    // Client apps go to EDGE, staff to APP.
                    allowed_accounts: ["EDGE", "APP"],
                },
            },
        }
    }
}

fn accounts<'a>(secrets: &'a Secrets, options: &NatsOptions) -> Accounts<'a> {
    let (requests, pushes, rooms) = ("api.v1.>", "u.>", "room.>");
    Accounts {
        sys: Users { users: vec![user(&secrets.control, Some(control_permissions()))] },
        auth: Users { users: vec![user(&secrets.callout, None)] },
        edge: Edge {
            limits: Limits {
                max_payload: CLIENT_PAYLOAD,
                max_subs: CLIENT_SUBSCRIPTIONS,
                max_connections: CLIENT_CONNECTIONS,
            },
            imports: [
                Link::ImportService { service: Source { account: "APP", subject: requests }, share: true },
                Link::ImportStream { stream: Source { account: "APP", subject: pushes } },
                Link::ImportStream { stream: Source { account: "APP", subject: rooms } },
            ],
        },
        app: App {
            jetstream: AppJetStream { max_mem: 128 * MIB, max_file: 10 * GIB, max_streams: 20, max_consumers: 500 },
            exports: [
                Link::ExportService { service: requests, accounts: ["EDGE"], response_type: "stream", threshold: "1m" },
                Link::ExportStream { stream: pushes, accounts: ["EDGE"] },
                Link::ExportStream { stream: rooms, accounts: ["EDGE"] },
            ],
            users: vec![
                user(&secrets.signaling, Some(options.permissions.signaling.clone())),
                user(&secrets.billing, Some(options.permissions.billing.clone())),
                user(&secrets.rooms, Some(options.permissions.rooms.clone())),
                user(&secrets.moderation, Some(options.permissions.moderation.clone())),
                user(&secrets.restream, Some(options.permissions.restream.clone())),
                user(&secrets.bootstrap, Some(bootstrap_permissions())),
            ],
        },
    }
}

fn user(identity: &Identity, permissions: Option<Permissions>) -> User<'_> {
    User { nkey: &identity.public_key, permissions }
}

/// Hears who comes and goes, lists connections, cuts one off.
fn control_permissions() -> Permissions {
    Permissions {
        publish: texts(&["$SYS.REQ.SERVER.*.KICK", "$SYS.REQ.SERVER.PING.CONNZ"]),
        subscribe: texts(&[
            "_INBOX.sys_control.>",
            "$SYS.ACCOUNT.EDGE.CONNECT",
            "$SYS.ACCOUNT.EDGE.DISCONNECT",
            "$SYS.ACCOUNT.APP.CONNECT",
            "$SYS.ACCOUNT.APP.DISCONNECT",
        ]),
        allow_responses: None,
    }
}

/// Applies streams and buckets; reads and writes nothing in them.
fn bootstrap_permissions() -> Permissions {
    Permissions { publish: texts(&["$JS.API.>"]), subscribe: texts(&["_INBOX.bootstrap.>"]), allow_responses: None }
}

fn texts(subjects: &[&str]) -> Vec<String> {
    subjects.iter().map(|subject| (*subject).to_owned()).collect()
}

fn loopback(port: u16) -> String {
    format!("127.0.0.1:{port}")
}
