//! How somebody can be called, and who can be called now.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_calls::tariffs;
use callboard_contract::api::calls::{Available, CreatorSettings, SettingsGet, SettingsSet, SettingsSetRequest};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::Uid;
use callboard_people::settings;
use callboard_worker::{answer, attempt};

use super::{Rooms, on};

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    let host =
        on!(host, rooms, SettingsGet, |r, caller, _request| answer(settings::get(&r.store, caller.user()?).await));
    let host = on!(host, rooms, SettingsSet, |r, caller, request| set(&r, caller.user()?, &request).await);
    on!(host, rooms, Available, |r, _caller, request| answer(r.calls.available(&request).await))
}

async fn set(rooms: &Rooms, uid: &Uid, request: &SettingsSetRequest) -> Result<CreatorSettings, ApiError> {
    let tariff = request.settings.tariff_name();
    answer(tariffs::show(&rooms.store, tariff).await).map_err(|error| match error.code {
        ErrorCode::NotFound => ApiError::new(ErrorCode::BadRequest, error.message).on_field("settings.tariff"),
        _ => error,
    })?;
    attempt(|| settings::set(&rooms.store, uid, request)).await
}
