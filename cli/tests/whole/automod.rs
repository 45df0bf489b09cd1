//! Rules about messages: tested on texts and on what was said, then switched on; what they hold is reviewed.

use std::time::{Duration, Instant};

use callboard_contract::ErrorCode;
use callboard_contract::room::MessageView;
use serde_json::Value;

use crate::NOBODY;
use crate::house::{PATIENCE, in_every_format};
use crate::order::{Scene, each, text};
use crate::person::Person;

const LOOK_EVERY: Duration = Duration::from_millis(250);

type Said = Result<MessageView, ErrorCode>;

const RULES: &str = "
- {name: shouting, check: {caps: {percent: 70, min_letters: 8}}, action: hold}
- {name: coins, check: {words: {list: [freecoins]}}, action: delete}
";

pub(crate) fn rules_are_tested_before_they_hold(scene: &Scene) {
    let Scene { house, felix, garden, .. } = scene;
    felix.say(garden, "LISTEN TO ME EVERYBODY").unwrap();
    let scope = format!("room:{garden}");
    what_cannot_be_is_refused(scene, &scope);
    rules_are_set(scene, &scope);
    tested_on_a_text_and_on_days(scene, &scope);
    what_is_held_is_reviewed(scene, &scope);
    for args in [
        &["mod", "automod", "ls"][..],
        &["mod", "automod", "ls", "--scope", &scope],
        &["mod", "automod", "test", &scope, "--days", "7"],
        &["mod", "automod", "hits", "--since", "1h"],
        &["mod", "automod", "held"],
    ] {
        in_every_format(house, args);
    }
}

fn what_cannot_be_is_refused(scene: &Scene, scope: &str) {
    let Scene { house, .. } = scene;
    std::fs::write(house.place.path("broken.yaml"), "- {name: shouting, check: {caps: {percent: 700}}}").unwrap();
    for (args, code) in [
        (&["mod", "automod", "set", scope, "--file", "missing.yaml", "--reason", "test"][..], 3),
        (&["mod", "automod", "set", scope, "--file", "broken.yaml", "--reason", "test"], 2),
        (&["mod", "automod", "set", "galaxy", "--file", "broken.yaml", "--reason", "test"], 2),
        (&["mod", "automod", "set", scope, "--reason", "test"], 2),
        (&["mod", "automod", "enable", scope, "not a rule!", "--reason", "test"], 2),
        (&["mod", "automod", "enable", scope, "shouting", "--reason", "test"], 3),
        (&["mod", "automod", "disable", "platform", "shouting", "--reason", "test"], 3),
        (&["mod", "automod", "approve", NOBODY, NOBODY, "--reason", "test"], 3),
        (&["mod", "automod", "reject", NOBODY, NOBODY, "--reason", "test"], 3),
    ] {
        assert!(!text(&house.refused("mona", args, code)["message"]).is_empty(), "{args:?}");
    }
    for args in [
        &["mod", "automod", "test", scope][..],
        &["mod", "automod", "test", scope, "--days", "31"],
        &["mod", "automod", "test", scope, "--days", "7", "--text", "both"],
        &["mod", "automod", "test", "galaxy", "--text", "hello"],
        &["mod", "automod", "test", scope, "--text", "hello", "--file", "broken.yaml"],
    ] {
        assert_eq!(house.run(&[args, &["-o", "json"]].concat()).exits(2).error()["category"], "usage", "{args:?}");
    }
}

fn rules_are_set(scene: &Scene, scope: &str) {
    let Scene { house, .. } = scene;
    let set = |more: &[&str]| {
        let set =
            ["mod", "automod", "set", scope, "--file", "-", "--reason", "content:rules of the house", "-o", "json"];
        house.place.run_with(&[&set[..], &["--creds", "mona.cred"], more].concat(), RULES)
    };
    assert_eq!(names(&set(&["--dry-run"]).exits(0).json()), ["shouting", "coins"]);
    assert_eq!(house.ids("mona", &["mod", "automod", "ls", "--scope", scope]), [""; 0], "nothing was set");
    set(&[]).exits(2);
    let rules = set(&["--yes"]).exits(0).json();
    assert_eq!((text(&rules["scope"]), rules["version"].as_i64()), (scope, Some(1)));
    assert_eq!(set(&["--yes", "--expect-version", "7"]).exits(5).error()["code"], "stale");
    assert_eq!(house.ids("mona", &["mod", "automod", "ls", "--scope", scope]), ["shouting", "coins"]);
    let csv = house.run(&["mod", "automod", "ls", "--scope", scope, "-o", "csv"]).exits(0).stdout;
    assert!(csv.contains("shouting,false,caps,70 % of 8 letters or more,hold"), "off until it is switched on: {csv}");
}

fn names(rules: &Value) -> Vec<&str> {
    rules["rules"]["rules"].as_array().unwrap().iter().map(|rule| text(&rule["name"])).collect()
}

/// How often each rule hits, in the order of the rules.
fn tally(reply: &Value) -> Vec<(&str, u64)> {
    let rules = reply["rules"].as_array().unwrap();
    rules.iter().map(|rule| (text(&rule["rule"]), rule["hits"].as_u64().unwrap())).collect()
}

fn tested_on_a_text_and_on_days(scene: &Scene, scope: &str) {
    let Scene { house, felix, garden, .. } = scene;
    let test = |more: &[&str]| {
        let reply = house.run_as("mona", &[&["mod", "automod", "test", scope, "-o", "json"][..], more].concat());
        reply.exits(0).json()
    };
    let loud = test(&["--text", "GIVE ME ALL OF IT"]);
    assert_eq!(tally(&loud), [("shouting", 1), ("coins", 0)], "rules that are off are tested too");
    assert_eq!(tally(&test(&["--text", "give me all of it"])), [("shouting", 0), ("coins", 0)]);
    let evasive = test(&["--text", "FR33C0INS for everybody"]);
    assert_eq!(tally(&evasive), [("shouting", 0), ("coins", 1)], "{evasive}");
    let days = test(&["--days", "7"]);
    assert_eq!((tally(&days), days["hit"].as_u64()), (vec![("shouting", 1), ("coins", 0)], Some(1)), "{days}");
    assert_eq!(text(&days["rules"][0]["samples"][0]["body"]), "LISTEN TO ME EVERYBODY");
    assert!(days["looked_at"].as_u64().unwrap() > 5, "{days}");
    let table = house.run(&["mod", "automod", "test", scope, "--days", "7"]).exits(0).stdout;
    assert!(table.contains("SAMPLES") && table.contains("LISTEN TO ME EVERYBODY"), "{table}");
    // Other rules, from a file: nothing of what is set is looked at.
    std::fs::write(
        house.place.path("other.yaml"),
        "- {name: evening, check: {words: {list: [evening]}}, action: flag}",
    )
    .unwrap();
    assert_eq!(tally(&test(&["--days", "7", "--file", "other.yaml"])), [("evening", 1)]);
    assert_eq!(house.ids("mona", &["mod", "automod", "ls", "--scope", scope]), ["shouting", "coins"]);
    felix.say(garden, "AND NOTHING HAPPENS YET").unwrap();
}

/// Says it again and again until the answer is another: rules hold everywhere within a second.
fn until(who: &Person, room: &str, words: &str, other: impl Fn(&Said) -> bool) -> Said {
    let begun = Instant::now();
    loop {
        let said = who.say(room, words);
        if other(&said) {
            return said;
        }
        assert!(begun.elapsed() < PATIENCE, "{said:?}");
        who.waits(LOOK_EVERY);
    }
}

fn what_is_held_is_reviewed(scene: &Scene, scope: &str) {
    let Scene { house, felix, leo, garden, .. } = scene;
    let switch = |verb, rule| ["mod", "automod", verb, scope, rule, "--reason", "content"];
    let enabled = |reply: &Value| reply["rules"]["rules"][0]["enabled"].as_bool();
    assert_eq!(enabled(&house.would("mona", &switch("enable", "shouting"))), Some(true));
    house.run_as("mona", &switch("enable", "shouting")).exits(2);
    assert_eq!(enabled(&house.json(&["mod", "automod", "ls", "--scope", scope])["items"][0]), Some(false));
    for rule in ["shouting", "coins"] {
        house.done("mona", &switch("enable", rule));
    }
    let loud = |held| {
        let fits = |said: &Said| said.as_ref().is_ok_and(|message| message.held == held);
        until(felix, garden, "NOW IT IS LOUD IN HERE", fits).unwrap().message_id.to_string()
    };
    let (first, second) = (loud(true), loud(true));
    until(leo, garden, "freecoins here", |said| *said == Err(ErrorCode::Forbidden)).unwrap_err();

    let held = ["mod", "automod", "held", "--room", garden];
    assert_eq!(house.ids("aud", &held), [first.as_str(), &second]);
    assert_eq!(each(&house.json(&held), "author"), ["felix", "felix"]);
    assert_eq!(house.ids("aud", &["mod", "automod", "held", "--limit", "1"]), [first.as_str()]);
    let message = |id: &str| {
        let all = house.json(&["rooms", "messages", garden]);
        all["items"].as_array().unwrap().iter().find(|m| m["message_id"] == id).unwrap().clone()
    };
    assert_eq!(message(&second)["held"], true);
    let review = |verb, message| ["mod", "automod", verb, garden.as_str(), message, "--reason", "content"];
    assert_eq!(house.would("mona", &review("approve", &first))["message_ids"], serde_json::json!([first]));
    house.run_as("mona", &review("approve", &first)).exits(2);
    assert_eq!(house.ids("aud", &held).len(), 2);
    assert_eq!(house.done("mona", &review("approve", &first))["message_ids"], serde_json::json!([first]));
    let reject =
        ["mod", "automod", "reject", garden, "-", "--reason", "content", "--yes", "-q", "--creds", "mona.cred"];
    assert_eq!(house.place.run_with(&reject, &second).exits(0).stdout.trim(), second);
    assert_eq!(house.ids("aud", &held), [""; 0]);
    assert!(message(&first)["deleted_at"].is_null() && message(&first)["held"].is_null());
    assert!(message(&second)["deleted_at"].is_string());

    let hits = |more: &[&str]| house.json(&[&["mod", "automod", "hits", "--room", garden][..], more].concat());
    assert_eq!(each(&hits(&["--author", "leo", "--limit", "1"]), "rule"), ["coins"], "what was not taken is told too");
    assert_eq!(each(&hits(&["--scope", scope, "--author", "felix", "--limit", "1"]), "message_id"), [&second]);
    assert_eq!(each(&hits(&["--scope", "platform"]), "rule"), [""; 0]);
    for rule in ["shouting", "coins"] {
        house.done("mona", &switch("disable", rule));
    }
    loud(false);
}
