//! What can be given. A gift is never deleted, so that what was given keeps its name; it is retired.

use callboard_contract::adm::gifts::{GiftKind, GiftKindList, SetRequest};
use callboard_contract::api::gifts::{GiftList, GiftOffer, TIP};
use callboard_contract::limits::{GIFT_COINS, MAX_GIFTS, MAX_NAME_CHARS};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, Coins, Party, Share, Split, StaffName, clean_line};
use callboard_store::{Action, Begun, Command, NewEvent, Store, StoreError, emit, log_action, now, refuse};
use serde_json::Value;
use sqlx::PgConnection;

/// What apps can give, the cheapest first.
pub async fn offers(store: &Store) -> Result<GiftList, StoreError> {
    let all = ls(store).await?.items.into_iter().filter(|kind| kind.retired_at.is_none());
    Ok(GiftList { items: all.map(|kind| GiftOffer { gift: kind.gift, name: kind.name, price: kind.price }).collect() })
}

/// The whole catalogue, the cheapest first.
pub async fn ls(store: &Store) -> Result<GiftKindList, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select gift, name, price, split, retired_ms, version, set_ms, set_by from ledger.gift_catalogue order by price nulls first, gift"
    )
    .fetch_all(store.pool())
    .await?;
    Ok(GiftKindList { items: rows.into_iter().map(GiftKind::try_from).collect::<Result<_, _>>()? })
}

/// Sets a gift, in the name of a member of staff.
pub async fn set(store: &Store, staff: &StaffName, request: &SetRequest) -> Result<GiftKind, StoreError> {
    let actor = format!("staff:{staff}");
    match Command::begin(store, &actor, "gifts.set", &request.request_id, request.dry_run, request).await? {
        Begun::Before(kind) => Ok(kind),
        Begun::New(mut command) => {
            let result = write(&mut command, &actor, request).await;
            command.finish(result).await
        }
    }
}

async fn write(conn: &mut PgConnection, actor: &str, request: &SetRequest) -> Result<GiftKind, StoreError> {
    request.reason.check().map_err(|text| bad("reason", text))?;
    // Two who set the same new gift at once meet here; setting is rare, so all wait for each other.
    sqlx::query!("lock table ledger.gift_catalogue in share row exclusive mode").execute(&mut *conn).await?;
    let before = find(&mut *conn, &request.gift).await?;
    let version = before.as_ref().map_or(0, |kind| kind.version);
    if request.expect_version.is_some_and(|expected| expected != version) {
        let text = format!("gift `{}` is at version {version} by now; look at it again", request.gift);
        return refuse(ErrorCode::Stale, text);
    }
    let count =
        sqlx::query_scalar!("select count(*) as \"n!\" from ledger.gift_catalogue").fetch_one(&mut *conn).await?;
    if before.is_none() && count >= MAX_GIFTS {
        return refuse(ErrorCode::Limit, format!("there are {count} gifts already, the most that can be set"));
    }
    let at = now(&mut *conn).await?;
    let kind = changed(before.as_ref(), actor, at, request)?;
    sqlx::query!(
        "insert into ledger.gift_catalogue (gift, name, price, split, retired_ms, version, set_ms, set_by) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (gift) do update set name = excluded.name, price = excluded.price, split = excluded.split,
             retired_ms = excluded.retired_ms, version = excluded.version, set_ms = excluded.set_ms, set_by = excluded.set_by",
        kind.gift,
        kind.name,
        kind.price.map(Coins::units),
        json(&kind.split)?,
        kind.retired_at.map(At::as_ms),
        kind.version,
        at.as_ms(),
        actor
    )
    .execute(&mut *conn)
    .await?;
    let data = json(&kind)?;
    let event = NewEvent {
        event: "gift.set",
        entity: format!("gift-{}", kind.gift),
        version: kind.version,
        at,
        actor: actor.to_owned(),
        data: data.clone(),
        pushes: Vec::new(),
    };
    emit(&mut *conn, &event).await?;
    let action = Action {
        actor,
        act: "gifts.set",
        target: format!("gift {}", kind.gift),
        reason: Some(request.reason.to_string()),
        before: before.as_ref().map(json).transpose()?,
        after: Some(data),
    };
    log_action(conn, &action).await?;
    Ok(kind)
}

/// The gift as it will be, or why it cannot be so.
fn changed(before: Option<&GiftKind>, actor: &str, at: At, request: &SetRequest) -> Result<GiftKind, StoreError> {
    let gift = &request.gift;
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !(1..=32).contains(&gift.len()) || !gift.bytes().all(is_name) {
        return Err(bad("gift", "a gift is named by 1 to 32 of a-z, 0-9 and `_`".to_owned()));
    }
    let name = match (&request.name, before) {
        (Some(name), _) => clean_line(name).map_err(|e| bad("name", e.to_string()))?,
        (None, Some(before)) => before.name.clone(),
        (None, None) => return Err(bad("name", format!("gift `{gift}` is new; give it a name"))),
    };
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(bad("name", format!("the name of a gift has at most {MAX_NAME_CHARS} characters")));
    }
    let price = request.price.or_else(|| before.and_then(|before| before.price));
    let (least, most) = (Coins::whole(*GIFT_COINS.start()), Coins::whole(*GIFT_COINS.end()));
    match price {
        Some(_) if gift == TIP => return Err(bad("price", "a tip costs what its giver says".to_owned())),
        None if gift != TIP => return Err(bad("price", format!("gift `{gift}` is new; give it a price"))),
        Some(price) if price < least || price > most => {
            return Err(bad("price", format!("a gift costs {least} to {most} coins, not {price}")));
        }
        _ => {}
    }
    let split = request.split.clone().or_else(|| before.map(|before| before.split.clone())).unwrap_or_else(usual_split);
    if split.payee().is_none() {
        return Err(bad("split", "the split must name somebody besides the house, who is the receiver".to_owned()));
    }
    let retired_before = before.and_then(|before| before.retired_at);
    let retired_at = match request.retired {
        Some(true) => retired_before.or(Some(at)),
        Some(false) => None,
        None => retired_before,
    };
    let version = before.map_or(1, |before| before.version + 1);
    Ok(GiftKind { gift: gift.clone(), name, price, split, retired_at, version, set_at: at, set_by: actor.to_owned() })
}

fn usual_split() -> Split {
    let party = |name: &str| Party::new(name).expect("a short word is a party's name");
    Split::new(vec![(party("creator"), Share::percent(80)), (party("platform"), Share::percent(20))])
        .expect("80 and 20 hundredths are the whole")
}

async fn find(conn: &mut PgConnection, gift: &str) -> Result<Option<GiftKind>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select gift, name, price, split, retired_ms, version, set_ms, set_by from ledger.gift_catalogue where gift = $1",
        gift
    );
    row.fetch_optional(conn).await?.map(GiftKind::try_from).transpose()
}

fn bad(field: &str, text: String) -> StoreError {
    ApiError::new(ErrorCode::BadRequest, text).on_field(field).into()
}

fn json(value: &impl serde::Serialize) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(|e| StoreError::corrupt("a gift", e))
}

struct Row {
    gift: String,
    name: String,
    price: Option<i64>,
    split: Value,
    retired_ms: Option<i64>,
    version: i64,
    set_ms: i64,
    set_by: String,
}

impl TryFrom<Row> for GiftKind {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            gift: row.gift,
            name: row.name,
            price: row.price.map(Coins::from_units),
            split: serde_json::from_value(row.split).map_err(|e| StoreError::corrupt("a gift's split", e))?,
            retired_at: row.retired_ms.map(At::from_ms),
            version: row.version,
            set_at: At::from_ms(row.set_ms),
            set_by: row.set_by,
        })
    }
}
