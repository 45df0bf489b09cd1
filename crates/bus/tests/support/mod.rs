//! A real nats-server with the accounts of the house and a sign-in callout that believes tokens `user:<uid>` and `staff:<name>:<role>`.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callboard_bus::{Auth, Bus, ConnectConfig};
use callboard_contract::permissions::{self, Permissions};
use callboard_contract::{Worker, subject};
use futures::StreamExt as _;
use nkeys::KeyPair;
use serde_json::{Value, json};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Keys {
    issuer: KeyPair,
    callout: KeyPair,
    signaling: KeyPair,
    billing: KeyPair,
    rooms: KeyPair,
    moderation: KeyPair,
    restream: KeyPair,
}

pub(crate) struct House {
    dir: tempfile::TempDir,
    server: Option<Child>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) port: u16,
    pub(crate) ws_port: u16,
    callout: Option<Bus>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.kill();
    }
}

impl House {
    pub(crate) async fn start() -> Self {
        let keys = Keys {
            issuer: KeyPair::new_account(),
            callout: KeyPair::new_user(),
            signaling: KeyPair::new_user(),
            billing: KeyPair::new_user(),
            rooms: KeyPair::new_user(),
            moderation: KeyPair::new_user(),
            restream: KeyPair::new_user(),
        };
        let dir = tempfile::tempdir().unwrap();
        let mut house = Self { dir, server: None, keys: Arc::new(keys), port: 0, ws_port: 0, callout: None };
        house.launch().await;
        let callout = house.connect("callout", &house.keys.callout).await;
        serve_callout(&callout, Arc::clone(&house.keys)).await;
        house.callout = Some(callout);
        house
    }

    /// Starts the server, on the same ports as before if there was one before.
    pub(crate) async fn launch(&mut self) {
        let path = self.dir.path().join("nats.json");
        std::fs::write(&path, self.config().to_string()).unwrap();
        let mut server = Command::new(nats_server())
            .arg("-c")
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.dir.path().join("nats.log")).unwrap())
            .spawn()
            .unwrap();
        let ports = self.dir.path().join(format!("nats-server_{}.ports", server.id()));
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(text) = std::fs::read_to_string(&ports).ok().filter(|t| t.ends_with('}') || t.ends_with("}\n"))
            {
                let ports: Value = serde_json::from_str(&text).unwrap();
                let port = |kind: &str| {
                    let url = ports[kind][0].as_str().unwrap();
                    url.rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap()
                };
                (self.port, self.ws_port) = (port("nats"), port("websocket"));
                break;
            }
            let log = || std::fs::read_to_string(self.dir.path().join("nats.log")).unwrap_or_default();
            assert!(server.try_wait().unwrap().is_none(), "the server ended: {}", log());
            assert!(tokio::time::Instant::now() < deadline, "the server does not start: {}", log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.server = Some(server);
    }

    /// Waits until the callout is back after a restart, so that others can sign in.
    pub(crate) async fn serve_sign_in_again(&self) {
        let callout = self.callout.as_ref().expect("it was there from the start");
        callout.wait_connected(PATIENCE).await.unwrap();
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().ok();
            server.wait().ok();
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) async fn worker(&self, worker: Worker) -> Bus {
        let key = match worker {
            Worker::Signaling => &self.keys.signaling,
            Worker::Billing => &self.keys.billing,
            Worker::Rooms => &self.keys.rooms,
            Worker::Moderation => &self.keys.moderation,
            Worker::Restream => &self.keys.restream,
        };
        self.connect(&format!("worker_{}", worker.name()), key).await
    }

    async fn connect(&self, name: &str, key: &KeyPair) -> Bus {
        self.open(self.url(), name, Auth::Nkey(key.seed().unwrap())).await
    }

    /// A client app over WebSocket.
    pub(crate) async fn app(&self, uid: &str) -> Bus {
        self.open(format!("ws://127.0.0.1:{}", self.ws_port), uid, Auth::Token(format!("user:{uid}"))).await
    }

    pub(crate) async fn staff(&self, name: &str, role: &str) -> Bus {
        let token = format!("staff:{name}:{role}");
        self.open(self.url(), name, Auth::TokenSource(Arc::new(move || token.clone()))).await
    }

    async fn open(&self, url: String, name: &str, auth: Auth) -> Bus {
        let config = ConnectConfig { url, name: format!("test {name}"), auth, inbox: subject::inbox(name) };
        let bus = Bus::connect(config).await.unwrap();
        bus.wait_connected(PATIENCE).await.unwrap();
        bus
    }

    fn config(&self) -> Value {
        let keys = &self.keys;
        let worker = |worker: Worker, key: &KeyPair| {
            let may = permissions::worker(worker);
            json!({"nkey": key.public_key(), "permissions": {
                "publish": may.publish, "subscribe": may.subscribe, "allow_responses": {"max": 8, "expires": "1m"}}})
        };
        let known = [&keys.callout, &keys.signaling, &keys.billing, &keys.rooms, &keys.moderation, &keys.restream]
            .map(KeyPair::public_key);
        let port = |port: u16| if port == 0 { -1 } else { i32::from(port) };
        json!({
            "server_name": "n1", "host": "127.0.0.1", "port": port(self.port), "ports_file_dir": self.dir.path(),
            "max_payload": 1_048_576,
            "jetstream": {"store_dir": self.dir.path().join("js"), "max_mem": 268_435_456, "max_file": 12_884_901_888_u64},
            "websocket": {"host": "127.0.0.1", "port": port(self.ws_port), "no_tls": true},
            "system_account": "SYS",
            "accounts": {
                "SYS": {},
                "AUTH": {"users": [{"nkey": keys.callout.public_key()}]},
                "EDGE": {
                    "limits": {"max_payload": 16384, "max_subs": 32},
                    "imports": [
                        {"service": {"account": "APP", "subject": "api.v1.>"}, "share": true},
                        {"stream": {"account": "APP", "subject": "u.>"}},
                        {"stream": {"account": "APP", "subject": "room.>"}}]},
                "APP": {
                    "jetstream": {"max_mem": 134_217_728, "max_file": 10_737_418_240_u64},
                    "exports": [
                        {"service": "api.v1.>", "accounts": ["EDGE"], "response_type": "stream", "threshold": "1m"},
                        {"stream": "u.>", "accounts": ["EDGE"]},
                        {"stream": "room.>", "accounts": ["EDGE"]}],
                    "users": [
                        worker(Worker::Signaling, &keys.signaling),
                        worker(Worker::Billing, &keys.billing),
                        worker(Worker::Rooms, &keys.rooms),
                        worker(Worker::Moderation, &keys.moderation),
                        worker(Worker::Restream, &keys.restream)]}},
            "authorization": {"timeout": 2.0, "auth_callout": {
                "issuer": keys.issuer.public_key(), "account": "AUTH", "auth_users": known, "allowed_accounts": ["EDGE", "APP"]}}
        })
    }
}

fn nats_server() -> PathBuf {
    let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin/nats-server");
    if local.exists() { local } else { PathBuf::from("nats-server") }
}

async fn serve_callout(bus: &Bus, keys: Arc<Keys>) {
    let client = bus.client().clone();
    let mut requests = client.subscribe("$SYS.REQ.USER.AUTH").await.unwrap();
    client.flush().await.unwrap();
    tokio::spawn(async move {
        while let Some(message) = requests.next().await {
            let request = claims(&message.payload);
            let answer = sign_in(&request["nats"], &keys.issuer);
            let reply = message.reply.expect("the server asks for an answer");
            client.publish(reply, answer.into()).await.ok();
        }
    });
}

fn sign_in(request: &Value, issuer: &KeyPair) -> String {
    let token = request["connect_opts"]["auth_token"].as_str().unwrap_or_default();
    let user_nkey = request["user_nkey"].as_str().unwrap();
    let staff_token = staff_name(token);
    let (account, name, may) = match token.split(':').collect::<Vec<_>>()[..] {
        ["user", uid] => ("EDGE", uid, permissions::client(uid)),
        ["staff", name, role] => ("APP", name, permissions::staff(role.parse().unwrap(), name)),
        _ if staff_token.is_some() => {
            let name = staff_token.as_deref().unwrap();
            ("APP", name, permissions::staff("admin".parse().unwrap(), name))
        }
        _ => return respond(request, issuer, &json!({"error": "unknown token"})),
    };
    let Permissions { publish, subscribe, .. } = may;
    let user = jwt(
        issuer,
        user_nkey,
        account,
        name,
        &json!({
        "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1,
        "pub": {"allow": publish}, "sub": {"allow": subscribe}}),
    );
    respond(request, issuer, &json!({"jwt": user}))
}

/// The name in a login token of staff, if its signature is good. Whose key it is, is the house's to know; here all are admins.
fn staff_name(token: &str) -> Option<String> {
    let (body, signature) = token.rsplit_once('.')?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body.split('.').nth(1)?).ok()?).ok()?;
    let key = KeyPair::from_public_key(claims["iss"].as_str()?).ok()?;
    key.verify(body.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    (claims["aud"] == "callboard-staff").then(|| claims["sub"].as_str().map(str::to_owned)).flatten()
}

fn respond(request: &Value, issuer: &KeyPair, answer: &Value) -> String {
    let mut nats = json!({"type": "authorization_response", "version": 2});
    nats.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
    let server = request["server_id"]["id"].as_str().unwrap();
    jwt(issuer, request["user_nkey"].as_str().unwrap(), server, "", &nats)
}

fn jwt(issuer: &KeyPair, sub: &str, aud: &str, name: &str, nats: &Value) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({"jti": callboard_domain::EventId::generate().to_string(), "iat": now, "iss": issuer.public_key(),
        "sub": sub, "aud": aud, "name": name, "nats": nats});
    let encode = |v: &Value| URL_SAFE_NO_PAD.encode(v.to_string());
    let body = format!("{}.{}", encode(&json!({"typ": "JWT", "alg": "ed25519-nkey"})), encode(&claims));
    let signature = issuer.sign(body.as_bytes()).unwrap();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims(jwt: &[u8]) -> Value {
    let text = std::str::from_utf8(jwt).unwrap();
    let body = text.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}
