//! A small house with people who have coins, and a clock that the test puts forward.

use callboard_contract::adm::wallet::TopupRequest;
use callboard_contract::api::rooms::{
    AdmitRequest, CreateRequest, JoinRequest, OnPersonRequest, OnRoomRequest, RoleRequest, RoomSettings, SanctionReply,
    SanctionRequest, UpdateRequest,
};
use callboard_contract::room::{MyRoom, RoomMember};
use callboard_contract::{ErrorCode, Reason, ReasonCode};
use callboard_domain::{
    At, Coins, Millis, RequestId, RoomAccess, RoomId, RoomKind, RoomRole, SanctionKind, StaffName, Uid,
};
use callboard_ledger::{history, topup};
use callboard_people::users;
use callboard_rooms::{Did, closing, entering, inviting, making, order, settings};
use callboard_store::{Store, StoreError, now};
use callboard_testbase::{Base, fresh};

pub(crate) type Result<T> = std::result::Result<T, StoreError>;

const CLOCK: [&str; 3] = [
    "create table store.test_clock as select store.now_ms() as now_ms",
    "grant select on store.test_clock to callboard_app",
    "create or replace function store.now_ms() returns bigint language sql volatile as
     $$ select now_ms from store.test_clock $$",
];

pub(crate) struct House {
    pub(crate) base: Base,
}

pub(crate) fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

pub(crate) fn id() -> RequestId {
    RequestId::generate()
}

pub(crate) fn reason() -> Reason {
    Reason { code: ReasonCode::Test, note: None }
}

/// A refusal's code; anything else fails the test.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    match result {
        Err(StoreError::Refused(error)) => error.code,
        other => panic!("not refused: {other:?}"),
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        let base = fresh().await;
        for statement in CLOCK {
            sqlx::query(statement).execute(&base.owner).await.expect("the owner may set the clock");
        }
        Self { base }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.base.store
    }

    pub(crate) async fn person(&self, name: &str) -> Uid {
        let uid = uid(name);
        users::ensure(self.store(), &uid).await.expect("known");
        uid
    }

    pub(crate) async fn fan(&self, name: &str, amount: i64) -> Uid {
        let uid = self.person(name).await;
        let request = TopupRequest {
            request_id: id(),
            uid: uid.clone(),
            amount: Coins::whole(amount),
            reason: reason(),
            dry_run: false,
        };
        let staff = StaffName::new("fay").expect("a name");
        topup::topup(self.store(), &staff, true, &request).await.expect("coins are added");
        uid
    }

    pub(crate) async fn now(&self) -> At {
        now(&mut self.store().pool().acquire().await.expect("a connection")).await.expect("the clock")
    }

    pub(crate) async fn pass(&self, ms: i64) {
        sqlx::query("update store.test_clock set now_ms = now_ms + $1")
            .bind(ms)
            .execute(&self.base.owner)
            .await
            .expect("the owner may");
    }

    pub(crate) fn request(kind: RoomKind, access: RoomAccess, fee: Option<i64>) -> CreateRequest {
        CreateRequest {
            request_id: id(),
            kind,
            name: "VIP lounge".to_owned(),
            topic: String::new(),
            category: None,
            access,
            entry_fee: fee.map(Coins::whole),
            promised_until: None,
            capacity: None,
        }
    }

    pub(crate) async fn room(&self, host: &Uid, access: RoomAccess) -> RoomId {
        let request = Self::request(RoomKind::Sub, access, (access == RoomAccess::Paid).then_some(50));
        self.make(host, &request).await
    }

    pub(crate) async fn make(&self, host: &Uid, request: &CreateRequest) -> RoomId {
        making::create(self.store(), host, request).await.expect("made").reply.room.room_id
    }

    pub(crate) async fn join(&self, who: &Uid, room_id: RoomId, fee: Option<i64>) -> Result<Did<MyRoom>> {
        let request = JoinRequest { request_id: id(), room_id, fee: fee.map(Coins::whole) };
        entering::join(self.store(), who, &request, None).await
    }

    pub(crate) async fn joined(&self, who: &Uid, room_id: RoomId) -> MyRoom {
        self.join(who, room_id, Some(50)).await.expect("joined").reply
    }

    pub(crate) async fn leave(&self, who: &Uid, room_id: RoomId) -> Result<Did<MyRoom>> {
        entering::leave(self.store(), who, &OnRoomRequest { request_id: id(), room_id }).await
    }

    pub(crate) async fn close(&self, who: &Uid, room_id: RoomId) -> Result<Did<MyRoom>> {
        closing::close(self.store(), who, &OnRoomRequest { request_id: id(), room_id }).await
    }

    pub(crate) async fn set(&self, who: &Uid, room_id: RoomId, change: RoomSettings) -> Result<Did<MyRoom>> {
        settings::update(self.store(), who, &UpdateRequest { request_id: id(), room_id, change }).await
    }

    pub(crate) async fn invite(&self, by: &Uid, room_id: RoomId, whom: &Uid) -> Result<Did<RoomMember>> {
        let request = OnPersonRequest { request_id: id(), room_id, uid: whom.clone() };
        inviting::invite(self.store(), by, &request, None).await
    }

    pub(crate) async fn admit(&self, by: &Uid, room_id: RoomId, whom: &Uid, admit: bool) -> Result<Did<RoomMember>> {
        let request = AdmitRequest { request_id: id(), room_id, uid: whom.clone(), admit };
        inviting::admit(self.store(), by, &request, None).await
    }

    pub(crate) async fn role(&self, by: &Uid, room_id: RoomId, whom: &Uid, role: RoomRole) -> Result<Did<RoomMember>> {
        let request = RoleRequest { request_id: id(), room_id, uid: whom.clone(), role };
        order::role(self.store(), by, &request).await
    }

    pub(crate) async fn sanction(
        &self,
        by: &Uid,
        room_id: RoomId,
        whom: &Uid,
        kind: SanctionKind,
    ) -> Result<Did<SanctionReply>> {
        let length = (kind == SanctionKind::Mute).then(|| Millis::from_secs(60));
        let request = SanctionRequest { request_id: id(), room_id, uid: whom.clone(), kind, length, reason: reason() };
        order::sanction(self.store(), by, &request).await
    }

    pub(crate) async fn wallet(&self, uid: &Uid) -> Coins {
        history::balance(self.store(), uid).await.expect("a wallet").posted
    }

    pub(crate) async fn earned(&self, uid: &Uid) -> Coins {
        history::earnings(self.store(), uid).await.expect("earnings").posted
    }

    pub(crate) async fn revenue(&self) -> Coins {
        let sum: i64 = sqlx::query_scalar(
            "select coalesce(sum(posted), 0)::bigint from ledger.accounts where owner = 'house' and kind = 'revenue'",
        )
        .fetch_one(&self.base.owner)
        .await
        .expect("revenue");
        Coins::from_units(sum)
    }

    /// What the outbox would push to somebody, in order.
    pub(crate) async fn pushed(&self, uid: &Uid, event: &str) -> i64 {
        sqlx::query_scalar(
            "select count(*) from store.outbox o, jsonb_array_elements(o.pushes) p where p->>'event' = $1 and p->'uids' ? $2",
        )
        .bind(event)
        .bind(uid.as_str())
        .fetch_one(&self.base.owner)
        .await
        .expect("the outbox")
    }

    /// Checks what must always hold, and drops the database.
    pub(crate) async fn sound(self) {
        self.counts().await;
        let coins: i64 = sqlx::query_scalar("select coalesce(sum(posted), 0)::bigint from ledger.accounts")
            .fetch_one(&self.base.owner)
            .await
            .expect("the books");
        assert_eq!(coins, 0, "all coins together are nothing");
        self.base.finish().await;
    }

    /// The count of members is that of the joined rows, in every room; no number was used twice.
    pub(crate) async fn counts(&self) {
        let wrong: Vec<String> = sqlx::query_scalar(
            "select format('%s: %s members, %s joined', r.id, r.members, count(m.uid)) from rooms.rooms r
             left join rooms.members m on m.room_id = r.id and m.state = 'joined'
             group by r.id having r.members <> count(m.uid) or (r.members > 0) <> (r.empty_ms is null)
                 or max(m.changed) > r.head",
        )
        .fetch_all(&self.base.owner)
        .await
        .expect("the rooms");
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
