//! Who does not get in at all.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callboard_client::{ConnectionState, Credential, Staff};
use callboard_contract::adm::staff::{Ls, Revoke, RevokeRequest};
use callboard_contract::api::Nothing;
use callboard_domain::{RequestId, Role, StaffName};
use callboard_tests::{House, PATIENCE, Probe, compact, eventually, hs256, now_s, why};
use data_encoding::BASE32_NOPAD;
use futures::future::join_all;
use nkeys::KeyPair;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The platform's identity provider: one Ed25519 key, published as JWKS.
pub(crate) struct Platform {
    key: KeyPair,
    dir: TempDir,
}

impl Platform {
    pub(crate) fn new() -> Self {
        let key = KeyPair::new_user();
        let dir = tempfile::tempdir().expect("a folder");
        let jwks = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "one",
            "x": URL_SAFE_NO_PAD.encode(public(&key)) }] });
        std::fs::write(dir.path().join("jwks.json"), jwks.to_string()).expect("written");
        Self { key, dir }
    }

    pub(crate) fn jwks_file(&self) -> String {
        self.jwks_path().display().to_string()
    }

    fn jwks_path(&self) -> PathBuf {
        self.dir.path().join("jwks.json")
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        compact(header, claims, |text| self.key.sign(text).expect("it can sign"))
    }
}

/// The raw public key: what stands between prefix and checksum of its text.
fn public(key: &KeyPair) -> Vec<u8> {
    let bytes = BASE32_NOPAD.decode(key.public_key().as_bytes()).expect("keys are base32");
    bytes[1..33].to_vec()
}

fn claims(sub: &str) -> Value {
    json!({ "sub": sub, "aud": "callboard", "exp": now_s() + 600 })
}

fn with(mut claims: Value, field: &str, value: impl Into<Value>) -> Value {
    claims[field] = value.into();
    claims
}

fn without(mut claims: Value, field: &str) -> Value {
    claims.as_object_mut().expect("an object").remove(field);
    claims
}

pub(crate) async fn tokens(house: Arc<House>, platform: Platform) {
    let eddsa = json!({ "alg": "EdDSA", "typ": "JWT", "kid": "one" });
    let secret = house.secret();
    let good = hs256(secret, &claims("mallory"));
    for token in [&good, &platform.token(&eddsa, &claims("mallory"))] {
        Probe::connect(house.ws_url(), token, "mallory").await.expect("a good token is taken");
    }
    let stranger = KeyPair::new_user();
    let jwks = std::fs::read(platform.jwks_path()).expect("there");
    let raw = public(&platform.key);
    let hs = json!({ "alg": "HS256", "typ": "JWT", "kid": "one" });
    let by = |key: &[u8]| hs256(key, &claims("mallory"));
    let cut = |token: &str| token.rsplit_once('.').map(|(text, _)| format!("{text}.")).expect("dots");
    let mut bad: Vec<(&str, String)> = vec![
        ("no token", String::new()),
        ("no token at all", "mallory".to_owned()),
        ("dots", "..".to_owned()),
        ("expired", hs256(secret, &with(claims("mallory"), "exp", now_s() - 1))),
        ("never expires", hs256(secret, &without(claims("mallory"), "exp"))),
        ("not yet", hs256(secret, &with(claims("mallory"), "nbf", now_s() + 300))),
        ("another audience", hs256(secret, &with(claims("mallory"), "aud", "elsewhere"))),
        ("no audience", hs256(secret, &without(claims("mallory"), "aud"))),
        ("nobody", hs256(secret, &without(claims("mallory"), "sub"))),
        ("another secret", by(b"another secret")),
        ("no signature", cut(&good)),
        ("alg none", compact(&json!({ "alg": "none" }), &claims("mallory"), |_| Vec::new())),
        ("alg None", compact(&json!({ "alg": "None" }), &claims("mallory"), |_| Vec::new())),
        ("HS256 with the public key", by(&raw)),
        ("HS256 with the public key in base64", by(URL_SAFE_NO_PAD.encode(&raw).as_bytes())),
        ("HS256 with the key set", by(&jwks)),
        ("EdDSA called HS256", platform.token(&hs, &claims("mallory"))),
        ("HS256 called EdDSA", good.replacen(&cut_header(&good), &URL_SAFE_NO_PAD.encode(eddsa.to_string()), 1)),
        ("a stranger's key", compact(&eddsa, &claims("mallory"), |text| stranger.sign(text).expect("signs"))),
        ("an unknown key id", platform.token(&json!({ "alg": "EdDSA", "kid": "two" }), &claims("mallory"))),
        (
            "key in the header",
            compact(
                &json!({ "alg": "EdDSA", "jwk": { "kty": "OKP", "crv": "Ed25519",
            "x": URL_SAFE_NO_PAD.encode(public(&stranger)) } }),
                &claims("mallory"),
                |text| stranger.sign(text).expect("signs"),
            ),
        ),
        ("expired, by the platform", platform.token(&eddsa, &with(claims("mallory"), "exp", now_s() - 1))),
        ("another audience, by the platform", platform.token(&eddsa, &with(claims("mallory"), "aud", "elsewhere"))),
        ("too long", hs256(secret, &with(claims("mallory"), "more", "x".repeat(20_000)))),
    ];
    for uid in ["*", ">", "a.b", "", "a b", "maya ", "é", "a\r\nb", "$SYS"] {
        bad.push(("a uid against the rules", hs256(secret, &claims(uid))));
        bad.push(("a uid against the rules, by the platform", platform.token(&eddsa, &claims(uid))));
    }
    for uid in ["callboard-programme", "callboard-"] {
        bad.push(("a name of the house", hs256(secret, &claims(uid))));
        bad.push(("a name of the house, by the platform", platform.token(&eddsa, &claims(uid))));
    }
    bad.push(("a uid too long", hs256(secret, &claims(&"x".repeat(65)))));
    let tried = bad.iter().map(async |(what, token)| {
        assert!(Probe::connect(house.ws_url(), token, "mallory").await.is_err(), "{what} was let in: {token}");
    });
    join_all(tried).await;
    for token in [&good, &platform.token(&eddsa, &claims("mallory"))] {
        let over_tcp = Probe::connect(house.nats_url(), token, "mallory").await;
        assert!(over_tcp.is_err(), "a user was let in by another way than WebSocket");
    }
}

fn cut_header(token: &str) -> String {
    token.split('.').next().unwrap_or_default().to_owned()
}

pub(crate) async fn staff_tokens(house: Arc<House>) {
    let (_staff, path) = house.hire(Role::Viewer).await;
    let known = Credential::read(&path).expect("there");
    Probe::connect(house.nats_url(), &known.login_token(), known.name.as_str()).await.expect("a good token is taken");
    let stranger = Credential::generate(StaffName::new("stranger").expect("a name"));
    let impostor = Credential::generate(known.name.clone());
    let key = KeyPair::new_user();
    let header = json!({ "typ": "JWT", "alg": "EdDSA" });
    let claims = |iss: String, aud: &str, exp: u64| json!({ "iss": iss, "sub": "admin", "aud": aud, "iat": now_s(), "exp": exp });
    let sign = |claims: &Value| compact(&header, claims, |text| key.sign(text).expect("signs"));
    let aud = "callboard-staff";
    for (what, token) in [
        ("an unknown credential", stranger.login_token()),
        ("another key under a known name", impostor.login_token()),
        ("signed by another than it says", sign(&claims(known.public_key(), aud, now_s() + 60))),
        (
            "unsigned",
            compact(&json!({ "alg": "none" }), &claims(known.public_key(), aud, now_s() + 60), |_| Vec::new()),
        ),
        ("expired", sign(&claims(key.public_key(), aud, now_s() - 1))),
        ("a development token for staff", hs256(house.secret(), &claims(known.public_key(), aud, now_s() + 60))),
        ("a user's token", house.token("admin")),
    ] {
        for url in [house.nats_url(), house.ws_url()] {
            if what == "a user's token" && url == house.ws_url() {
                continue; // that is a user by the name of admin
            }
            assert!(Probe::connect(url, &token, "admin").await.is_err(), "{what} was let in");
        }
    }
}

pub(crate) async fn revoked(house: Arc<House>) {
    let (staff, path) = house.hire(Role::Moderator).await;
    staff.call::<Ls>(&Nothing {}).await.expect("he may look");
    let request =
        RevokeRequest { request_id: RequestId::generate(), name: staff.name().clone(), reason: why(), dry_run: false };
    let cut = house.ask::<Revoke>(&request).await;
    assert!(cut.connections_cut >= 1 && cut.member.revoked_at.is_some(), "{cut:?}");
    let state = staff.connection();
    let refused = || async { matches!(*state.borrow(), ConnectionState::Refused(_)).then_some(()) };
    eventually("the revoked connection to be cut and refused", PATIENCE, refused).await;
    assert!(Staff::connect(&house.context(&path)).await.is_err());
    // The same person again comes back as himself, with the same answer.
    assert_eq!(house.ask::<Revoke>(&request).await, cut);
}
