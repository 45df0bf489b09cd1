//! The catalogue: every request that a worker answers, as a type and as a row of one table.

use callboard_domain::Power;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Who asks on a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plane {
    /// Client apps.
    Api,
    /// Staff.
    Adm,
    /// Workers among themselves.
    Svc,
}

/// A worker of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Worker {
    /// `callboard-signaling`.
    Signaling,
    /// `callboard-billing`.
    Billing,
    /// `callboard-rooms`.
    Rooms,
    /// `callboard-moderation`.
    Moderation,
    /// `callboard-restream`. A house without calls on air does without it.
    Restream,
}

impl Worker {
    /// All workers.
    pub const ALL: &'static [Self] = &[Self::Signaling, Self::Billing, Self::Rooms, Self::Moderation, Self::Restream];

    /// The worker's name, as in `callboard-<name>` and in micro discovery.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signaling => "signaling",
            Self::Billing => "billing",
            Self::Rooms => "rooms",
            Self::Moderation => "moderation",
            Self::Restream => "restream",
        }
    }

    /// Whether a house can do without it.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::Restream)
    }
}

/// A row of the catalogue.
#[derive(Clone, Copy)]
pub struct EndpointSpec {
    /// Who asks.
    pub plane: Plane,
    /// The service.
    pub service: &'static str,
    /// The verb.
    pub verb: &'static str,
    /// Who answers.
    pub worker: Worker,
    /// Whether it changes anything; such requests carry a `request_id`.
    pub changes: bool,
    /// What a member of staff needs.
    pub power: Option<Power>,
    /// One sentence for people.
    pub summary: &'static str,
    /// The schema of the request.
    pub request_schema: fn(&mut SchemaGenerator) -> Schema,
    /// The schema of the reply.
    pub reply_schema: fn(&mut SchemaGenerator) -> Schema,
}

impl std::fmt::Debug for EndpointSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}.{}", self.plane, self.service, self.verb)
    }
}

/// A request that a worker answers.
pub trait Endpoint: Send + Sync + 'static {
    /// What is asked.
    type Request: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// What is answered.
    type Reply: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// Its row of the catalogue.
    const SPEC: &'static EndpointSpec;
}

/// Declares the endpoints of one service as unit types, and a table `ENDPOINTS` of their rows.
macro_rules! endpoints {
    ($plane:ident $service:literal by $worker:ident {
        $($name:ident = $verb:literal ($mode:ident $(, $power:ident)?) $request:ty => $reply:ty, $summary:literal;)*
    }) => {
        $(
            #[doc = $summary]
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl $crate::Endpoint for $name {
                type Request = $request;
                type Reply = $reply;
                const SPEC: &'static $crate::EndpointSpec = &$crate::EndpointSpec {
                    plane: $crate::Plane::$plane,
                    service: $service,
                    verb: $verb,
                    worker: $crate::Worker::$worker,
                    changes: $crate::catalogue::mode!($mode),
                    power: $crate::catalogue::power!($($power)?),
                    summary: $summary,
                    request_schema: |g| g.subschema_for::<$request>(),
                    reply_schema: |g| g.subschema_for::<$reply>(),
                };
            }
        )*
        /// The rows of this service.
        pub(crate) const ENDPOINTS: &[&$crate::EndpointSpec] = &[$(<$name as $crate::Endpoint>::SPEC),*];
    };
}
macro_rules! mode {
    (reads) => {
        false
    };
    (changes) => {
        true
    };
}
macro_rules! power {
    () => {
        None
    };
    ($power:ident) => {
        Some(callboard_domain::Power::$power)
    };
}
pub(crate) use {endpoints, mode, power};

/// Every request that a worker answers.
pub static CATALOGUE: &[&[&EndpointSpec]] = &[
    crate::api::session::ENDPOINTS,
    crate::api::wallet::ENDPOINTS,
    crate::api::calls::ENDPOINTS,
    crate::api::presence::ENDPOINTS,
    crate::api::stage::ENDPOINTS,
    crate::api::rooms::ENDPOINTS,
    crate::api::chat::ENDPOINTS,
    crate::api::notices::ENDPOINTS,
    crate::api::keys::ENDPOINTS,
    crate::api::reports::ENDPOINTS,
    crate::api::gifts::ENDPOINTS,
    crate::adm::staff::ENDPOINTS,
    crate::adm::people::ENDPOINTS,
    crate::adm::moderation::ENDPOINTS,
    crate::adm::cases::ENDPOINTS,
    crate::adm::audit::ENDPOINTS,
    crate::adm::users::ENDPOINTS,
    crate::adm::calls::ENDPOINTS,
    crate::adm::wallet::ENDPOINTS,
    crate::adm::refund::ENDPOINTS,
    crate::adm::gifts::ENDPOINTS,
    crate::adm::holds::ENDPOINTS,
    crate::adm::tariff::ENDPOINTS,
    crate::adm::money::ENDPOINTS,
    crate::adm::books::ENDPOINTS,
    crate::adm::events::ENDPOINTS,
    crate::adm::restream::ENDPOINTS,
    crate::adm::viewers::ENDPOINTS,
    crate::adm::rooms::ENDPOINTS,
    crate::adm::automod::ENDPOINTS,
    crate::adm::policy::ENDPOINTS,
    crate::programme::ENDPOINTS,
    crate::svc::room::ENDPOINTS,
    crate::svc::connection::ENDPOINTS,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_endpoints_share_a_subject_and_staff_always_needs_a_power() {
        let mut seen = HashSet::new();
        for spec in CATALOGUE.iter().copied().flatten() {
            assert!(seen.insert(crate::subject::request(spec, "x")), "{spec:?} twice");
            assert_eq!(spec.plane == Plane::Adm, spec.power.is_some(), "{spec:?}");
            assert!(spec.summary.ends_with('.'), "{spec:?}");
        }
    }

    #[test]
    fn requests_that_change_something_carry_a_request_id() {
        for spec in CATALOGUE.iter().copied().flatten() {
            let mut generator = SchemaGenerator::default();
            let schema = (spec.request_schema)(&mut generator);
            let mut text = serde_json::to_string(&schema).expect("schema is json");
            text.push_str(&serde_json::to_string(generator.definitions()).expect("definitions are json"));
            assert_eq!(spec.changes, text.contains("request_id"), "{spec:?}");
        }
    }
}
