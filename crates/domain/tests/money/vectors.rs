//! Every worked case equals its `expect`; what cannot be is refused by case and field.

use callboard_domain::{Preset, Tariff, TariffSpec, simulate};
use serde_json::{Value, json};

fn cases() -> Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/money.json")).expect("the worked cases are JSON")
}

#[test]
fn every_case_equals_its_expectation() {
    let (input, output) = (cases(), simulate(&cases()).unwrap());
    for kind in ["tariff_cases", "prediction_cases"] {
        let (input, output) = (input[kind].as_array().unwrap(), output[kind].as_array().unwrap());
        assert_eq!(input.len(), output.len());
        for (case, result) in input.iter().zip(output) {
            assert_eq!(case["expect"], result["result"], "{kind}: {}", case["name"]);
        }
    }
}

type Refusal = (&'static str, Value, &'static str, &'static str);

/// Puts each value into a sound case and expects the refusal of that field.
fn refused(table: &[Refusal]) {
    for (pointer, value, field, problem) in table {
        let mut case = json!({
            "name": "odd", "wallet": "100",
            "tariff": {"rate": "10", "reserve": {"mode": "rolling", "ahead_s": 60}, "split": [["creator", "1"]]},
            "timeline": [{"at": "0", "event": "start"}, {"at": "60", "event": "end"}],
        });
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        case.pointer_mut(parent).expect("it is there")[key] = value.clone();
        let error = simulate(&json!({"tariff_cases": [cases()["tariff_cases"][0], case]})).expect_err(pointer);
        assert_eq!(error.case, "tariff case 2 \"odd\"");
        assert_eq!(error.field, *field, "{pointer}: {error}");
        assert!(error.problem.contains(problem), "{pointer}: {error}");
    }
}

#[test]
fn impossible_tariffs_are_refused_by_case_and_field() {
    let no_minutes = json!({"price": "1", "minutes": 0, "overrun": "end"});
    let half_unit = json!({"price": "1", "minutes": "0.00001", "overrun": "end"});
    refused(&[
        ("/surprise", json!(1), "surprise", "unknown field"),
        ("/tariff/rates", json!("1"), "tariff.rates", "unknown field"),
        ("/tariff/rate", json!(1.5), "tariff.rate", "decimal string"),
        ("/tariff/rate", json!("-1"), "tariff", "rate must be from 0"),
        ("/tariff/increment", json!("0/60"), "tariff.increment", "increment must be"),
        ("/tariff/reserve/ahead_s", json!(19), "tariff", "reserve.ahead_s must be from 20"),
        ("/tariff/reserve/minutes", json!(5), "tariff.reserve", "unknown field"),
        ("/tariff/reserve", json!(null), "tariff", "reserve is missing"),
        ("/tariff/split", json!([["a", "0.5"], ["b", "0.4"]]), "tariff.split", "sum to exactly 1"),
        ("/tariff/split", json!([["a", "0.5"], ["a", "0.5"]]), "tariff.split", "twice"),
        ("/tariff/split", json!([]), "tariff.split", "1 to 8 parties"),
        ("/tariff/split", json!([["a b", "1"]]), "tariff.split[0][0]", "the name of a party"),
        ("/tariff/max_spend", json!("0.0001"), "tariff", "max_spend must be at least"),
        ("/tariff/flat", no_minutes, "tariff", "flat.minutes must be"),
        ("/tariff/flat", half_unit, "tariff.flat.minutes", "whole milliseconds"),
    ]);
}

#[test]
fn impossible_timelines_are_refused_by_case_and_field() {
    refused(&[
        ("/wallet", json!("-1"), "wallet", "negative"),
        ("/timeline/0/at", json!(0), "timeline[0].at", "string"),
        ("/timeline/1/at", json!("1.2345"), "timeline[1].at", "3 decimals"),
        ("/timeline/0/at", json!("9999"), "timeline[1].at", "before the event above"),
        ("/timeline/0/side", json!("payer"), "timeline[0].side", "goes only with the event suspend"),
        ("/timeline/1/event", json!("start"), "timeline[1].event", "started already"),
        ("/timeline/1/event", json!("resume"), "timeline[1].event", "not suspended"),
        ("/timeline/0/event", json!("suspend"), "timeline[0].event", "not started"),
        ("/timeline/1/event", json!("topup"), "timeline[1].amount", "above 0"),
        ("/timeline/1/event", json!("explode"), "timeline[1].event", "unknown variant"),
    ]);
}

#[test]
fn edges_of_a_timeline() {
    let tariff = json!({"rate": "10", "reconnect_s": 30, "reserve": {"mode": "rolling", "ahead_s": 60},
        "split": [["creator", "0.8"], ["platform", "0.2"]]});
    let run = |tariff: &Value, wallet: &str, timeline: Value| -> Value {
        let case = json!({"name": "edge", "tariff": tariff, "wallet": wallet, "timeline": timeline});
        simulate(&json!({"tariff_cases": [case]})).unwrap()["tariff_cases"][0]["result"].clone()
    };
    // Suspended exactly at the cut-off: the suspension wins, and the line is lost later.
    let at_cutoff = json!([{"at": "0", "event": "start"}, {"at": "60", "event": "suspend", "side": "payee"}]);
    let result = run(&tariff, "10", at_cutoff);
    assert_eq!((&result["outcome"], &result["ended_at"]), (&json!("line_lost"), &json!("90")));
    // Resumed with nothing left: it ends in that instant.
    let resumed =
        json!([{"at": "0", "event": "start"}, {"at": "60", "event": "suspend"}, {"at": "70", "event": "resume"}]);
    let result = run(&tariff, "10", resumed);
    assert_eq!((&result["outcome"], &result["ended_at"]), (&json!("exhausted"), &json!("70")));
    // The most that a call may cost ends it like an empty wallet.
    let mut capped = tariff.clone();
    capped["max_spend"] = json!("20");
    let result = run(&capped, "100", json!([{"at": "0", "event": "start"}]));
    assert_eq!((&result["charge"], &result["ended_at"]), (&json!("20.0000"), &json!("120")));
    // Nothing can end a free call that nobody hangs up.
    let mut free = tariff;
    free["rate"] = json!("0");
    let result = run(&free, "0", json!([{"at": "0", "event": "start"}]));
    assert_eq!((&result["outcome"], &result["ended_at"]), (&json!("open"), &json!(null)));
    // A tenth of a minute, as tests of the whole system use it, in both spellings.
    for minutes in [json!(0.1), json!("0.1")] {
        let flat = json!({"rate": "0", "flat": {"price": "45", "minutes": minutes, "overrun": "end"}, "split": [["reader", "1"]]});
        let result = run(&flat, "50", json!([{"at": "0", "event": "start"}]));
        assert_eq!((&result["outcome"], &result["ended_at"]), (&json!("completed"), &json!("6")));
    }
}

#[test]
fn presets_are_tariffs_that_survive_the_wire() {
    for &preset in Preset::ALL {
        for minutes in [None, Some(1), Some(30), Some(60), Some(500)] {
            let spec = preset.spec(None, minutes);
            let tariff = Tariff::try_from(spec.clone()).expect("a preset is a tariff");
            let wire = serde_json::to_string(&tariff).unwrap();
            assert_eq!(serde_json::from_str::<TariffSpec>(&wire).unwrap(), spec, "{preset}");
            assert_eq!(serde_json::from_str::<Tariff>(&wire).unwrap(), tariff, "{preset}");
        }
    }
    let hold = |preset: Preset, minutes| Tariff::try_from(preset.spec(None, minutes)).unwrap().first_hold().to_string();
    assert_eq!(hold(Preset::CreatorHold, Some(30)), "300.0000");
    assert_eq!(hold(Preset::CreatorHold, Some(1)), "50.0000");
    assert_eq!(hold(Preset::ReaderFlat, Some(60)), "180.0000");
}
