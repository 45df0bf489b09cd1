//! A call on air: every command of it.

use std::time::Instant;

use crate::NOBODY;
use crate::house::{House, PATIENCE, in_every_format};

/// Where the machine has what its worker needs; else the stack does without.
pub(crate) fn a_call_goes_on_air(house: &House, call: &str) {
    let status = house.json(&["status"]);
    if !status["workers"].as_array().unwrap().iter().any(|worker| worker["name"] == "restream") {
        house.run(&["restream", "ls"]).exits(6);
        return;
    }
    let start = ["restream", "start", call, "--target", "web=hls", "--layout", "speaker", "-o", "json"];
    let would = house.run(&[&start[..], &["--dry-run"]].concat()).exits(0).json();
    assert_eq!((would["dry_run"].as_bool(), would["programme"]["title"].as_str()), (Some(true), Some("noor")));
    house.run(&[&start[..], &["--yes", "--creds", "mona.cred"]].concat()).exits(4);
    let started = house.run(&[&start[..], &["--yes"]].concat()).exits(0).json();
    let id = started["programme"]["programme_id"].as_str().unwrap();
    house.run(&[&start[..], &["--yes"]].concat()).exits(5);
    let add = ["restream", "targets", "add", id, "push", "rtmp", "--url-file", "-", "--yes", "-o", "json"];
    let added = house.place.run_with(&add, "rtmp://127.0.0.1:9/live/geheim\n").exits(0);
    assert!(
        added.stdout.contains("rtmp://127.0.0.1:9/live/•••") && !added.stdout.contains("geheim"),
        "{}",
        added.stdout
    );
    house.run(&["restream", "targets", "rm", id, "push", "--yes"]).exits(0);
    house.run(&["restream", "targets", "rm", id, "push", "--yes"]).exits(3);
    house.run(&["restream", "layout", id, "single", "--focus", "maya", "--yes"]).exits(0);
    house.run(&["restream", "layout", id, "single", "--focus", "nobody", "--yes"]).exits(1);
    house.run(&["restream", "slate", id, "pause", "--text", "back at nine", "--yes", "--creds", "mona.cred"]).exits(0);
    assert_eq!(house.json(&["restream", "show", id])["slate_text"], "back at nine");
    for reading in [&["restream", "ls"][..], &["restream", "ls", "--past", "--call", call], &["restream", "show", id]] {
        in_every_format(house, reading);
    }
    house.run(&["restream", "snapshot", id, "picture.jpg", "--creds", "oskar.cred"]).exits(4);
    viewers_are_ended(house, id);
    a_picture_is_written(house, id);
    let stop = ["restream", "stop", id, "--reason", "content:a test", "--yes", "--creds", "mona.cred"];
    house.run(&stop).exits(0);
    house.run(&stop).exits(5);
    house.run(&["restream", "show", NOBODY]).exits(3);
    assert_eq!(house.json(&["restream", "ls"])["items"], serde_json::json!([]));
    assert_eq!(house.json(&["calls", "show", call])["call"]["state"], "active", "the call goes on");
}

/// There is a picture as soon as the programme runs, of the slate where nobody is in it.
fn a_picture_is_written(house: &House, id: &str) {
    let file = house.place.path("programme.jpg");
    let file = file.to_str().unwrap();
    let begun = Instant::now();
    while house.run(&["restream", "snapshot", id, file, "--creds", "mona.cred"]).code != 0 {
        assert!(begun.elapsed() < PATIENCE, "no picture comes");
    }
    assert_eq!(std::fs::read(file).unwrap()[..2], [0xff, 0xd8], "a JPEG");
}

/// Who watches is known as soon as a worker runs the programme.
fn viewers_are_ended(house: &House, id: &str) {
    let begun = Instant::now();
    while house.run(&["restream", "viewers", id]).code != 0 {
        assert!(begun.elapsed() < PATIENCE, "nobody runs the programme");
    }
    in_every_format(house, &["restream", "viewers", id]);
    let end = ["restream", "viewer-end", id, NOBODY, "--reason", "abuse:a test", "--yes"];
    house.run(&[&end[..], &["--creds", "vic.cred"]].concat()).exits(4);
    house.run(&[&end[..], &["--dry-run"]].concat()).exits(0);
    let ended = house.run(&[&end[..], &["--creds", "mona.cred", "-o", "json"]].concat()).exits(0).json();
    assert_eq!(ended["viewer_id"], NOBODY);
    house.run(&end).exits(5);
}
