//! The AsyncAPI 3 document for client apps, generated from the catalogue: what a platform's own app may ask and will be told.
//!
//! It is written from the app's side: `send` is a request that the app makes, `receive` is a push that it gets. Every request and
//! push has an example that went through its Rust type, so an example cannot show a form that the workers would not write.

mod check;
mod examples;
mod examples_chat;
mod examples_gifts;
mod examples_people;
mod examples_reports;
mod examples_rooms;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

pub use check::check;
pub use examples::{Example, of_pushes, of_requests};

use crate::catalogue::{CATALOGUE, EndpointSpec, Plane};
use crate::{ApiError, PUSHES, PushSpec, subject};

/// The document.
pub fn document() -> Value {
    let mut generator =
        SchemaSettings::draft07().with(|s| s.definitions_path = "/components/schemas".into()).into_generator();
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    let mut replies = Map::new();
    let examples = of_requests();
    for spec in CATALOGUE.iter().copied().flatten().filter(|spec| spec.plane == Plane::Api) {
        let name = format!("{}_{}", spec.service, spec.verb);
        let example = examples.iter().find(|e| e.name == format!("{}.{}", spec.service, spec.verb));
        messages.insert(name.clone(), request_message(spec, example, &mut generator));
        messages.insert(format!("{name}_reply"), reply_message(spec, example, &mut generator));
        channels.insert(name.clone(), request_channel(spec, &name));
        operations.insert(name.clone(), request_operation(spec, &name));
        replies.insert(format!("{name}_reply"), reference("components/messages", &format!("{name}_reply")));
    }
    let examples = of_pushes();
    for spec in PUSHES {
        let name = format!("push_{}", spec.event.replace('.', "_"));
        let example = examples.iter().find(|e| e.name == spec.event);
        messages.insert(name.clone(), push_message(spec, example, &mut generator));
        channels.insert(name.clone(), push_channel(spec, &name));
        operations.insert(
            name.clone(),
            json!({
                "action": "receive",
                "summary": spec.summary,
                "channel": reference("channels", &name),
                "messages": [reference(&format!("channels/{name}/messages"), &name)],
            }),
        );
    }
    channels.insert(
        "replies".to_owned(),
        json!({
            "address": null,
            "title": "Replies",
            "description": "The reply subject of the request, which the app picks inside its own inbox `_INBOX.<uid>.>`.",
            "messages": replies,
        }),
    );
    let schemas = generator.take_definitions(true);
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:callboard:client",
        "info": info(),
        "defaultContentType": "application/json",
        "servers": { "house": server() },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas,
            "parameters": { "uid": {
                "description": "The app's own user id, as in its login token: 1 to 64 of `[A-Za-z0-9_-]`. The server refuses any other.",
                "examples": ["felix"],
            } },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The platform's login token, presented as NATS `token` when the connection is made.",
                },
                "cookie": {
                    "type": "httpApiKey",
                    "in": "cookie",
                    "name": "nats_token",
                    "description": "The same token as an HttpOnly cookie of the page's origin, sent with the WebSocket handshake.",
                },
            },
        },
    })
}

fn info() -> Value {
    json!({
        "title": "Callboard for client apps",
        "version": "1.0.0",
        "description": "Paid live calls over NATS on WebSocket. Requests go to `api.v1.<uid>.<service>.<verb>` and are answered with \
            `{\"ok\": …}` or `{\"error\": {\"code\", \"message\", \"field\"?, \"retry_after_ms\"?}}`. Requests that change something carry a \
            `request_id`: the same id with the same body gives the same answer, so they can be repeated safely.\n\nPushes come on \
            `u.<uid>.<service>.<event>` with the header `Ev`; drop any message there that lacks it. Stored pushes carry a `seq` that grows by \
            one per user; on a gap and after a reconnect ask `session.sync`.\n\nAmounts are decimal strings, times RFC 3339 UTC with \
            milliseconds, ids UUIDv7. Fields are only ever added: ignore those that you do not know.",
        "license": { "name": "MIT OR Apache-2.0" },
    })
}

fn server() -> Value {
    json!({
        "host": "{host}",
        "protocol": "ws",
        "description": "The house's WebSocket listener, which speaks the NATS protocol. Outside loopback it stands behind TLS.",
        "variables": { "host": { "default": "127.0.0.1:8480", "description": "Address and port of the listener." } },
        "security": [reference("components/securitySchemes", "token"), reference("components/securitySchemes", "cookie")],
    })
}

fn request_channel(spec: &EndpointSpec, name: &str) -> Value {
    json!({
        "address": subject::request(spec, "{uid}"),
        "title": format!("{}.{}", spec.service, spec.verb),
        "parameters": { "uid": reference("components/parameters", "uid") },
        "messages": { name: reference("components/messages", name) },
    })
}

fn request_operation(spec: &EndpointSpec, name: &str) -> Value {
    let repeat = if spec.changes {
        "Changes something: repeat it with the same `request_id`."
    } else {
        "May be repeated at will."
    };
    json!({
        "action": "send",
        "summary": spec.summary,
        "description": repeat,
        "channel": reference("channels", name),
        "messages": [reference(&format!("channels/{name}/messages"), name)],
        "reply": {
            "channel": reference("channels", "replies"),
            "messages": [reference("channels/replies/messages", &format!("{name}_reply"))],
        },
        "tags": [{ "name": spec.service }],
    })
}

fn request_message(spec: &EndpointSpec, example: Option<&Example>, generator: &mut SchemaGenerator) -> Value {
    let mut message = json!({ "title": spec.summary, "payload": (spec.request_schema)(generator) });
    if let Some(example) = example {
        message["examples"] = json!([{ "name": "example", "payload": example.payload }]);
    }
    message
}

fn reply_message(spec: &EndpointSpec, example: Option<&Example>, generator: &mut SchemaGenerator) -> Value {
    let ok = (spec.reply_schema)(generator);
    let error = generator.subschema_for::<ApiError>();
    let mut message = json!({
        "title": format!("What {}.{} answers", spec.service, spec.verb),
        "payload": { "oneOf": [envelope("ok", &ok), envelope("error", &error)] },
    });
    if let Some(reply) = example.and_then(|e| e.reply.as_ref()) {
        let refusal = examples::refusal();
        message["examples"] = json!([
            { "name": "ok", "payload": { "ok": reply } },
            { "name": "error", "payload": { "error": refusal } },
        ]);
    }
    message
}

fn envelope(field: &str, schema: &Schema) -> Value {
    json!({ "type": "object", "properties": { field: schema }, "required": [field], "additionalProperties": false })
}

fn push_channel(spec: &PushSpec, name: &str) -> Value {
    json!({
        "address": format!("u.{{uid}}.{}", spec.event),
        "title": spec.event,
        "parameters": { "uid": reference("components/parameters", "uid") },
        "messages": { name: reference("components/messages", name) },
    })
}

fn push_message(spec: &PushSpec, example: Option<&Example>, generator: &mut SchemaGenerator) -> Value {
    let data = (spec.schema)(generator);
    let at = generator.subschema_for::<callboard_domain::At>();
    let ev = generator.subschema_for::<callboard_domain::EventId>();
    let mut properties = json!({ "ev": ev, "at": at, "event": { "const": spec.event }, "data": data });
    let mut required = vec!["ev", "at", "event", "data"];
    if spec.stored {
        properties["seq"] = json!({ "type": "integer", "minimum": 1, "description": "The user's sequence number." });
        required.push("seq");
    }
    let mut message = json!({
        "title": spec.summary,
        "description": if spec.stored { "Stored: `session.sync` gives it again." } else { "Not stored: if it is lost, it is lost." },
        "headers": {
            "type": "object",
            "properties": { subject::PUSH_HEADER: { "type": "string", "description": "The id of the event, as in `ev`." } },
            "required": [subject::PUSH_HEADER],
        },
        "payload": { "type": "object", "properties": properties, "required": required },
    });
    if let Some(example) = example {
        let payload = &example.payload;
        message["examples"] =
            json!([{ "name": "example", "headers": { subject::PUSH_HEADER: payload["ev"] }, "payload": payload }]);
    }
    message
}

fn reference(path: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/{path}/{name}") })
}
