//! People with apps, who talk in rooms while staff look on.

use std::sync::Arc;
use std::time::Duration;

use callboard_client::{App, CallError};
use callboard_contract::api::chat::{Send, SendRequest};
use callboard_contract::api::rooms::{Join, JoinRequest};
use callboard_contract::room::{MessageKind, MessageView};
use callboard_contract::{Endpoint, ErrorCode};
use callboard_domain::{Coins, DeviceId, RequestId, Uid};
use tokio::runtime::{Builder, Runtime};

/// Somebody who is signed in.
pub(crate) struct Person {
    app: App,
    runtime: Runtime,
}

impl Person {
    pub(crate) fn connect(websocket: &str, name: &str, token: String) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let device = DeviceId::new(format!("{name}-phone")).unwrap();
        let token = Arc::new(move || token.clone());
        let app = runtime.block_on(App::connect(websocket, Uid::new(name).unwrap(), device, token));
        let (app, mut pushes) = app.unwrap();
        runtime.spawn(async move { while pushes.next().await.is_some() {} });
        Self { app, runtime }
    }

    pub(crate) fn try_to<E: Endpoint>(&self, request: &E::Request) -> Result<E::Reply, ErrorCode> {
        match self.runtime.block_on(self.app.call::<E>(request)) {
            Ok(reply) => Ok(reply),
            Err(CallError::Api(error)) => Err(error.code),
            Err(error) => panic!("{}: {:?}: {error}", self.app.uid(), E::SPEC),
        }
    }

    /// Asks; a refusal fails the test.
    #[track_caller]
    pub(crate) fn ask<E: Endpoint>(&self, request: &E::Request) -> E::Reply {
        self.try_to::<E>(request).unwrap_or_else(|code| panic!("{}: {:?}: {code}", self.app.uid(), E::SPEC))
    }

    /// Lets a moment pass.
    pub(crate) fn waits(&self, time: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    /// Enters a room.
    pub(crate) fn join(&self, room: &str, fee: Option<Coins>) -> Result<(), ErrorCode> {
        let request = JoinRequest { request_id: RequestId::generate(), room_id: room.parse().unwrap(), fee };
        self.try_to::<Join>(&request).map(|_| ())
    }

    /// Says something in a room.
    pub(crate) fn say(&self, room: &str, body: &str) -> Result<MessageView, ErrorCode> {
        self.try_to::<Send>(&SendRequest {
            request_id: RequestId::generate(),
            room_id: room.parse().unwrap(),
            kind: MessageKind::Text,
            body: body.to_owned(),
            reply_to: None,
            mentions: Vec::new(),
            attachment: None,
            commitment: None,
        })
    }
}
