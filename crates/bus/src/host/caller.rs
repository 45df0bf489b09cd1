//! Who is asking.

use async_nats::HeaderMap;
use callboard_contract::subject::Principal;
use callboard_contract::{ApiError, ErrorCode, Plane};
use callboard_domain::{StaffName, Uid};
use serde::Deserialize;

const REQUEST_INFO: &str = "Nats-Request-Info";

/// Who is asking, as the subject says, which the server's permissions fix.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// What the server wrote of the connection, for requests of client apps.
    pub request_info: Option<RequestInfo>,
    /// Whether an answer is wanted.
    pub reply: bool,
}

impl Caller {
    /// The user, or a refusal if it is none.
    pub fn user(&self) -> Result<&Uid, ApiError> {
        match &self.principal {
            Principal::User(uid) => Ok(uid),
            Principal::Staff(_) | Principal::Worker => {
                Err(ApiError::new(ErrorCode::Forbidden, "only users may ask this"))
            }
        }
    }

    /// The member of staff, or a refusal if it is none.
    pub fn staff(&self) -> Result<&StaffName, ApiError> {
        match &self.principal {
            Principal::Staff(name) => Ok(name),
            Principal::User(_) | Principal::Worker => {
                Err(ApiError::new(ErrorCode::Forbidden, "only staff may ask this"))
            }
        }
    }
}

/// What the server writes of a client app's connection when its request passes from account to account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct RequestInfo {
    /// The account of the connection.
    #[serde(default, rename = "acc")]
    pub account: String,
    /// The user, as the sign-in's answer named it: the uid.
    #[serde(default)]
    pub user: String,
    /// The name that the app gave itself: worth nothing.
    #[serde(default)]
    pub name: String,
    /// The address that it came from.
    #[serde(default)]
    pub host: String,
    /// The connection's number on its server.
    #[serde(default)]
    pub id: u64,
    /// The server.
    #[serde(default)]
    pub server: String,
}

/// Takes the caller from the plane, the name in the subject and the headers.
pub(super) fn identify(plane: Plane, name: &str, headers: Option<&HeaderMap>, reply: bool) -> Result<Caller, ApiError> {
    let bad = |e: callboard_domain::IdError| {
        ApiError::new(ErrorCode::BadRequest, format!("the name `{name}` in the subject {e}"))
    };
    let info = headers.and_then(|h| h.get(REQUEST_INFO)).map(|v| serde_json::from_str::<RequestInfo>(v.as_str()));
    match plane {
        Plane::Api => {
            let uid = Uid::new(name).map_err(bad)?;
            let info = match info {
                Some(Ok(info)) if info.user == name => info,
                // A reply that somebody aimed at another's subject, or a connection that is none of a client app.
                Some(Ok(_) | Err(_)) => {
                    return Err(ApiError::new(ErrorCode::Forbidden, "this connection is not that user's"));
                }
                None => {
                    return Err(ApiError::new(ErrorCode::Forbidden, "requests of users come from client apps only"));
                }
            };
            Ok(Caller { principal: Principal::User(uid), request_info: Some(info), reply })
        }
        Plane::Adm => {
            Ok(Caller { principal: Principal::Staff(StaffName::new(name).map_err(bad)?), request_info: None, reply })
        }
        Plane::Svc => Ok(Caller { principal: Principal::Worker, request_info: None, reply }),
    }
}
