//! Policy lists: imported and exported, simulated, and followed.

use crate::house::in_every_format;
use crate::order::{Scene, each, text};

const LIST: &str = "\
kind,entity,recommendation,reason
user,spam-*,ban,\"sells, \"\"coins\"\"\"
word,rubbish,flag,
link,evil.example,mute,phishing
";

pub(crate) fn lists_are_shared_simulated_and_followed(scene: &Scene) {
    let Scene { house, felix, garden, .. } = scene;
    felix.say(garden, "what rubbish is this").unwrap();
    house.person("spam-1").join(garden, None).unwrap();
    what_cannot_be_is_refused(scene);
    a_list_is_imported_and_exported(scene);
    a_list_is_simulated_and_followed(scene);
    for args in [
        &["mod", "policy", "ls"][..],
        &["mod", "policy", "ls", "--limit", "1"],
        &["mod", "policy", "show", "spam", "--limit", "2"],
        &["mod", "policy", "simulate", "spam", "tenant:maya"],
    ] {
        in_every_format(house, args);
    }
}

fn what_cannot_be_is_refused(scene: &Scene) {
    let Scene { house, .. } = scene;
    std::fs::write(house.place.path("spam.csv"), LIST).unwrap();
    std::fs::write(house.place.path("broken.csv"), "kind,entity\nuser,abc\n").unwrap();
    let import = |name, file| ["mod", "policy", "import", name, file, "--reason", "content"];
    for (args, code) in [
        (&import("spam", "missing.csv")[..], 3),
        (&import("spam", "broken.csv"), 2),
        (&import("not a name!", "spam.csv"), 2),
        (&["mod", "policy", "import", "spam", "spam.csv"], 2),
        (&["mod", "policy", "subscribe", "spam", "galaxy", "--reason", "test"], 2),
        (&["mod", "policy", "subscribe", "spam", "platform", "--mode", "perhaps", "--reason", "test"], 2),
        (&["mod", "policy", "subscribe", "none", "platform", "--reason", "test"], 3),
        (&["mod", "policy", "unsubscribe", "none", "platform", "--reason", "test"], 3),
    ] {
        assert!(!text(&house.refused("mona", args, code)["message"]).is_empty(), "{args:?}");
    }
    for args in [&["show", "none"][..], &["export", "none"], &["simulate", "none", "platform"]] {
        house.run(&[&["mod", "policy"][..], args].concat()).exits(3);
    }
    house.run(&["mod", "policy", "simulate", "spam", "platform", "--days", "31"]).exits(2);
}

fn a_list_is_imported_and_exported(scene: &Scene) {
    let Scene { house, .. } = scene;
    let import = ["mod", "policy", "import", "spam", "spam.csv", "--reason", "content:shared by a friend"];
    let counts =
        |reply: &serde_json::Value| ["added", "changed", "removed"].map(|field| reply[field].as_u64().unwrap());
    assert_eq!(counts(&house.would("mona", &import)), [3, 0, 0]);
    assert_eq!(house.ids("mona", &["mod", "policy", "ls"]), [""; 0], "nothing was imported");
    house.run_as("mona", &import).exits(2);
    assert_eq!(counts(&house.done("mona", &import)), [3, 0, 0]);
    assert_eq!(counts(&house.done("mona", &import)), [0, 0, 0], "it is there already");
    let entries = house.json(&["mod", "policy", "show", "spam"]);
    let mut entities = each(&entries, "entity");
    entities.sort_unstable();
    assert_eq!(entities, ["evil.example", "rubbish", "spam-*"]);

    // What is exported in one format makes the same list from the other.
    let export = |name, format| house.run(&["mod", "policy", "export", name, "--format", format]).exits(0).stdout;
    let csv = export("spam", "csv");
    assert!(csv.contains("\"sells, \"\"coins\"\"\""), "{csv}");
    let copy = ["mod", "policy", "import", "copy", "-", "--reason", "test", "--yes", "-q"];
    assert_eq!(house.place.run_with(&copy, &export("spam", "json")).exits(0).stdout, "copy\n");
    assert_eq!(export("copy", "csv"), csv);
    let fewer = "kind,entity,recommendation,reason\nword,rubbish,mute,\n";
    let prune = |more| {
        let prune =
            ["mod", "policy", "import", "copy", "-", "--format", "csv", "--prune", "--reason", "test", "-o", "json"];
        house.place.run_with(&[&prune[..], &[more]].concat(), fewer)
    };
    assert_eq!(counts(&prune("--dry-run").exits(0).json()), [0, 1, 2]);
    assert_eq!(export("copy", "csv"), csv, "nothing was changed");
    assert_eq!(counts(&prune("--yes").exits(0).json()), [0, 1, 2]);
    assert_eq!(each(&house.json(&["mod", "policy", "show", "copy"]), "entity"), ["rubbish"]);
}

fn a_list_is_simulated_and_followed(scene: &Scene) {
    let Scene { house, garden, .. } = scene;
    let simulated = house.json(&["mod", "policy", "simulate", "spam", "tenant:maya", "--days", "1"]);
    let people = simulated["people"].as_array().unwrap();
    assert_eq!(people.iter().map(|hit| text(&hit["uid"])).collect::<Vec<_>>(), ["spam-1"], "{simulated}");
    let hits: u64 = simulated["rules"].as_array().unwrap().iter().map(|rule| rule["hits"].as_u64().unwrap()).sum();
    assert_eq!(hits, 1, "{simulated}");
    let table = house.run(&["mod", "policy", "simulate", "spam", "tenant:maya"]).exits(0).stdout;
    assert!(table.contains("what rubbish is this") && table.contains("PEOPLE") && table.contains("spam-1"), "{table}");
    assert_eq!(house.ids("mona", &["mod", "sanctions", "--uid", "spam-1"]), [""; 0], "it was only simulated");

    let scope = format!("room:{garden}");
    let follow = |verb| ["mod", "policy", verb, "spam", &scope, "--reason", "content"];
    let modes = |view: &serde_json::Value| {
        let all = view["subscriptions"].as_array().unwrap().clone();
        all.iter().map(|s| format!("{}={}", text(&s["scope"]), text(&s["mode"]))).collect::<Vec<_>>()
    };
    let simulating = [format!("{scope}=simulate")];
    assert_eq!(modes(&house.would("mona", &follow("subscribe"))), simulating);
    house.run_as("mona", &follow("subscribe")).exits(2);
    assert_eq!(modes(&house.json(&["mod", "policy", "ls"])["items"][1]), [""; 0]);
    assert_eq!(modes(&house.done("mona", &follow("subscribe"))), simulating);
    let enforcing = house.done("mona", &[&follow("subscribe")[..], &["--mode", "enforce"]].concat());
    assert_eq!(modes(&enforcing), [format!("{scope}=enforce")]);
    let table = house.run(&["mod", "policy", "ls"]).exits(0).stdout;
    assert!(table.contains(&format!("{scope}=enforce")), "{table}");
    assert_eq!(modes(&house.done("mona", &follow("unsubscribe"))), [""; 0]);
    assert_eq!(modes(&house.done("mona", &follow("unsubscribe"))), [""; 0], "once more is the same");
}
