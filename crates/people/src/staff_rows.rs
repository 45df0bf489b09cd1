//! Rows of `people.staff`, read and written.

use callboard_contract::adm::staff::StaffMember;
use callboard_domain::{At, Coins, RefundLimits, Role, StaffName, Uid};
use callboard_store::{Store, StoreError, now};
use sqlx::PgConnection;

/// A member of staff, as the database has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// The name.
    pub name: StaffName,
    /// The role.
    pub role: Role,
    /// The public nkey.
    pub public_key: String,
    /// What this person may refund alone: the own limits, else those of the role.
    pub refund_limits: RefundLimits,
    /// When it was added.
    pub added_at: At,
    /// By whom: `bootstrap`, or the name of a member of staff.
    pub added_by: String,
    /// When it was taken back.
    pub revoked_at: Option<At>,
    /// The user of the platform that he is, where that is known.
    pub uid: Option<Uid>,
    /// The creators in whose rooms and calls alone he works; none if in all.
    pub tenants: Vec<Uid>,
}

impl Staff {
    /// The form in which it is shown, with the number of live connections.
    pub fn shown(&self, connections: i64) -> StaffMember {
        StaffMember {
            name: self.name.clone(),
            role: self.role,
            uid: self.uid.clone(),
            public_key: self.public_key.clone(),
            refund_limits: self.refund_limits,
            tenants: self.tenants.clone(),
            added_at: self.added_at,
            added_by: self.added_by.clone(),
            revoked_at: self.revoked_at,
            connections: u32::try_from(connections).unwrap_or(u32::MAX),
        }
    }
}

/// A member of staff to be registered.
pub(crate) struct NewStaff<'a> {
    pub(crate) name: &'a StaffName,
    pub(crate) role: Role,
    pub(crate) public_key: &'a str,
    pub(crate) limits: Option<RefundLimits>,
    pub(crate) tenants: &'a [Uid],
    pub(crate) added_by: &'a str,
}

#[derive(Debug)]
struct Row {
    name: String,
    role: String,
    public_key: String,
    per_act: Option<i64>,
    per_day: Option<i64>,
    added_ms: i64,
    added_by: String,
    revoked_ms: Option<i64>,
    uid: Option<String>,
    tenants: Vec<String>,
}

impl TryFrom<Row> for Staff {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let role: Role = row.role.parse().map_err(|e| StoreError::corrupt("a role", e))?;
        let limits = role.refund_limits();
        Ok(Self {
            name: StaffName::new(row.name).map_err(|e| StoreError::corrupt("a staff name", e))?,
            role,
            public_key: row.public_key,
            refund_limits: RefundLimits {
                per_act: row.per_act.map_or(limits.per_act, Coins::from_units),
                per_day: row.per_day.map_or(limits.per_day, Coins::from_units),
            },
            added_at: At::from_ms(row.added_ms),
            added_by: row.added_by,
            revoked_at: row.revoked_ms.map(At::from_ms),
            uid: row.uid.map(Uid::new).transpose().map_err(|e| StoreError::corrupt("a member of staff's uid", e))?,
            tenants: row
                .tenants
                .into_iter()
                .map(|tenant| Uid::new(tenant).map_err(|e| StoreError::corrupt("a tenant", e)))
                .collect::<Result<_, _>>()?,
        })
    }
}

pub(crate) async fn by_name(conn: &mut PgConnection, name: &StaffName) -> Result<Option<Staff>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select name, role, public_key, per_act, per_day, added_ms, added_by, revoked_ms, uid, tenants from people.staff where name = $1",
        name.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Staff::try_from).transpose()
}

/// As [`by_name`], locked until the end of the transaction.
pub(crate) async fn by_name_locked(conn: &mut PgConnection, name: &StaffName) -> Result<Option<Staff>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select name, role, public_key, per_act, per_day, added_ms, added_by, revoked_ms, uid, tenants from people.staff where name = $1 for update",
        name.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Staff::try_from).transpose()
}

pub(crate) async fn by_key(conn: &mut PgConnection, public_key: &str) -> Result<Option<Staff>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select name, role, public_key, per_act, per_day, added_ms, added_by, revoked_ms, uid, tenants from people.staff where public_key = $1",
        public_key
    )
    .fetch_optional(conn)
    .await?;
    row.map(Staff::try_from).transpose()
}

pub(crate) async fn all(store: &Store) -> Result<Vec<Staff>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select name, role, public_key, per_act, per_day, added_ms, added_by, revoked_ms, uid, tenants from people.staff order by name"
    )
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(Staff::try_from).collect()
}

pub(crate) async fn insert(conn: &mut PgConnection, new: &NewStaff<'_>) -> Result<Staff, StoreError> {
    let added_at = now(&mut *conn).await?;
    let tenants: Vec<String> = new.tenants.iter().map(Uid::to_string).collect();
    sqlx::query!(
        "insert into people.staff (name, role, public_key, per_act, per_day, added_ms, added_by, tenants)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.name.as_str(),
        new.role.as_str(),
        new.public_key,
        new.limits.map(|l| l.per_act.units()),
        new.limits.map(|l| l.per_day.units()),
        added_at.as_ms(),
        new.added_by,
        &tenants
    )
    .execute(conn)
    .await?;
    Ok(Staff {
        name: new.name.clone(),
        role: new.role,
        public_key: new.public_key.to_owned(),
        refund_limits: new.limits.unwrap_or(new.role.refund_limits()),
        added_at,
        added_by: new.added_by.to_owned(),
        revoked_at: None,
        uid: None,
        tenants: new.tenants.to_vec(),
    })
}

pub(crate) async fn revoke(conn: &mut PgConnection, name: &StaffName, at: At) -> Result<(), StoreError> {
    sqlx::query!("update people.staff set revoked_ms = $2 where name = $1", name.as_str(), at.as_ms())
        .execute(conn)
        .await?;
    Ok(())
}

/// The member of staff who is a user, unless his credential was taken back.
pub(crate) async fn by_uid(conn: &mut PgConnection, uid: &Uid) -> Result<Option<Staff>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select name, role, public_key, per_act, per_day, added_ms, added_by, revoked_ms, uid, tenants from people.staff
         where uid = $1 and revoked_ms is null",
        uid.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Staff::try_from).transpose()
}

pub(crate) async fn link(conn: &mut PgConnection, name: &StaffName, uid: Option<&Uid>) -> Result<(), StoreError> {
    sqlx::query!("update people.staff set uid = $2 where name = $1", name.as_str(), uid.map(Uid::as_str))
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn connections(conn: &mut PgConnection, name: &StaffName) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        "select count(*) as \"n!\" from people.connections where kind = 'staff' and name = $1",
        name.as_str()
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// How many live connections each member of staff has who has any.
pub(crate) async fn connections_of_all(store: &Store) -> Result<std::collections::HashMap<String, i64>, StoreError> {
    let rows =
        sqlx::query!("select name, count(*) as \"n!\" from people.connections where kind = 'staff' group by name")
            .fetch_all(store.pool())
            .await?;
    Ok(rows.into_iter().map(|r| (r.name, r.n)).collect())
}

pub(crate) async fn active_admins(conn: &mut PgConnection) -> Result<i64, StoreError> {
    let count =
        sqlx::query_scalar!("select count(*) as \"n!\" from people.staff where role = 'admin' and revoked_ms is null")
            .fetch_one(conn)
            .await?;
    Ok(count)
}

/// Held by whoever changes who is staff, so that two of them see each other.
pub(crate) async fn lock_all(conn: &mut PgConnection) -> Result<(), StoreError> {
    // "staff" in ASCII.
    const LOCK: i64 = 0x0073_7461_6666;
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK).fetch_one(conn).await?;
    Ok(())
}
