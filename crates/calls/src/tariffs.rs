//! Tariffs of the house. The presets are always there; a tariff that is set stands beside them, or in the place of the one it is
//! named after. A leg keeps a copy of its tariff, so nothing here ever changes a call that is under way.

use callboard_contract::adm::tariff::{SetRequest, TariffList, TariffView};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, Coins, Preset, Reserve, StaffName, Tariff, TariffError, TariffSpec};
use callboard_store::{Action, Begun, Command, NewEvent, Store, StoreError, emit, log_action, now, refuse};
use serde_json::Value;
use sqlx::PgConnection;

/// The most tariffs that can be set, so that the list stays one message.
const MAX_TARIFFS: i64 = 200;

/// All tariffs: the presets first, in the form in which they hold now, then what was set beside them, by name.
pub async fn ls(store: &Store) -> Result<TariffList, StoreError> {
    let rows = sqlx::query_as!(Row, "select name, spec, version, set_ms, set_by from calls.tariffs order by name")
        .fetch_all(store.pool())
        .await?;
    let mut set = rows.into_iter().map(TariffView::try_from).collect::<Result<Vec<_>, _>>()?;
    let mut items: Vec<TariffView> = Vec::with_capacity(set.len() + Preset::ALL.len());
    for &preset in Preset::ALL {
        let place = set.iter().position(|view| view.name == preset.as_str());
        items.push(place.map_or_else(|| as_it_came(preset), |place| set.remove(place)));
    }
    items.append(&mut set);
    Ok(TariffList { items })
}

/// One tariff.
pub async fn show(store: &Store, name: &str) -> Result<TariffView, StoreError> {
    find(&mut *store.pool().acquire().await?, name).await?.ok_or_else(|| unknown(name))
}

/// Sets a tariff, in the name of a member of staff.
pub async fn set(store: &Store, staff: &StaffName, request: &SetRequest) -> Result<TariffView, StoreError> {
    let actor = format!("staff:{staff}");
    match Command::begin(store, &actor, "tariff.set", &request.request_id, request.dry_run, request).await? {
        Begun::Before(view) => Ok(view),
        Begun::New(mut command) => {
            let result = write(&mut command, &actor, request).await;
            command.finish(result).await
        }
    }
}

/// The tariff that a call is made under: the named one at the payee's own rate and for so many minutes, where these are given.
pub async fn resolve(
    conn: &mut PgConnection,
    name: &str,
    rate: Option<Coins>,
    minutes: Option<u32>,
) -> Result<Tariff, StoreError> {
    let stored =
        sqlx::query_scalar!("select spec from calls.tariffs where name = $1", name).fetch_optional(conn).await?;
    let spec = match (stored, name.parse::<Preset>()) {
        (Some(spec), _) => adapt(read(name, spec)?, rate, minutes),
        (None, Ok(preset)) => preset.spec(rate, minutes),
        (None, Err(_)) => return Err(unknown(name)),
    };
    Tariff::try_from(spec).map_err(|e| refused(&e))
}

async fn write(conn: &mut PgConnection, actor: &str, request: &SetRequest) -> Result<TariffView, StoreError> {
    check(request)?;
    // Two who set the same new tariff at once meet here; setting is rare, so all wait for each other.
    sqlx::query!("lock table calls.tariffs in share row exclusive mode").execute(&mut *conn).await?;
    let before = find(conn, &request.name).await?;
    let version = before.as_ref().map_or(0, |view| view.version);
    if request.expect_version.is_some_and(|expected| expected != version) {
        return refuse(
            ErrorCode::Stale,
            format!("tariff `{}` is at version {version} by now; look at it again", request.name),
        );
    }
    let set = sqlx::query_scalar!("select count(*) as \"n!\" from calls.tariffs").fetch_one(&mut *conn).await?;
    if before.is_none() && set >= MAX_TARIFFS {
        return refuse(ErrorCode::Limit, format!("there are {set} tariffs already, the most that can be set"));
    }
    let at = now(&mut *conn).await?;
    let spec = serde_json::to_value(&request.tariff).map_err(|e| StoreError::corrupt("a tariff", e))?;
    sqlx::query!(
        "insert into calls.tariffs (name, spec, version, set_ms, set_by) values ($1, $2, $3, $4, $5)
         on conflict (name) do update set spec = excluded.spec, version = excluded.version, set_ms = excluded.set_ms, set_by = excluded.set_by",
        request.name,
        spec,
        version + 1,
        at.as_ms(),
        actor
    )
    .execute(&mut *conn)
    .await?;
    let view = TariffView {
        name: request.name.clone(),
        tariff: request.tariff.clone(),
        preset: false,
        version: version + 1,
        set_at: Some(at),
        set_by: Some(actor.to_owned()),
    };
    let data = json(&view)?;
    let event = NewEvent {
        event: "tariff.set",
        entity: format!("tariff-{}", request.name),
        version: view.version,
        at,
        actor: actor.to_owned(),
        data: data.clone(),
        pushes: Vec::new(),
    };
    emit(conn, &event).await?;
    let action = Action {
        actor,
        act: "tariff.set",
        target: request.name.clone(),
        reason: Some(request.reason.to_string()),
        before: before.as_ref().map(json).transpose()?,
        after: Some(data),
    };
    log_action(conn, &action).await?;
    Ok(view)
}

fn check(request: &SetRequest) -> Result<(), StoreError> {
    let bad =
        |field: &str, text: String| StoreError::Refused(ApiError::new(ErrorCode::BadRequest, text).on_field(field));
    let name = &request.name;
    if !(1..=64).contains(&name.len()) || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return Err(bad("name", "the name of a tariff must be 1 to 64 letters, digits, '_' or '-'".to_owned()));
    }
    request.reason.check().map_err(|text| bad("reason", text))?;
    Tariff::try_from(request.tariff.clone()).map_err(|e| refused(&e))?;
    Ok(())
}

/// A tariff that was set, at the payee's own rate. A flat price is the house's: only its own tariff can change it.
fn adapt(mut spec: TariffSpec, rate: Option<Coins>, minutes: Option<u32>) -> TariffSpec {
    if let (Some(rate), None) = (rate, &spec.flat) {
        spec.rate = rate;
    }
    if let (Some(wanted), Some(Reserve::Upfront { minutes })) = (minutes, &mut spec.reserve) {
        *minutes = wanted.max(*minutes);
    }
    spec
}

async fn find(conn: &mut PgConnection, name: &str) -> Result<Option<TariffView>, StoreError> {
    let row =
        sqlx::query_as!(Row, "select name, spec, version, set_ms, set_by from calls.tariffs where name = $1", name)
            .fetch_optional(conn)
            .await?;
    match row {
        Some(row) => TariffView::try_from(row).map(Some),
        None => Ok(name.parse::<Preset>().ok().map(as_it_came)),
    }
}

fn as_it_came(preset: Preset) -> TariffView {
    TariffView {
        name: preset.to_string(),
        tariff: preset.spec(None, None),
        preset: true,
        version: 0,
        set_at: None,
        set_by: None,
    }
}

fn unknown(name: &str) -> StoreError {
    StoreError::Refused(ApiError::new(
        ErrorCode::NotFound,
        format!("there is no tariff `{name}`; `callboard tariff ls` lists them"),
    ))
}

fn refused(error: &TariffError) -> StoreError {
    StoreError::Refused(
        ApiError::new(ErrorCode::BadRequest, format!("tariff: {error}")).on_field(format!("tariff.{}", error.field)),
    )
}

fn read(name: &str, spec: Value) -> Result<TariffSpec, StoreError> {
    serde_json::from_value(spec).map_err(|e| StoreError::corrupt(format!("tariff `{name}`"), e))
}

fn json(view: &TariffView) -> Result<Value, StoreError> {
    serde_json::to_value(view).map_err(|e| StoreError::corrupt("a tariff", e))
}

/// A tariff as the table has it.
struct Row {
    name: String,
    spec: Value,
    version: i64,
    set_ms: i64,
    set_by: String,
}

impl TryFrom<Row> for TariffView {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let tariff = read(&row.name, row.spec)?;
        Ok(Self {
            name: row.name,
            tariff,
            preset: false,
            version: row.version,
            set_at: Some(At::from_ms(row.set_ms)),
            set_by: Some(row.set_by),
        })
    }
}
