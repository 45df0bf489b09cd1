//! What nats-server is answered: a user with exact permissions, or why not.

use callboard_contract::permissions::Permissions;
use nkeys::KeyPair;
use serde::Serialize;

use super::Refusal;
use super::nats_jwt::{Claims, sign};
use super::question::Question;
use crate::unix;

/// Somebody who may come in.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    /// The account.
    pub(crate) account: &'static str,
    /// The uid or the name of the member of staff.
    pub(crate) name: String,
    /// What the connection may do.
    pub(crate) permissions: Permissions,
    /// When the server ends it, in seconds since the Unix epoch.
    pub(crate) expires: u64,
}

#[derive(Serialize)]
struct User {
    r#pub: Allow,
    sub: Allow,
    subs: i64,
    data: i64,
    payload: i64,
    r#type: &'static str,
    version: u8,
}

#[derive(Serialize)]
struct Allow {
    allow: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deny: Vec<String>,
}

impl Allow {
    /// Exactly these subjects. The server takes an empty list for leave to do everything, so nothing has to be said by a denial.
    fn only(allow: Vec<String>) -> Self {
        let deny = if allow.is_empty() { vec![">".to_owned()] } else { Vec::new() };
        Self { allow, deny }
    }
}

#[derive(Serialize)]
struct Response<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    r#type: &'static str,
    version: u8,
}

/// Writes the answer to a question.
pub(crate) fn write(
    question: &Question,
    verdict: &Result<Admission, Refusal>,
    issuer: &KeyPair,
) -> Result<String, Refusal> {
    let (jwt, error) = match verdict {
        Ok(admission) => (Some(user(question, admission, issuer)?), None),
        Err(refusal) => (None, Some(refusal.0.as_str())),
    };
    let nats = Response { jwt, error, r#type: "authorization_response", version: 2 };
    let claims = Claims {
        jti: String::new(),
        iat: unix::seconds(),
        iss: String::new(),
        sub: &question.user_nkey,
        aud: &question.server_id.id,
        name: None,
        exp: None,
        nats,
    };
    sign(claims, issuer)
}

/// No `nbf`: the server's clock may be a little behind, and a fresh connection would be refused.
fn user(question: &Question, admission: &Admission, issuer: &KeyPair) -> Result<String, Refusal> {
    let Permissions { publish, subscribe, .. } = admission.permissions.clone();
    let nats = User {
        r#pub: Allow::only(publish),
        sub: Allow::only(subscribe),
        // Without limits of its own: the server takes those of the account, and does not enforce these.
        subs: -1,
        data: -1,
        payload: -1,
        r#type: "user",
        version: 2,
    };
    let claims = Claims {
        jti: String::new(),
        iat: unix::seconds(),
        iss: String::new(),
        sub: &question.user_nkey,
        aud: admission.account,
        name: Some(&admission.name),
        exp: Some(admission.expires),
        nats,
    };
    sign(claims, issuer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_publish_nothing_is_denied_everything() {
        let json = |allow: &[&str]| {
            let allow = Allow::only(allow.iter().map(|s| (*s).to_owned()).collect());
            serde_json::to_value(allow).expect("json")
        };
        assert_eq!(json(&[]), serde_json::json!({ "allow": [], "deny": [">"] }));
        assert_eq!(json(&["u.maya.>"]), serde_json::json!({ "allow": ["u.maya.>"] }));
    }
}
