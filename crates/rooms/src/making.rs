//! Rooms are made: by their tenant or staff, and each tenant's primary room when it is first asked for.

use callboard_contract::api::rooms::CreateRequest;
use callboard_contract::limits::{DEFAULT_ROOM_CAPACITY, MAX_ROOM_CAPACITY, MAX_ROOMS_OF_TENANT};
use callboard_contract::room::MyRoom;
use callboard_domain::{
    At, Coins, RoomAccess, RoomId, RoomKind, RoomMemberState, RoomPowers, RoomRole, RoomState, Uid,
};
use callboard_people::users;
use callboard_store::{Store, StoreError, now};
use sqlx::PgConnection;

use crate::command::{Asked, run};
use crate::member::{self, MemberRow};
use crate::refusal::{bad, limit, missing};
use crate::scene::Scene;
use crate::{Did, Room, check, mine, row, stored};

/// What a new room is to be.
pub(crate) struct Wanted<'a> {
    pub(crate) tenant: &'a Uid,
    pub(crate) kind: RoomKind,
    pub(crate) name: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) category: Option<&'a str>,
    pub(crate) access: RoomAccess,
    pub(crate) entry_fee: Option<Coins>,
    pub(crate) promised_until: Option<At>,
    pub(crate) capacity: Option<u32>,
}

/// Makes a room of somebody's.
pub async fn create(store: &Store, uid: &Uid, request: &CreateRequest) -> Result<Did<MyRoom>, StoreError> {
    run(store, Asked::by(uid, "rooms.create", &request.request_id), request, async |conn, actor| {
        let wanted = Wanted {
            tenant: uid,
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
        Ok(Did { reply: mine::one(conn, &scene.room, uid).await?, told: scene.told })
    })
    .await
}

/// Shows the primary room of a tenant; it is made when it is first asked for.
pub async fn primary(store: &Store, uid: &Uid, tenant: &Uid) -> Result<Did<MyRoom>, StoreError> {
    let mut conn = store.pool().acquire().await?;
    if let Some(room) = primary_of(&mut conn, tenant).await? {
        return Ok(Did::quietly(mine::one(&mut conn, &room, uid).await?));
    }
    drop(conn);
    let mut tx = store.begin().await?;
    if !users::is_known(&mut tx, tenant).await? {
        return Err(missing("tenant", format!("there is no user {tenant}")));
    }
    let mut room = blank(tenant, RoomKind::Primary, now(&mut tx).await?);
    room.name = tenant.to_string();
    room.capacity = i32::try_from(MAX_ROOM_CAPACITY).expect("the largest capacity fits");
    let told = match open(&mut tx, room, "house".to_owned()).await? {
        Some(scene) => scene.told,
        // Somebody else was faster.
        None => Vec::new(),
    };
    let room = primary_of(&mut tx, tenant)
        .await?
        .ok_or_else(|| StoreError::corrupt("a room", "it was made and is not there"))?;
    let reply = mine::one(&mut tx, &room, uid).await?;
    tx.commit().await?;
    store.ring();
    Ok(Did { reply, told })
}

pub(crate) async fn primary_of(conn: &mut PgConnection, tenant: &Uid) -> Result<Option<Room>, StoreError> {
    let id = sqlx::query_scalar!("select id from rooms.rooms where tenant = $1 and kind = 'primary'", tenant.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    match id {
        Some(id) => row::read_one(conn, RoomId::from_uuid(id)).await.map(Some),
        None => Ok(None),
    }
}

/// Makes a room as it is wanted, with its tenant as host in it.
pub(crate) async fn make(conn: &mut PgConnection, wanted: &Wanted<'_>, actor: String) -> Result<Scene, StoreError> {
    if !matches!(wanted.kind, RoomKind::Sub | RoomKind::Event | RoomKind::Temporary) {
        let text = format!("a {} room is not made by this; take sub, event or temporary", wanted.kind);
        return Err(bad("kind", text));
    }
    check::fee(wanted.access, wanted.entry_fee)?;
    let at = now(&mut *conn).await?;
    check::promise(at, wanted.promised_until)?;
    let room = Room {
        name: check::name(wanted.name)?,
        topic: check::topic(wanted.topic)?,
        category: wanted.category.map(check::category).transpose()?.flatten(),
        access: wanted.access,
        entry_fee: wanted.entry_fee,
        promised_until: wanted.promised_until,
        capacity: check::capacity(wanted.capacity.unwrap_or(DEFAULT_ROOM_CAPACITY))?,
        ..blank(wanted.tenant, wanted.kind, at)
    };
    // Two who make the last room that is allowed wait for each other.
    users::ensure_in(&mut *conn, wanted.tenant).await?;
    users::lock(&mut *conn, wanted.tenant).await?;
    let open_rooms = sqlx::query_scalar!(
        "select count(*) as \"count!\" from rooms.rooms where tenant = $1 and state <> 'closed'",
        wanted.tenant.as_str()
    )
    .fetch_one(&mut *conn)
    .await?;
    if open_rooms >= MAX_ROOMS_OF_TENANT {
        return Err(limit(format!(
            "{} has {open_rooms} rooms open, no more than {MAX_ROOMS_OF_TENANT} may be; close one",
            wanted.tenant
        )));
    }
    open(conn, room, actor).await?.ok_or_else(|| StoreError::corrupt("a room", "its id was taken"))
}

/// Writes a new room and its host, and tells of it; nothing if there is such a room already.
async fn open(conn: &mut PgConnection, room: Room, actor: String) -> Result<Option<Scene>, StoreError> {
    if !stored::insert(&mut *conn, &room).await? {
        return Ok(None);
    }
    let mut scene = Scene { at: room.created, room, actor, told: Vec::new() };
    if let Some(tenant) = scene.room.tenant.clone() {
        let mut host = MemberRow::new(&scene.room, &tenant, RoomMemberState::Joined, scene.at);
        host.role = RoomRole::Host;
        member::write(&mut *conn, &host).await?;
    }
    scene.tell_room(conn, "room.created", Vec::new()).await?;
    Ok(Some(scene))
}

/// A room of a tenant with nothing special about it. Being made is its first change, and its host is in it.
fn blank(tenant: &Uid, kind: RoomKind, at: At) -> Room {
    Room {
        id: RoomId::generate(),
        tenant: Some(tenant.clone()),
        kind,
        name: String::new(),
        topic: String::new(),
        category: None,
        access: RoomAccess::Public,
        state: RoomState::Open,
        entry_fee: None,
        promised_until: None,
        capacity: 2,
        members: 1,
        slow_mode: None,
        members_only: None,
        lobby: false,
        powers: RoomPowers::default(),
        call: None,
        watch_url: None,
        pair: None,
        created: at,
        closed: None,
        head: 1,
        changed: 1,
    }
}
