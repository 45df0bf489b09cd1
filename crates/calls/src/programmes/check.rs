//! What is refused before anything is changed: too many targets, bad addresses, texts that no slate can hold.

use callboard_contract::limits::{MAX_NAME_CHARS, MAX_TARGETS};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{Layout, MAX_SLATE_CHARS, ProgrammeState, TargetSpec, Uid};
use callboard_store::StoreError;

use super::stored::{Guest, Stored};
use crate::open::{bad, conflict};

/// All targets of a programme together.
pub(super) fn targets(targets: &[TargetSpec], field: &str) -> Result<(), StoreError> {
    if targets.len() > MAX_TARGETS {
        let text = format!("a programme has at most {MAX_TARGETS} targets; remove one first");
        return Err(ApiError::new(ErrorCode::Limit, text).on_field(field).into());
    }
    for (place, target) in targets.iter().enumerate() {
        target.check().map_err(|text| bad(field, text))?;
        if targets[..place].iter().any(|other| other.name == target.name) {
            return Err(bad(field, format!("there is a target {} already; take another name", target.name)));
        }
    }
    if targets.iter().filter(|t| t.kind.is_hls()).count() > 1 {
        return Err(bad(field, "a programme has one hls or hls-event target: any number of players watch it"));
    }
    Ok(())
}

pub(super) fn title(text: &str) -> Result<(), StoreError> {
    plain("title", text, MAX_NAME_CHARS)
}

pub(super) fn slate_text(text: &str) -> Result<(), StoreError> {
    plain("text", text, MAX_SLATE_CHARS)
}

fn plain(field: &str, text: &str, most: usize) -> Result<(), StoreError> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(bad(field, format!("{field} must be words on one line")));
    }
    if text.chars().count() > most {
        return Err(bad(field, format!("{field} has more than {most} characters")));
    }
    Ok(())
}

/// Who is large, where the layout wants somebody to be: the one who was named, or the host.
pub(super) fn focus(
    layout: Layout,
    named: Option<&Uid>,
    host: &Uid,
    guests: &[Guest],
) -> Result<Option<Uid>, StoreError> {
    if let Some(uid) = named.filter(|uid| !guests.iter().any(|g| &g.uid == *uid)) {
        return Err(bad("focus", format!("{uid} is no member of the call")));
    }
    Ok(match layout {
        Layout::Stage | Layout::Single => Some(named.unwrap_or(host).clone()),
        Layout::Grid | Layout::Speaker | Layout::SideBySide => named.cloned(),
    })
}

pub(super) fn still_live(programme: &Stored) -> Result<(), StoreError> {
    match programme.state {
        ProgrammeState::Finished | ProgrammeState::Failed => {
            Err(conflict(format!("programme {} is over: {}", programme.id, programme.state)))
        }
        ProgrammeState::Waiting | ProgrammeState::Starting | ProgrammeState::OnAir | ProgrammeState::Interrupted => {
            Ok(())
        }
    }
}
