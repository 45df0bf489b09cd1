//! What is imposed on people and taken back.

use callboard_contract::ErrorCode;
use callboard_domain::Coins;

use crate::NOBODY;
use crate::house::in_every_format;
use crate::order::{Scene, text};

pub(crate) fn people_are_sanctioned_and_pardoned(scene: &Scene) {
    what_cannot_be_is_refused(scene);
    nobody_acts_on_himself_or_on_his_like(scene);
    warned_muted_and_kicked(scene);
    banned_and_restricted(scene);
    let Scene { house, .. } = scene;
    for args in [
        &["mod", "sanctions"][..],
        &["mod", "sanctions", "--uid", "leo", "--kind", "mute", "--standing"],
        &["mod", "sanctions", "--since", "1h", "--limit", "1"],
    ] {
        in_every_format(house, args);
    }
    let page = house.json(&["mod", "sanctions", "--limit", "1"]);
    let next = house.json(&["mod", "sanctions", "--limit", "1", "--cursor", text(&page["cursor"])]);
    assert_ne!(page["items"][0]["sanction_id"], next["items"][0]["sanction_id"]);
    assert_eq!(house.ids("aud", &["mod", "sanctions", "--until", "1h"]), [""; 0]);
}

fn what_cannot_be_is_refused(scene: &Scene) {
    let Scene { house, garden, .. } = scene;
    for (args, code) in [
        (&["mod", "mute", "leo", "--for", "30d", "--reason", "abuse"][..], 1),
        (&["mod", "ban", "leo", "--room", garden, "--device", "leo-phone", "--reason", "abuse"], 1),
        (&["mod", "ban", "maya", "--tenant", "maya", "--reason", "abuse"], 1),
        (&["mod", "mute", "leo", "--reason", "abuse"], 2),
        (&["mod", "mute", "leo", "--for", "soon", "--reason", "abuse"], 2),
        (&["mod", "mute", "leo", "--for", "1h"], 2),
        (&["mod", "mute", "leo", "--for", "1h", "--room", garden, "--tenant", "maya", "--reason", "abuse"], 2),
        (&["mod", "kick", "leo", "--reason", "abuse"], 2),
        (&["mod", "unrestrict", "leo", "--room", garden, "--reason", "abuse"], 2),
        (&["mod", "warn", "leo", "--room", NOBODY, "--reason", "abuse"], 3),
        (&["mod", "ban", "leoo", "--reason", "abuse"], 3),
        (&["mod", "undo", NOBODY, "--reason", "abuse"], 3),
        (&["mod", "unmute", "leo", "--reason", "goodwill"], 3),
        (&["mod", "unban", "leo", "--tenant", "maya", "--reason", "goodwill"], 3),
        (&["mod", "unrestrict", "leo", "--reason", "goodwill"], 3),
        (&["mod", "ban", "maya", "--room", garden, "--reason", "abuse"], 5),
        (&["mod", "mute", "leo", "--for", "1h", "--case", NOBODY, "--reason", "abuse"], 3),
    ] {
        assert!(!text(&house.refused("mona", args, code)["message"]).is_empty(), "{args:?}");
    }
    assert_eq!(house.ids("mona", &["mod", "sanctions"]), [""; 0], "nothing was imposed");
}

/// Mona is the user monique, and Max, who has her role, the user maxim.
fn nobody_acts_on_himself_or_on_his_like(scene: &Scene) {
    let Scene { house, .. } = scene;
    house.person("maxim");
    let mute = |uid| ["mod", "mute", uid, "--for", "1h", "--reason", "abuse"];
    for uid in ["monique", "maxim"] {
        for args in [&mute(uid)[..], &["users", "suspend", uid, "--for", "1h", "--reason", "abuse"]] {
            assert_eq!(house.refused("mona", args, 4)["code"], "forbidden", "{args:?}");
        }
    }
    let by_admin = house.json(&[&mute("maxim")[..], &["--yes"]].concat());
    let id = text(&by_admin["sanction"]["sanction_id"]);
    house.refused("mona", &["mod", "undo", id, "--reason", "goodwill"], 4);
    house.refused("mona", &["mod", "unmute", "maxim", "--reason", "goodwill"], 4);
    house.run(&["mod", "unmute", "maxim", "--reason", "test", "--yes"]).exits(0);
}

fn warned_muted_and_kicked(scene: &Scene) {
    let Scene { house, leo, garden, .. } = scene;
    let warn = house.done("mona", &["mod", "warn", "leo", "--room", garden, "--reason", "abuse:insults"]);
    let sanction = &warn["sanction"];
    assert_eq!((text(&sanction["actor"]), text(&sanction["reason"])), ("staff:mona", "abuse:insults"), "{sanction}");
    assert_eq!(sanction["stands"], false, "a warning takes nothing");
    house.refused("mona", &["mod", "undo", text(&sanction["sanction_id"]), "--reason", "goodwill"], 5);

    let mute = ["mod", "mute", "leo", "--for", "1h", "--room", garden, "--reason", "abuse"];
    let would = house.would("mona", &mute);
    assert_eq!((would["dry_run"].as_bool(), text(&would["sanction"]["kind"])), (Some(true), "mute"));
    leo.say(garden, "not yet").unwrap();
    house.run_as("mona", &mute).exits(2);
    let once = [&mute[..], &["--request-id", "mute-1"]].concat();
    let muted = house.done("mona", &once);
    assert_eq!(muted["effect"]["left"], serde_json::json!([]), "it took");
    assert_eq!(house.done("mona", &once)["sanction"]["sanction_id"], muted["sanction"]["sanction_id"]);
    assert_eq!(leo.say(garden, "hm"), Err(ErrorCode::Forbidden));
    let id = text(&muted["sanction"]["sanction_id"]);
    assert_eq!(house.ids("mona", &["mod", "sanctions", "--uid", "leo", "--standing"]), [id]);
    house.refused("mona", &["mod", "unmute", "leo", "--reason", "goodwill"], 3);
    let unmute = ["mod", "unmute", "leo", "--room", garden, "--reason", "goodwill"];
    assert_eq!(text(&house.would("mona", &unmute)["items"][0]["sanction_id"]), id);
    assert_eq!(leo.say(garden, "hm"), Err(ErrorCode::Forbidden));
    let once = [&unmute[..], &["--request-id", "unmute-1"]].concat();
    let unmuted = house.done("mona", &once);
    assert_eq!(text(&unmuted["items"][0]["lifted_by"]), "staff:mona");
    assert_eq!(house.done("mona", &once)["items"], unmuted["items"], "a repeat says the same");
    house.refused("mona", &unmute, 3);
    leo.say(garden, "thank you").unwrap();

    let kick = ["mod", "kick", "leo", "--tenant", "maya", "--reason", "abuse"];
    assert_eq!(house.would("mona", &kick)["effect"]["rooms"], serde_json::json!([garden]));
    assert_eq!(house.done("mona", &kick)["effect"]["rooms"], serde_json::json!([garden]));
    assert!(leo.say(garden, "am I in?").is_err(), "he is out");
    leo.join(garden, None).unwrap();
}

fn banned_and_restricted(scene: &Scene) {
    let Scene { house, leo, salon, garden, .. } = scene;
    let ban = ["mod", "ban", "leo", "--tenant", "maya", "--for", "7d", "--reason", "abuse"];
    house.would("mona", &ban);
    let banned = house.done("mona", &ban);
    assert_eq!(text(&banned["sanction"]["scope"]), "tenant:maya");
    assert_eq!(leo.join(garden, None), Err(ErrorCode::Forbidden));
    house.refused("mona", &["mod", "unban", "leo", "--room", garden, "--reason", "goodwill"], 3);
    let table = house.run_as("mona", &["mod", "unban", "leo", "--tenant", "maya", "--reason", "goodwill", "--yes"]);
    assert!(table.exits(0).stdout.contains("tenant:maya"));
    leo.join(garden, None).unwrap();
    let again = house.done("mona", &["mod", "ban", "leo", "--room", garden, "--reason", "abuse"]);
    assert!(again["sanction"]["until"].is_null(), "without an end");
    let id = text(&again["sanction"]["sanction_id"]).to_owned();
    let undo = ["mod", "undo", "-", "--reason", "fault:the wrong one", "-o", "json"];
    let by_mona = |more| house.place.run_with(&[&undo[..], &["--creds", "mona.cred", more]].concat(), &id);
    assert_eq!(by_mona("--dry-run").exits(0).json()["dry_run"], true);
    assert_eq!(leo.join(garden, None), Err(ErrorCode::Forbidden));
    assert_eq!(by_mona("--yes").exits(0).json()["sanction"]["stands"], false);
    by_mona("--yes").exits(5);
    leo.join(garden, None).unwrap();

    house.run(&["wallet", "topup", "leo", "30", "--reason", "test", "--yes"]).exits(0);
    house.done("mona", &["mod", "restrict", "leo", "--for", "1d", "--reason", "fraud:a stolen card"]);
    assert_eq!(leo.join(salon, Some(Coins::whole(20))), Err(ErrorCode::Forbidden));
    house.done("mona", &["mod", "unrestrict", "leo", "--reason", "goodwill"]);
    assert_eq!(text(&house.json(&["wallet", "show", "leo"])["available"]), "30.0000");
    assert_eq!(house.ids("mona", &["mod", "sanctions", "--uid", "leo", "--standing"]), [""; 0]);
}
