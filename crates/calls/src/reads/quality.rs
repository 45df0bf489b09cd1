//! How members' lines were at their last beat.

use std::collections::BTreeMap;

use callboard_contract::adm::calls::Quality;
use callboard_contract::api::calls::Line;
use callboard_domain::At;
use callboard_store::StoreError;
use sqlx::PgConnection;

use crate::evidence::line_of;

/// The lines of members, by their numbers.
pub(super) async fn of_members(
    conn: &mut PgConnection,
    nos: &[i64],
    now: At,
) -> Result<BTreeMap<i64, Quality>, StoreError> {
    let rows = sqlx::query!(
        "select no, seen_ms, line, rtt_ms, loss_permille, jitter_ms, bitrate_kbps from calls.seen where no = any($1)",
        nos
    )
    .fetch_all(conn)
    .await?;
    let int = |v: Option<i32>| v.and_then(|v| u32::try_from(v).ok());
    Ok(rows
        .into_iter()
        .map(|r| {
            let quality = Quality {
                line: r.line.and_then(line_of),
                rtt_ms: int(r.rtt_ms),
                loss_permille: int(r.loss_permille),
                jitter_ms: int(r.jitter_ms),
                bitrate_kbps: int(r.bitrate_kbps),
                silent_ms: (r.seen_ms > 0).then(|| now.since(At::from_ms(r.seen_ms)).as_ms()),
            };
            (r.no, quality)
        })
        .collect())
}

/// The worst of several lines: the one broken, or silent for longest, or losing most.
pub(super) fn worst(lines: impl Iterator<Item = Quality>) -> Quality {
    lines
        .max_by_key(|q| {
            (
                q.line == Some(Line::Broken),
                q.silent_ms.unwrap_or(0) / 10_000,
                q.loss_permille.unwrap_or(0),
                q.rtt_ms.unwrap_or(0),
            )
        })
        .unwrap_or_default()
}
