//! Fixed calls on air for tests: one with guests in every state and a target in trouble, one that starts, one that failed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callboard_contract::adm::restream::{ProgrammeDetail, ProgrammeRow};
use callboard_contract::programme::Still;
use callboard_domain::ProgrammeId;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, Rgb, RgbImage};
use serde_json::{Value, json};

use super::sample::{at, id, of};
use crate::picture::{Look, Means, Picture, make};

pub(crate) fn programme_id(n: u32) -> ProgrammeId {
    format!("019c14f0-4444-7000-8000-0000000000{n:02}").parse().unwrap()
}

fn guest(uid: &str, more: &Value) -> Value {
    let mut guest = json!({"uid": uid, "device": "d1", "connected": true, "picture": true, "sound": true, "shown": true, "muted": false,
        "level_db": -18, "fps_tenths": 298, "loss_permille": 4});
    for (key, field) in more.as_object().unwrap() {
        guest[key] = field.clone();
    }
    guest
}

fn row(n: u32, more: &Value) -> Value {
    let mut row = json!({"programme_id": programme_id(n), "call_id": id(n), "state": "on_air", "layout": "grid", "slate": "none",
        "preset": "720p30", "mode": "group", "guests": 0, "targets": 0, "targets_live": 0, "started_by": "staff:otto",
        "created_at": at(-600), "version": 3});
    for (key, field) in more.as_object().unwrap() {
        row[key] = field.clone();
    }
    row
}

fn night_talk() -> Value {
    row(
        3,
        &json!({"title": "night-talk", "layout": "speaker", "guests": 3, "targets": 3, "targets_live": 2, "on_air_at": at(-580),
        "hls_url": "http://127.0.0.1:8490/live/019c14f0/index.m3u8",
        "status": {"programme_id": programme_id(3), "call_id": id(3), "worker": "restream-7f3a", "at": at(0), "state": "on_air",
            "running_ms": 580_000, "fps_tenths": 300, "bitrate_kbps": 2_480, "frames_dropped": 12, "cpu_permille": 483,
            "memory_kib": 93_184, "restarts": 1, "level_db": -14, "viewers": 1_204,
            "guests": [guest("ann", &json!({"level_db": -2})),
                guest("bob", &json!({"muted": true, "level_db": -60, "loss_permille": 62})),
                guest("cy", &json!({"connected": false, "picture": false, "sound": false, "level_db": -60, "fps_tenths": 0,
                    "fault": "sends AV1 only, which is not taken\u{1b}[31m"}))],
            "targets": [
                {"name": "web", "kind": "hls", "state": "live", "blame": "none", "bytes": 181_234_567, "drops": 0, "reconnects": 0, "since": at(-578)},
                {"name": "push", "kind": "rtmp", "state": "retrying", "blame": "target", "reason": "the other side closed the connection",
                 "bytes": 4_096_000, "drops": 310, "reconnects": 4, "since": at(-20)},
                {"name": "tape", "kind": "file", "state": "live", "blame": "none", "bytes": 179_000_000, "drops": 0, "reconnects": 0, "since": at(-578)}]}}),
    )
}

pub(crate) fn programmes() -> Vec<ProgrammeRow> {
    of(json!([
        row(
            5,
            &json!({"title": "morning \u{202e}show", "state": "starting", "layout": "grid", "created_at": at(-4), "guests": 0, "targets": 1})
        ),
        night_talk(),
        row(
            6,
            &json!({"title": "reading room", "state": "failed", "created_at": at(-900), "on_air_at": at(-890), "ended_at": at(-300),
            "said": "it ended 5 times in a row"})
        ),
        row(7, &json!({"title": "long ago", "state": "finished", "created_at": at(-90_000), "ended_at": at(-80_000)})),
    ]))
}

pub(crate) fn programme() -> ProgrammeDetail {
    let member = |uid: &str, consent: &str, more: &Value| {
        let agreed = consent == "agreed";
        let mut member = json!({"uid": uid, "name": uid, "state": "joined", "consent": consent, "muted_by_staff": false, "on_programme": agreed,
            "part": if agreed { "full" } else { "none" }, "place": "audience"});
        for (key, field) in more.as_object().unwrap() {
            member[key] = field.clone();
        }
        member
    };
    of(json!({"as_of": at(0), "programme": night_talk(), "members": [
        member("night-talk", "refused", &json!({"host": true})),
        member("ann", "agreed", &json!({"place": "on_stage", "gain_permille": 800})),
        member("bob", "agreed", &json!({"muted_by_staff": true})),
        member("cy", "agreed", &json!({"place": "queued", "turn": 1})),
        member("dee", "asked", &json!({"state": "accepted"}))],
        "targets": [{"name": "web", "kind": "hls"}, {"name": "push", "kind": "rtmp", "url": "rtmp://live.example/app/•••"},
            {"name": "tape", "kind": "file"}]}))
}

/// A picture of a sunset: a bright disc over dark hills.
pub(crate) fn still() -> Still {
    let image = RgbImage::from_fn(320, 180, |x, y| {
        let (dx, dy) = (x.abs_diff(200), y.abs_diff(70));
        let byte = |value: u32| u8::try_from(value).unwrap_or(u8::MAX);
        match (dx * dx + dy * dy < 1_600, y > 120 + x % 160 / 4) {
            (_, true) => Rgb([20, 40, 24]),
            (true, _) => Rgb([255, 240, 180]),
            (false, false) => Rgb([byte(90 + y), byte(60 + y / 3), byte(150 - y / 2)]),
        }
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90).encode(image.as_raw(), 320, 180, ExtendedColorType::Rgb8).unwrap();
    Still { jpeg_base64: STANDARD.encode(jpeg), width: 320, height: 180, at: at(0) }
}

pub(crate) fn look(blurred: bool, room: (u16, u16), means: Means) -> Look {
    Look { programme: programme_id(3), guest: None, blurred, room, means }
}

/// The picture that a state waits for.
pub(crate) fn picture(of: Look) -> Picture {
    make(&still(), of).unwrap()
}
