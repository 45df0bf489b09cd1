//! Rooms: every command of them.

use callboard_contract::ErrorCode;
use callboard_domain::Coins;

use crate::NOBODY;
use crate::house::in_every_format;
use crate::order::{Scene, each, text};

pub(crate) fn a_room_is_made_and_kept(scene: &Scene) {
    what_cannot_be_is_refused(scene);
    messages_are_read(scene);
    rooms_are_found(scene);
    a_room_is_locked_and_slowed(scene);
}

fn what_cannot_be_is_refused(scene: &Scene) {
    let Scene { house, garden, .. } = scene;
    for (args, code) in [
        (create(&["--fee", "5"]), 1),
        (create(&["--kind", "primary"]), 1),
        (create(&["--fee", "20", "--access", "public"]), 1),
        (create(&["--kind", "palace"]), 2),
        (create(&["--fee", "20.00001"]), 2),
        (create(&["--capacity", "many"]), 2),
        (vec!["rooms", "create", "maya", "Cellar"], 2),
        (vec!["rooms", "create", "maya", "Cellar", "--reason", "because"], 2),
        (vec!["rooms", "lock", "garden", "--reason", "test"], 2),
        (vec!["rooms", "slow", garden, "long", "--reason", "test"], 2),
        (vec!["rooms", "slow", garden, "7h", "--reason", "test"], 1),
        (vec!["rooms", "lock", NOBODY, "--reason", "test"], 3),
        (vec!["rooms", "unlock", NOBODY, "--reason", "test"], 3),
        (vec!["rooms", "slow", NOBODY, "5s", "--reason", "test"], 3),
        (vec!["rooms", "close", NOBODY, "--reason", "test"], 3),
    ] {
        let error = house.refused("mona", &args, code);
        assert!(!text(&error["message"]).is_empty(), "{args:?}");
    }
    for verb in ["show", "members", "messages", "history"] {
        let error = house.run(&["rooms", verb, NOBODY, "-o", "json"]).exits(3).error();
        assert_eq!(error["code"], "not_found", "{verb}");
        house.run(&["rooms", verb, "garden"]).exits(2);
    }
    house.run(&["rooms", "messages", garden, "--limit", "101"]).exits(2);
    assert_eq!(house.ids("mona", &["rooms", "ls", "--query", "cellar"]), [""; 0], "none of them was made");
}

fn create<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["rooms", "create", "maya", "Cellar"][..], more, &["--reason", "test"]].concat()
}

fn messages_are_read(scene: &Scene) {
    let Scene { house, felix, leo, garden, .. } = scene;
    felix.say(garden, "good evening").unwrap();
    let bad = leo.say(garden, "go away, all of you").unwrap();
    felix.say(garden, "no").unwrap();
    let id = bad.message_id.to_string();
    let delete = ["mod", "delete-message", &id, "--room", garden, "--reason", "abuse:insults"];
    assert_eq!(each_of(&house.would("mona", &delete)), [&id]);
    assert_eq!(house.json(&["rooms", "messages", garden])["items"].as_array().unwrap().len(), 3);
    assert_eq!(each_of(&house.done("mona", &delete)), [&id]);
    let from_stdin = ["mod", "delete-message", "-", "--room", garden, "--reason", "test", "--yes"];
    house.place.run_with(&from_stdin, "").exits(2);
    house.refused("mona", &["mod", "delete-message", NOBODY, "--room", garden, "--reason", "test"], 3);
    house.refused("mona", &["mod", "delete-message", &id, "--room", NOBODY, "--reason", "test"], 3);

    let all = house.json(&["rooms", "messages", garden]);
    assert_eq!(each(&all, "author"), ["felix", "leo", "felix"], "the oldest first");
    assert!(all["items"][1]["deleted_at"].is_string(), "{all}");
    let csv = house.run(&["rooms", "messages", garden, "-o", "csv"]).exits(0).stdout;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let flags: Vec<String> = rows.records().map(|row| row.unwrap()[4].to_owned()).collect();
    assert_eq!(flags, ["", "deleted", ""]);
    let table = house.run(&["rooms", "messages", garden]).exits(0).stdout;
    assert!(table.contains("good evening") && !table.contains('\u{1b}'), "{table}");
    let newest = house.json(&["rooms", "messages", garden, "--limit", "1"]);
    assert_eq!((each(&newest, "body"), newest["more"].as_bool()), (vec!["no"], Some(true)));
    let before = newest["items"][0]["seq"].to_string();
    let older = house.json(&["rooms", "messages", garden, "--before", &before]);
    assert_eq!(each(&older, "author"), ["felix", "leo"]);
    for args in [&["rooms", "messages", garden][..], &["rooms", "messages", garden, "--limit", "2"]] {
        in_every_format(house, args);
    }
}

/// The messages that an act names.
fn each_of(reply: &serde_json::Value) -> Vec<&str> {
    reply["message_ids"].as_array().unwrap().iter().map(text).collect()
}

fn rooms_are_found(scene: &Scene) {
    let Scene { house, salon, garden, .. } = scene;
    let (salon, garden) = (salon.as_str(), garden.as_str());
    let of = |more: &[&str]| house.ids("mona", &[&["rooms", "ls"][..], more].concat());
    assert_eq!(of(&["--tenant", "maya", "--kind", "sub"]), [garden, salon], "newest first");
    assert_eq!(of(&["--query", "cards"]), [salon]);
    assert_eq!(of(&["--uid", "leo"]), [garden]);
    assert_eq!(of(&["--state", "closed"]), [""; 0]);
    assert_eq!(of(&["--kind", "sub", "--until", "1h"]), [""; 0]);
    assert_eq!(of(&["--kind", "sub", "--since", "1h", "--all"]).len(), 2);
    let page = house.json(&["rooms", "ls", "--kind", "sub", "--limit", "1"]);
    assert_eq!(of(&["--kind", "sub", "--cursor", text(&page["cursor"])]), [salon]);

    let shown = house.json(&["rooms", "show", salon]);
    assert_eq!((shown["paid"].as_u64(), shown["room"]["members"].as_u64()), (Some(1), Some(2)));
    assert_eq!(each(&serde_json::json!({ "items": shown["keepers"] }), "uid"), ["maya"]);
    let table = house.run(&["rooms", "show", salon]).exits(0).stdout;
    for part in ["Tea salon", "INSIDE", "Cards and tea", "tarot", "POWERS", "speak attach", "KEEPERS", "maya"] {
        assert!(table.contains(part), "{part} is not in\n{table}");
    }
    assert_eq!(house.place.run_with(&["rooms", "show", "-", "-q"], salon).exits(0).stdout.trim(), salon);
    let members = house.json(&["rooms", "members", garden]);
    assert_eq!(each(&members, "uid"), ["maya", "felix", "leo"], "who has a role comes first");
    assert_eq!(house.ids("mona", &["rooms", "members", garden, "--state", "left"]), [""; 0]);
    let history = house.json(&["rooms", "history", salon]);
    let made = history["items"].as_array().unwrap().last().unwrap();
    assert_eq!((text(&made["event"]), text(&made["actor"])), ("room.created", "staff:mona"), "{made}");
    for args in [
        &["rooms", "ls"][..],
        &["rooms", "ls", "--tenant", "maya", "--limit", "1"],
        &["rooms", "show", salon],
        &["rooms", "members", garden],
        &["rooms", "members", garden, "--state", "joined", "--limit", "1"],
        &["rooms", "history", salon, "--since", "1h", "--limit", "2"],
    ] {
        in_every_format(house, args);
    }
}

fn a_room_is_locked_and_slowed(scene: &Scene) {
    let Scene { house, felix, garden, .. } = scene;
    let lock = ["rooms", "lock", garden, "--reason", "abuse:a raid"];
    let would = house.would("mona", &lock);
    assert_eq!((text(&would["room"]["state"]), would["dry_run"].as_bool()), ("locked", Some(true)));
    felix.say(garden, "still open").unwrap();
    house.run_as("mona", &lock).exits(2);
    assert_eq!(text(&house.done("mona", &lock)["room"]["state"]), "locked");
    assert_eq!(felix.say(garden, "hello?"), Err(ErrorCode::Forbidden));
    assert_eq!(house.ids("mona", &["rooms", "ls", "--state", "locked"]), [garden.as_str()]);
    let opened = house.run_as("mona", &["rooms", "unlock", garden, "--reason", "request", "--yes", "-q"]).exits(0);
    assert_eq!(opened.stdout.trim(), garden);
    felix.say(garden, "open again").unwrap();

    let slow = ["rooms", "slow", garden, "10m", "--reason", "abuse:flood"];
    assert_eq!(house.would("mona", &slow)["room"]["slow_mode"], 600_000);
    assert_eq!(house.done("mona", &slow)["room"]["slow_mode"], 600_000);
    felix.say(garden, "slowly").unwrap();
    assert_eq!(felix.say(garden, "too soon"), Err(ErrorCode::RateLimited));
    let off = house.done("mona", &["rooms", "slow", garden, "0", "--reason", "request"]);
    assert!(off["room"]["slow_mode"].is_null(), "{off}");
    felix.say(garden, "at once").unwrap();
    let history = house.json(&["rooms", "history", garden, "--limit", "1"]);
    assert_eq!(text(&history["items"][0]["actor"]), "staff:mona");
}

pub(crate) fn a_room_is_closed_and_its_fees_go_back(scene: &Scene) {
    let Scene { house, leo, salon, .. } = scene;
    let felix_has = || text(&house.json(&["wallet", "show", "felix"])["available"]).to_owned();
    let before = felix_has();
    let close = ["rooms", "close", salon, "--reason", "content:against the rules"];
    let would = house.would("mona", &close);
    assert_eq!((text(&would["room"]["state"]), would["dry_run"].as_bool()), ("closed", Some(true)));
    house.run_as("mona", &close).exits(2);
    assert_eq!((felix_has(), text(&house.json(&["rooms", "show", salon])["room"]["state"])), (before.clone(), "open"));
    let closed = house.done("mona", &close);
    assert_eq!((text(&closed["room"]["state"]), closed["paid"].as_u64()), ("closed", Some(0)));
    let coins = |text: &str| text.parse::<Coins>().unwrap().units();
    assert_eq!(coins(&felix_has()) - coins(&before), coins("20"), "the fee went back");
    assert!(leo.join(salon, Some(Coins::whole(20))).is_err(), "it is closed for good");
    assert_eq!(house.ids("mona", &["rooms", "ls", "--state", "closed"]), [salon.as_str()]);
    for args in [
        &["rooms", "close", salon, "--reason", "test"][..],
        &["rooms", "lock", salon, "--reason", "test"],
        &["rooms", "slow", salon, "5s", "--reason", "test"],
    ] {
        assert_eq!(house.refused("mona", args, 5)["category"], "conflict", "{args:?}");
    }
}
