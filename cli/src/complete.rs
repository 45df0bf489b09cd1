//! Completions that ask the house: live call ids, names of staff and tariffs, contexts.
//!
//! They must be quick and silent: whatever fails, the shell just gets no candidates.

use std::ffi::OsStr;
use std::time::Duration;

use callboard_contract::PageQuery;
use callboard_contract::adm::{calls, gifts as gifts_adm, restream, rooms, staff as staff_adm, tariff};
use callboard_contract::api::Nothing;
use callboard_contract::room::RoomView;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::connect::{self, House};
use crate::fail::Result;

/// Whoever presses Tab does not wait longer than this.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Live calls.
pub(crate) fn calls() -> ArgValueCompleter {
    asking(async |house| {
        let page = house.call::<calls::Live>(&PageQuery { limit: Some(200), cursor: None }).await?;
        let help = |call: &calls::LiveCall| format!("{} with {}, {}", call.state, call.payee, call.kind);
        Ok(page.items.iter().map(|call| (call.call_id.to_string(), help(call))).collect())
    })
}

/// Programmes that are not over.
pub(crate) fn programmes() -> ArgValueCompleter {
    asking(async |house| {
        let page = house.call::<restream::Ls>(&restream::LsRequest { limit: Some(200), ..Default::default() }).await?;
        let help = |p: &restream::ProgrammeRow| format!("{}, {}", p.title, p.state);
        Ok(page.items.iter().map(|p| (p.programme_id.to_string(), help(p))).collect())
    })
}

/// Rooms.
pub(crate) fn rooms() -> ArgValueCompleter {
    asking(async |house| {
        let page = house.call::<rooms::Ls>(&rooms::LsRequest { limit: Some(200), ..Default::default() }).await?;
        let help = |room: &RoomView| format!("{}, {}", room.name, room.state);
        Ok(page.items.iter().map(|room| (room.room_id.to_string(), help(room))).collect())
    })
}

/// Members of staff.
pub(crate) fn staff() -> ArgValueCompleter {
    asking(async |house| {
        let list = house.call::<staff_adm::Ls>(&Nothing {}).await?;
        Ok(list.items.iter().map(|member| (member.name.to_string(), member.role.to_string())).collect())
    })
}

/// Tariffs.
pub(crate) fn tariffs() -> ArgValueCompleter {
    asking(async |house| {
        let list = house.call::<tariff::Ls>(&Nothing {}).await?;
        Ok(list.items.iter().map(|tariff| (tariff.name.clone(), format!("{} a minute", tariff.tariff.rate))).collect())
    })
}

/// Gifts of the catalogue.
pub(crate) fn gifts() -> ArgValueCompleter {
    asking(async |house| {
        let list = house.call::<gifts_adm::Ls>(&Nothing {}).await?;
        Ok(list.items.into_iter().map(|kind| (kind.gift, kind.name)).collect())
    })
}

/// Contexts.
pub(crate) fn contexts() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let names = connect::context_names().unwrap_or_default();
        candidates(current, names.into_iter().map(|name| (name, String::new())).collect())
    })
}

fn asking(
    ask: impl AsyncFn(House) -> Result<Vec<(String, String)>> + Copy + Send + Sync + 'static,
) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
        let found = runtime.block_on(async {
            let asked = async { ask(connect::connect(&connect::from_env()).await?).await };
            tokio::time::timeout(PATIENCE, asked).await.ok().and_then(Result::ok)
        });
        candidates(current, found.unwrap_or_default())
    })
}

fn candidates(current: &OsStr, found: Vec<(String, String)>) -> Vec<CompletionCandidate> {
    let begun = current.to_string_lossy();
    found
        .into_iter()
        .filter(|(word, _)| word.starts_with(begun.as_ref()))
        .map(|(word, help)| CompletionCandidate::new(word).help((!help.is_empty()).then(|| help.into())))
        .collect()
}
