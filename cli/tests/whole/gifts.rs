//! Gifts: the catalogue, and what was given.

use callboard_contract::ErrorCode;
use callboard_contract::api::gifts::{GiftSent, Send, SendRequest};
use callboard_domain::{RequestId, Uid};

use crate::house::in_every_format;
use crate::order::{Scene, each, text};

pub(crate) fn gifts_are_set_and_given(scene: &Scene) {
    let Scene { house, garden, .. } = scene;
    for (args, code) in [
        (set(&["--price", "15"]), 1),
        (set(&["--name", "Teapot"]), 1),
        (set(&["--name", "Teapot", "--price", "a lot"]), 2),
        (set(&["--name", "Teapot", "--price", "15", "--split", "creator=0.8"]), 2),
        (set(&["--retire", "--back"]), 2),
        (vec!["gifts", "set", "teapot", "--price", "15"], 2),
    ] {
        assert!(!text(&house.refused("ines", &args, code)["message"]).is_empty(), "{args:?}");
    }
    let new = set(&["--name", "Teapot", "--price", "15", "--split", "creator=0.9,platform=0.1"]);
    assert_eq!(text(&house.would("ines", &new)["price"]), "15.0000");
    house.run_as("ines", &new).exits(2);
    assert!(!house.ids("vic", &["gifts", "ls"]).iter().any(|gift| gift == "teapot"));
    assert_eq!(house.done("ines", &new)["version"], 1);
    assert_eq!(house.refused("ines", &set(&["--price", "16", "--expect-version", "7"]), 5)["code"], "stale");

    let give = || give(scene, "teapot");
    let given = give().unwrap();
    assert_eq!(text(&house.done("ines", &set(&["--retire"]))["name"]), "Teapot", "what is not said stays");
    assert!(give().is_err(), "it is retired");
    assert!(house.done("ines", &set(&["--back", "--price", "12"]))["retired_at"].is_null());
    let cheaper = give().unwrap();
    let list = house.json(&["gifts", "given", "--from", "felix", "--to", "maya", "--room", garden]);
    assert_eq!(each(&list, "amount"), ["12.0000", "15.0000"], "newest first; what was given keeps what it cost");
    assert_eq!(each(&house.json(&["gifts", "given", "--from", "leo"]), "amount"), [""; 0]);
    assert_eq!(
        each(&house.json(&["gifts", "given", "--limit", "1"]), "transfer_id"),
        [cheaper.transfer_id.to_string()]
    );
    let transfer = given.transfer_id.to_string();
    house.done("ines", &["refund", "create", "--transfer", &transfer, "--reason", "goodwill"]);
    let list = house.json(&["gifts", "given", "--from", "felix"]);
    assert_eq!(each(&list, "refunded"), ["0.0000", "15.0000"]);
    for args in [
        &["gifts", "ls"][..],
        &["gifts", "given"],
        &["gifts", "given", "--to", "maya", "--since", "1h", "--limit", "1"],
    ] {
        in_every_format(house, args);
    }
}

fn set<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["gifts", "set", "teapot"][..], more, &["--reason", "request"]].concat()
}

fn give(scene: &Scene, gift: &str) -> Result<GiftSent, ErrorCode> {
    scene.felix.try_to::<Send>(&SendRequest {
        request_id: RequestId::generate(),
        to: Uid::new("maya").unwrap(),
        room_id: Some(scene.garden.parse().unwrap()),
        call_id: None,
        gift: gift.to_owned(),
        amount: None,
        count: None,
        expect_price: None,
    })
}
