//! Good and bad login tokens. The Ed25519 key is that of RFC 8037, appendix A.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Parser as _;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "a secret of this test, long enough for HMAC";
const ED_PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// PKCS#8 of the private key of RFC 8037.
const ED_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

struct Files(std::path::PathBuf);

impl Files {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("callboard-login-{}", callboard_domain::EventId::generate()));
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("secret"), SECRET).unwrap();
        let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": ED_PUBLIC}]});
        std::fs::write(dir.join("keys"), keys.to_string()).unwrap();
        Self(dir)
    }

    fn tokens(&self, development: bool) -> LoginTokens {
        let file = |flag: &str, name: &str| format!("--{flag}={}", self.0.join(name).display());
        let mut args: Vec<String> =
            ["nats-seed-file", "callout-seed-file", "callout-issuer-file", "callout-xkey-file", "sys-seed-file"]
                .map(|flag| file(flag, "secret"))
                .into();
        args.extend(["--database-url=x".to_owned(), file("jwks-file", "keys")]);
        if development {
            args.extend(["--environment=development".to_owned(), file("dev-token-secret-file", "secret")]);
        }
        let settings = Settings::try_parse_from(std::iter::once("x".to_owned()).chain(args)).unwrap();
        LoginTokens::new(&settings).unwrap()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn claims() -> Value {
    json!({"sub": "maya", "aud": "callboard", "exp": unix::seconds() + 60})
}

fn with(name: &str, value: &Value) -> Value {
    let mut claims = claims();
    claims[name] = value.clone();
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn ed(claims: &Value, kid: Option<&str>) -> String {
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::EdDSA) };
    encode(&header, claims, &EncodingKey::from_ed_pem(ED_PRIVATE.as_bytes()).unwrap()).unwrap()
}

fn hs(claims: &Value, secret: &[u8]) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret)).unwrap()
}

#[test]
fn good_tokens_are_believed() {
    let files = Files::new();
    let tokens = files.tokens(true);
    for good in [
        ed(&claims(), Some("k1")),
        ed(&claims(), None),
        hs(&claims(), SECRET.as_bytes()),
        ed(&with("aud", &json!(["x", "callboard"])), None),
    ] {
        assert_eq!(tokens.verify(&good).unwrap().uid.as_str(), "maya");
    }
    let uid = Uid::new("ben").unwrap();
    let made = tokens.development_token(&uid, unix::seconds() + 5).unwrap();
    assert_eq!(tokens.verify(&made).unwrap().uid, uid);
    let long = tokens.verify(&ed(&with("exp", &json!(unix::seconds() + 10 * MAX_SESSION_S)), None)).unwrap();
    assert!(long.expires <= unix::seconds() + MAX_SESSION_S);
}

#[test]
fn bad_tokens_are_refused() {
    let files = Files::new();
    let tokens = files.tokens(true);
    let none =
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims().to_string()));
    // The public key taken for a secret, as it stands in the document and as bytes.
    let confused = URL_SAFE_NO_PAD.decode(ED_PUBLIC).unwrap();
    let good = ed(&claims(), Some("k1"));
    let bad = [
        ("empty", String::new()),
        ("no token", "x".to_owned()),
        ("no algorithm", none),
        ("confused", hs(&claims(), &confused)),
        ("confused text", hs(&claims(), ED_PUBLIC.as_bytes())),
        ("wrong secret", hs(&claims(), b"another")),
        ("unknown key", ed(&claims(), Some("k2"))),
        ("cut signature", good[..good.len() - 8].to_owned()),
        ("expired", ed(&with("exp", &json!(unix::seconds() - 1)), None)),
        ("not yet", ed(&with("nbf", &json!(unix::seconds() + 60)), None)),
        ("other audience", ed(&with("aud", &json!("other")), None)),
        ("no audience", ed(&without("aud"), None)),
        ("no time", ed(&without("exp"), None)),
        ("no subject", ed(&without("sub"), None)),
        ("all subjects", ed(&with("sub", &json!("*")), None)),
        ("two tokens", ed(&with("sub", &json!("a.b")), None)),
        ("huge", ed(&with("x", &json!("x".repeat(MAX_TOKEN_BYTES))), None)),
    ];
    for (what, token) in bad {
        assert!(tokens.verify(&token).is_err(), "{what}");
    }
    let production = files.tokens(false);
    assert!(production.verify(&hs(&claims(), SECRET.as_bytes())).is_err());
    assert!(production.development_token(&Uid::new("ben").unwrap(), 1).is_none());
}
