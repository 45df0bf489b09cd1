//! Users, masked until somebody says why he looks; and the log of what staff did.

use serde_json::Value;

use crate::house::in_every_format;
use crate::order::{Scene, each, text};

pub(crate) fn users_are_masked_until_revealed(scene: &Scene) {
    let Scene { house, garden, .. } = scene;
    for args in [&["show", "nobody-here"][..], &["sessions", "nobody-here"]] {
        house.run(&[&["users"][..], args].concat()).exits(3);
    }
    house.run_as("mona", &["users", "reveal", "nobody-here", "--reason", "test"]).exits(3);
    assert_eq!(house.ids("aud", &["users", "ls", "le"]), ["leo"]);
    assert_eq!(house.ids("aud", &["users", "ls", "nobody"]), [""; 0]);
    let page = house.json(&["users", "ls", "--limit", "1"]);
    let next = house.json(&["users", "ls", "--limit", "1", "--cursor", text(&page["cursor"])]);
    assert!(each(&page, "uid") < each(&next, "uid"), "by name");
    let staff = house.json(&["users", "ls", "monique"]);
    assert_eq!(each(&staff, "staff"), ["mona"]);
    let leo = house.json(&["users", "show", "leo"]);
    assert!(leo["sanctions"].as_array().unwrap().len() > 3, "{leo}");
    assert_eq!(text(&leo["rooms"][0]["room_id"]), garden);
    let table = house.run(&["users", "show", "leo"]).exits(0).stdout;
    for part in ["leo", "SANCTIONS", "ROOMS", "Garden", "staff:mona"] {
        assert!(table.contains(part), "{part} is not in\n{table}");
    }

    // Masked in every format; shown to who says why, and that is in the log.
    for format in ["table", "json", "yaml", "csv"] {
        let shown = house.run_as("mona", &["users", "sessions", "leo", "-o", format]).exits(0).stdout;
        assert!(shown.contains("le…") && !shown.contains("leo-phone"), "{shown}");
    }
    assert!(!house.run(&["users", "sessions", "leo", "-q"]).exits(0).stdout.contains("leo-phone"));
    house.run_as("mona", &["users", "reveal", "leo"]).exits(2);
    let reveal = ["users", "reveal", "leo", "--reason", "fraud:two accounts"];
    let shown = house.run_as("mona", &reveal).exits(0);
    assert!(shown.stdout.contains("leo-phone") && shown.stderr.contains("request id: "), "{}", shown.stdout);
    let logged = house.json(&["audit", "ls", "leo", "--act", "people.reveal"]);
    assert_eq!((each(&logged, "actor"), each(&logged, "reason")), (vec!["staff:mona"], vec!["fraud:two accounts"]));
    for args in [
        &["users", "ls"][..],
        &["users", "ls", "le"],
        &["users", "ls", "--out"],
        &["users", "show", "leo"],
        &["users", "sessions", "leo"],
        &["users", "reveal", "leo", "--reason", "test"],
    ] {
        in_every_format(house, args);
    }
    suspended_and_restored(scene);
}

fn suspended_and_restored(scene: &Scene) {
    let Scene { house, .. } = scene;
    let zoe = house.person("zoe");
    let suspend = ["users", "suspend", "zoe", "--for", "2h", "--reason", "abuse"];
    house.run(&["users", "suspend", "zoe", "--reason", "abuse", "--yes"]).exits(2);
    house.refused("mona", &["users", "suspend", "zoe", "--for", "1s", "--device", "!", "--reason", "abuse"], 2);
    assert_eq!(house.would("mona", &suspend)["effect"]["connections"], 1);
    house.run_as("mona", &suspend).exits(2);
    assert_eq!(house.ids("mona", &["users", "ls", "--out"]), [""; 0]);
    let done = house.done("mona", &suspend);
    assert_eq!((done["effect"]["connections"].as_u64(), &done["effect"]["left"]), (Some(1), &serde_json::json!([])));
    drop(zoe);
    assert_eq!(house.ids("mona", &["users", "ls", "--out"]), ["zoe"]);
    assert_eq!(house.json(&["users", "show", "zoe"])["person"]["out"], true);
    let restore = ["users", "restore", "zoe", "--reason", "goodwill"];
    assert_eq!(each(&house.would("mona", &restore), "kind"), ["suspend"]);
    assert_eq!(house.ids("mona", &["users", "ls", "--out"]), ["zoe"]);
    assert_eq!(each(&house.done("mona", &restore), "kind"), ["suspend"]);
    assert_eq!(house.ids("mona", &["users", "ls", "--out"]), [""; 0]);
    house.refused("mona", &restore, 3);
    drop(house.person("zoe"));
}

pub(crate) fn acts_are_found_by_any_id(scene: &Scene) {
    let Scene { house, salon, garden, .. } = scene;
    let acts = |more: &[&str]| house.json(&[&["audit", "ls", "--all"][..], more].concat());
    let of = |list: &Value, field: &str| each(list, field).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let about_salon = of(&acts(&[salon]), "act");
    assert_eq!(about_salon.first().map(String::as_str), Some("rooms.close"), "newest first: {about_salon:?}");
    assert_eq!(about_salon.last().map(String::as_str), Some("rooms.create"));
    let sanctions = house.ids("aud", &["mod", "sanctions", "--uid", "leo", "--kind", "mute", "--limit", "1"]);
    let about_sanction = of(&acts(&[&sanctions[0]]), "act");
    for act in ["mod.mute", "cases.file_appeal", "cases.decide_appeal", "mod.lift"] {
        assert!(about_sanction.iter().any(|a| a == act), "{act} is not in {about_sanction:?}");
    }
    let case = house.ids("aud", &["mod", "reports", "ls", "--decided", "--about", "leo"]).remove(0);
    let about_case = of(&acts(&[&case]), "act");
    for act in ["cases.claim", "cases.note", "cases.decide", "mod.mute"] {
        assert!(about_case.iter().any(|a| a == act), "{act} is not in {about_case:?}");
    }
    for (more, field, word) in [
        (&["--actor", "max"][..], "actor", "staff:max"),
        (&["--act", "mod.ban"], "act", "mod.ban"),
        (&["leo", "--act", "mod.kick"], "target", "user:leo"),
    ] {
        let found = of(&acts(more), field);
        assert!(!found.is_empty() && found.iter().all(|it| it == word), "{more:?}: {found:?}");
    }
    assert!(of(&acts(&["--act", "mod"]), "act").iter().all(|act| act.starts_with("mod.")));
    assert_eq!(of(&acts(&["--until", "1h"]), "act"), [""; 0]);
    assert_eq!(of(&acts(&["--act", "mod", "--since", "1h"]), "no"), of(&acts(&["--act", "mod"]), "no"));
    let one = house.json(&["audit", "ls", garden, "--limit", "1"]);
    let next = house.json(&["audit", "ls", garden, "--limit", "1", "--cursor", text(&one["cursor"])]);
    assert!(one["items"][0]["no"].as_i64() > next["items"][0]["no"].as_i64());

    let verified = house.json(&["audit", "verify"]);
    assert_eq!((verified["intact"].as_bool(), &verified["faults"]), (Some(true), &serde_json::json!([])));
    // Whoever has the whole log can check that nothing is missing in it.
    let csv = house.run(&["audit", "export", "-o", "csv"]).exits(0).stdout;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let heads = rows.headers().unwrap().clone();
    let at = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let (no, prev, hash) = (at("no"), at("prev"), at("hash"));
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len() as u64, verified["rows"].as_u64().unwrap());
    for (n, pair) in rows.windows(2).enumerate() {
        assert_eq!((pair[1][no].parse::<usize>().unwrap(), &pair[1][prev]), (n + 2, &pair[0][hash]));
    }
    for args in [
        &["audit", "ls"][..],
        &["audit", "ls", "leo", "--since", "1h", "--limit", "2"],
        &["audit", "verify"],
        &["audit", "export"],
    ] {
        in_every_format(house, args);
    }
}
