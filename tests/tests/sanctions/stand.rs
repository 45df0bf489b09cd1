//! The house of these tests: a creator with a room and calls, a person who misbehaves, one who sees it, and a moderator.

use callboard_client::{App, Staff};
use callboard_contract::Endpoint;
use callboard_contract::adm::moderation::{Impose, ImposeReply, ImposeRequest};
use callboard_contract::api::chat::Send;
use callboard_contract::api::rooms::{Create, Join};
use callboard_domain::{CallKind, DeviceId, Millis, RequestId, Role, RoomId, SanctionKind, Scope};
use callboard_testbase::Base;
use callboard_tests::{House, Options, Person, Probe, coins, entering, opening, saying, uid, why};
use tokio::time::Instant;

use crate::table::{Shut, Table};

pub(crate) struct Stand {
    pub(crate) house: House,
    pub(crate) base: Base,
    pub(crate) ines: Staff,
    pub(crate) maya: Person,
    pub(crate) felix: Person,
    pub(crate) leo: Person,
    pub(crate) room: RoomId,
}

impl Stand {
    pub(crate) async fn new() -> Self {
        let base = callboard_testbase::fresh().await;
        let house = House::start(Options::database(&base.app_url, &base.owner_url)).await;
        let (ines, _) = house.hire(Role::Moderator).await;
        let maya = house.person("maya").await;
        maya.offers("coin-burn", CallKind::Video, "60").await;
        let (felix, leo) = (house.person("felix").await, house.fan("leo", "900").await);
        let room = open_room(&maya, "Salon", None).await;
        join(&felix, room).await;
        join(&leo, room).await;
        Self { house, base, ines, maya, felix, leo, room }
    }

    /// Asks as the moderator.
    pub(crate) async fn ask<E: Endpoint>(&self, request: &E::Request) -> E::Reply {
        match self.ines.call::<E>(request).await {
            Ok(reply) => reply,
            Err(error) => panic!("{:?}: {error}", E::SPEC),
        }
    }

    /// The moderator's request against leo.
    pub(crate) fn against_leo(&self, kind: SanctionKind, scope: Scope, seconds: Option<i64>) -> ImposeRequest {
        ImposeRequest {
            request_id: RequestId::generate(),
            uid: self.leo.uid().clone(),
            kind,
            scope,
            length: seconds.map(Millis::from_secs),
            device: None,
            case_id: None,
            reason: why(),
            dry_run: false,
        }
    }

    /// Imposes it; it must take at once. Gives when the moderator pressed the key.
    pub(crate) async fn impose(&self, table: &mut Table, request: &ImposeRequest) -> (Instant, ImposeReply) {
        let since = Instant::now();
        let reply = self.ask::<Impose>(request).await;
        assert_eq!(reply.effect.left, Vec::<String>::new(), "{reply:?}");
        assert!(reply.sanction.enforced_at.is_some());
        table.note(request.kind, "the answer to the moderator", Shut::seen("took", since));
        (since, reply)
    }

    /// One more device of leo's, on a connection of its own.
    pub(crate) async fn second_device(&self) -> App {
        let token = self.house.token("leo");
        let device = DeviceId::new("leo-tablet").expect("a name");
        let signed_in =
            App::connect(self.house.ws_url(), uid("leo"), device, std::sync::Arc::new(move || token.clone()));
        let (app, mut pushes) = signed_in.await.expect("signed in");
        tokio::spawn(async move { while pushes.next().await.is_some() {} });
        app
    }

    /// A bare connection of leo's, which does what no app would do.
    pub(crate) async fn probe(&self) -> Result<Probe, String> {
        Probe::connect(self.house.ws_url(), &self.house.token("leo"), "leo").await
    }

    pub(crate) async fn down(self) {
        self.house.down();
        self.base.finish().await;
    }
}

/// Says something that is taken.
pub(crate) async fn says(who: &Person, room: RoomId, body: &str) -> callboard_contract::room::MessageView {
    who.ask::<Send>(&saying(room, body)).await
}

/// A room of somebody's, with an entry fee if one is named.
pub(crate) async fn open_room(host: &Person, name: &str, fee: Option<&str>) -> RoomId {
    host.ask::<Create>(&opening(name, fee.map(coins))).await.room.room_id
}

/// Enters a room.
pub(crate) async fn join(who: &Person, room: RoomId) {
    who.ask::<Join>(&entering(room, None)).await;
}
