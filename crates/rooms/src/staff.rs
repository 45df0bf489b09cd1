//! What staff see of rooms and do to them. Every act is logged in its own transaction.

use std::collections::BTreeMap;

use callboard_contract::adm::rooms::{
    ActReply, CloseRequest, CreateRequest, HistoryRequest, LockRequest, LsRequest, MembersRequest, RoomDetail,
    SlowRequest,
};
use callboard_contract::api::rooms::RoomSettings;
use callboard_contract::room::{RoomMember, RoomView};
use callboard_contract::{Event, Page, PageQuery, Reason};
use callboard_domain::{At, RoomId, RoomKind, RoomMemberState, RoomRole, RoomState, StaffName, Uid};
use callboard_store::{Action, Store, StoreError, events_page, log_action};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::command::{Asked, run};
use crate::making::{Wanted, make};
use crate::member::{MemberRow, Row};
use crate::refusal::{bad, conflict};
use crate::scene::Scene;
use crate::{Did, Room, closing, lists, row, settings};

/// Members with a role who are shown with a room.
const KEEPERS: i64 = 50;

/// Lists rooms, newest first.
pub async fn ls(store: &Store, request: &LsRequest) -> Result<Page<RoomView>, StoreError> {
    let limit = lists::limit(request.limit)?;
    let before = request.cursor.as_deref().map(str::parse::<RoomId>).transpose();
    let before = before.map_err(|_| bad("cursor", "cursor is not one of ours"))?;
    let mut conn = store.pool().acquire().await?;
    let ids = sqlx::query_scalar!(
        "select r.id from rooms.rooms r
         where r.kind <> 'direct' and ($1::uuid is null or r.id < $1) and ($2::text is null or r.tenant = $2)
             and ($3::text is null or r.state = $3) and ($4::text is null or r.kind = $4)
             and ($5::text is null or to_tsvector('simple', lower((r.name || ' ' || r.topic) collate \"und-x-icu\")) @@ websearch_to_tsquery('simple', lower($5 collate \"und-x-icu\")))
             and ($6::text is null or exists (select from rooms.members m
                 where m.room_id = r.id and m.uid = $6 and m.state in ('joined', 'invited', 'lobby')))
         order by r.id desc limit $7",
        before.map(RoomId::as_uuid),
        request.tenant.as_ref().map(Uid::as_str),
        request.state.map(RoomState::as_str),
        request.kind.map(RoomKind::as_str),
        request.query,
        request.uid.as_ref().map(Uid::as_str),
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    let full = i64::try_from(ids.len()) == Ok(limit);
    let rooms = lists::in_order(&mut conn, ids).await?;
    let cursor = rooms.last().filter(|_| full).map(|room| room.id.to_string());
    Ok(Page { items: rooms.iter().map(Room::view).collect(), cursor })
}

/// Shows a room.
pub async fn show(store: &Store, id: RoomId) -> Result<RoomDetail, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let room = row::read_one(&mut conn, id).await?;
    detail(&mut conn, &room).await
}

/// Lists those who stand somewhere with a room.
pub async fn members(store: &Store, request: &MembersRequest) -> Result<Page<RoomMember>, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let room = row::read_one(&mut conn, request.room_id).await?;
    let state = request.state.unwrap_or(RoomMemberState::Joined);
    lists::members_of(&mut conn, &room, state, request.limit, request.cursor.as_deref()).await
}

/// Gives what was done to a room and by whom, newest first.
pub async fn history(store: &Store, request: &HistoryRequest) -> Result<Page<Event>, StoreError> {
    let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
    let room = row::read_one(&mut *store.pool().acquire().await?, request.room_id).await?;
    events_page(store, Some(&room.id.to_string()), limit, request.cursor.as_deref()).await
}

/// Makes a room for a creator.
pub async fn create(store: &Store, staff: &StaffName, request: &CreateRequest) -> Result<Did<ActReply>, StoreError> {
    check(&request.reason)?;
    let asked = Asked::by_staff(staff, "rooms.create", &request.request_id, request.dry_run);
    run(store, asked, request, async |conn, actor| {
        let wanted = Wanted {
            tenant: &request.tenant,
            kind: request.kind,
            name: &request.name,
            topic: &request.topic,
            category: request.category.as_deref(),
            access: request.access,
            entry_fee: request.entry_fee,
            promised_until: request.promised_until,
            capacity: request.capacity,
        };
        let scene = make(&mut *conn, &wanted, actor).await?;
        let act = Act { name: "rooms.create", reason: &request.reason, dry_run: request.dry_run };
        done(conn, scene, &act, None).await
    })
    .await
}

/// Locks a room or opens it.
pub async fn lock(store: &Store, staff: &StaffName, request: &LockRequest) -> Result<Did<ActReply>, StoreError> {
    check(&request.reason)?;
    let asked = Asked::by_staff(staff, "rooms.lock", &request.request_id, request.dry_run);
    run(store, asked, request, async |conn, actor| {
        let state = Some(if request.on { RoomState::Locked } else { RoomState::Open });
        let name = if request.on { "rooms.lock" } else { "rooms.unlock" };
        let act = Act { name, reason: &request.reason, dry_run: request.dry_run };
        set(conn, request.room_id, actor, &act, &RoomSettings { state, ..RoomSettings::default() }).await
    })
    .await
}

/// Sets how long members wait between two messages.
pub async fn slow(store: &Store, staff: &StaffName, request: &SlowRequest) -> Result<Did<ActReply>, StoreError> {
    check(&request.reason)?;
    let asked = Asked::by_staff(staff, "rooms.slow", &request.request_id, request.dry_run);
    run(store, asked, request, async |conn, actor| {
        let slow_mode = Some(request.slow_mode);
        let act = Act { name: "rooms.slow", reason: &request.reason, dry_run: request.dry_run };
        set(conn, request.room_id, actor, &act, &RoomSettings { slow_mode, ..RoomSettings::default() }).await
    })
    .await
}

/// Closes a room for good.
pub async fn close(store: &Store, staff: &StaffName, request: &CloseRequest) -> Result<Did<ActReply>, StoreError> {
    check(&request.reason)?;
    let asked = Asked::by_staff(staff, "rooms.close", &request.request_id, request.dry_run);
    run(store, asked, request, async |conn, actor| {
        let mut scene = Scene::open(&mut *conn, request.room_id, actor).await?;
        let before = known(&scene.room);
        closing::shut(&mut *conn, &mut scene).await?;
        let act = Act { name: "rooms.close", reason: &request.reason, dry_run: request.dry_run };
        done(conn, scene, &act, Some(before)).await
    })
    .await
}

/// Refuses to show staff what two say to each other.
pub fn may_read(room: &Room) -> Result<(), StoreError> {
    if room.kind == RoomKind::Direct {
        return Err(crate::refusal::forbidden("what two say to each other is shown by a case about it alone"));
    }
    Ok(())
}

struct Act<'a> {
    name: &'static str,
    reason: &'a Reason,
    dry_run: bool,
}

async fn set(
    conn: &mut PgConnection,
    id: RoomId,
    actor: String,
    act: &Act<'_>,
    change: &RoomSettings,
) -> Result<Did<ActReply>, StoreError> {
    let mut scene = Scene::open(&mut *conn, id, actor).await?;
    if scene.room.kind == RoomKind::Direct {
        return Err(conflict("a conversation of two has no settings"));
    }
    let before = known(&scene.room);
    settings::change(&mut *conn, &mut scene, change).await?;
    done(conn, scene, act, Some(before)).await
}

async fn done(
    conn: &mut PgConnection,
    scene: Scene,
    act: &Act<'_>,
    before: Option<Value>,
) -> Result<Did<ActReply>, StoreError> {
    let reply = ActReply { room: detail(&mut *conn, &scene.room).await?, dry_run: act.dry_run };
    let action = Action {
        actor: &scene.actor,
        act: act.name,
        target: format!("room:{}", scene.room.id),
        reason: Some(act.reason.to_string()),
        before,
        after: Some(known(&scene.room)),
    };
    log_action(conn, &action).await?;
    Ok(Did { reply, told: scene.told })
}

fn known(room: &Room) -> Value {
    json!(room.view())
}

fn check(reason: &Reason) -> Result<(), StoreError> {
    reason.check().map_err(|e| bad("reason", e))
}

async fn detail(conn: &mut PgConnection, room: &Room) -> Result<RoomDetail, StoreError> {
    let keepers = sqlx::query_as!(
        Row,
        "select room_id, uid, role, state, since_ms, changed, fee_transfer, fee_refunded, entered, delivered_seq, read_seq, last_sent_ms
         from rooms.members where room_id = $1 and state = 'joined' and role <> 'member'
         order by (case role when 'host' then 0 when 'admin' then 1 when 'moderator' then 2 else 3 end), uid limit $2",
        room.id.as_uuid(),
        KEEPERS
    )
    .fetch_all(&mut *conn)
    .await?;
    let keepers: Vec<MemberRow> = keepers.into_iter().map(MemberRow::try_from).collect::<Result<_, _>>()?;
    let keepers = lists::views(&mut *conn, room, &keepers).await?;
    let counts = sqlx::query!(
        "select (select count(*) from rooms.members where room_id = r.id and state = 'lobby') as \"waiting!\",
             (select count(*) from rooms.members where room_id = r.id and state = 'invited') as \"invited!\",
             (select count(*) from rooms.members where room_id = r.id and fee_transfer is not null and not fee_refunded) as \"paid!\",
             r.touched_ms, r.empty_ms from rooms.rooms r where r.id = $1",
        room.id.as_uuid()
    )
    .fetch_one(conn)
    .await?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    let below = RoomRole::ALL.iter().copied().filter(|role| *role != RoomRole::Host);
    Ok(RoomDetail {
        room: room.view(),
        powers: below.map(|role| (role, room.powers.of(role))).collect::<BTreeMap<_, _>>(),
        keepers,
        waiting: number(counts.waiting),
        invited: number(counts.invited),
        paid: number(counts.paid),
        touched_at: At::from_ms(counts.touched_ms),
        empty_since: counts.empty_ms.map(At::from_ms),
    })
}
