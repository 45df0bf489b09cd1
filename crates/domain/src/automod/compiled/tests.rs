//! What rules find and what they leave alone.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn rule(name: &str, check: Check, action: RuleAction) -> Rule {
    let name = RuleName::new(name).expect("a name");
    Rule { name, check, action, exempt: BTreeSet::from([RoomRole::Host]), enabled: true }
}

fn words(list: &[&str], inside: bool) -> Check {
    Check::Words { list: list.iter().map(|w| (*w).to_owned()).collect(), inside }
}

fn automod(rules: Vec<Rule>) -> Automod {
    let set = RuleSet { rules };
    set.check().expect("good rules");
    Automod::compile(&[(Scope::Platform, set)]).expect("good rules")
}

fn facts(recent: &[Recent]) -> Facts<'_> {
    Facts {
        at: At::from_ms(10_000_000),
        role: RoomRole::Member,
        known_since: Some(At::from_ms(0)),
        mentions: 0,
        recent,
    }
}

fn found(automod: &Automod, text: &str) -> Vec<String> {
    automod.judge(text, &facts(&[])).iter().flat_map(|hit| hit.spans.iter().map(|s| s.of(text))).collect()
}

#[test]
fn words_are_found_through_evasions_and_not_in_innocent_words() {
    let swears = automod(vec![rule(
        "swears",
        words(&["shit", "ass", "cunt", "fuck", "hell", "kill yourself", "сука", "चूतिया", "傻逼", "مرگ", "god"], false),
        RuleAction::Delete,
    )]);
    for (text, what) in [
        ("oh SHIT!", "SHIT"),
        ("sh1t", "sh1t"),
        ("$h!t happens", "$h!t"),
        ("s.h.i.t", "s.h.i.t"),
        ("a s h i t b", "s h i t"),
        ("shiiiiiit", "shiiiiiit"),
        ("sh\u{200b}it", "sh\u{200b}it"),
        ("ѕһіt", "ѕһіt"),
        ("fu-ck", "fu-ck"),
        ("f*u*c*k", "f*u*c*k"),
        ("fuuck", "fuuck"),
        ("fuck!", "fuck"),
        ("(fuck)", "fuck"),
        ("asssss", "asssss"),
        ("a$$", "a$$"),
        ("@ss", "@ss"),
        ("you, kill   yourself now", "kill   yourself"),
        ("KILL.YOURSELF", "KILL.YOURSELF"),
        ("ну СУКА же", "СУКА"),
        ("c у к а", "c у к а"),
        ("तू चूतिया है", "चूतिया"),
        ("傻逼", "傻逼"),
        ("مَرگ بر", "مَرگ"),
        ("ｆｕｃｋ", "ｆｕｃｋ"),
        ("🇫🇺🇨🇰", "🇫🇺🇨🇰"),
        ("oh god", "god"),
    ] {
        assert!(found(&swears, text).iter().any(|f| f == what), "{text}: {:?}", found(&swears, text));
    }
    for text in [
        "Scunthorpe",
        "class of the bass, pass the glass",
        "as you like",
        "I assess",
        "shitake",
        "he'll be there",
        "shell",
        "hello",
        "Penistone",
        "good",
        "this hit it",
        "push it",
        "fu is a name, ck too",
        "барсука",
        "kill your selfie",
        "Massachusetts",
        "a s a p",
        "",
        "   ",
        "🎉🎉",
        "1455",
    ] {
        assert_eq!(found(&swears, text), Vec::<String>::new(), "{text}");
    }
    let inside = automod(vec![rule("inside", words(&["porn", "ワロタ"], true), RuleAction::Flag)]);
    assert_eq!(found(&inside, "my-p0rnsite and めちゃワロタよ"), ["p0rn", "ワロタ"]);
}

#[test]
fn patterns_links_caps_mentions_and_age() {
    let rules = automod(vec![
        rule("phone", Check::Patterns { regexes: vec![r"\b\d{3}[- ]?\d{4}\b".into()] }, RuleAction::Hold),
        rule("links", Check::Links { allow: BTreeSet::from(["callboard.example".into()]) }, RuleAction::Delete),
        rule("caps", Check::Caps { percent: 70, min_letters: 8 }, RuleAction::Flag),
        rule("crowd", Check::Mentions { max: 3 }, RuleAction::Delete),
        rule("new", Check::NewAccount { younger_than: Millis::from_secs(60) }, RuleAction::Mute(Millis::from_secs(5))),
    ]);
    let names = |text: &str, facts: &Facts<'_>| -> Vec<String> {
        rules.judge(text, facts).iter().map(|h| h.rule.to_string()).collect()
    };
    assert_eq!(names("call 555-1234 evil.com", &facts(&[])), ["links", "phone"], "the strictest first");
    assert_eq!(names("https://callboard.example/x", &facts(&[])), Vec::<String>::new());
    assert_eq!(names("STOP SHOUTING", &facts(&[])), ["caps"]);
    assert_eq!(names("OK ok NASA said so", &facts(&[])), Vec::<String>::new());
    assert_eq!(names("ПРЕКРАТИТЕ КРИЧАТЬ", &facts(&[])), ["caps"]);
    assert_eq!(names("hi", &Facts { mentions: 4, ..facts(&[]) }), ["crowd"]);
    assert_eq!(names("hi", &Facts { known_since: Some(At::from_ms(9_999_000)), ..facts(&[]) }), ["new"]);
    assert_eq!(names("hi", &Facts { known_since: None, ..facts(&[]) }), ["new"]);
    assert_eq!(names("evil.com", &Facts { role: RoomRole::Host, ..facts(&[]) }), Vec::<String>::new(), "exempt");
    assert!(RuleAction::Mute(Millis::from_secs(9)) > RuleAction::Mute(Millis::from_secs(1)));
}

#[test]
fn floods_and_repeats_look_back() {
    let rules = automod(vec![
        rule("flood", Check::Flood { messages: 3, per: Millis::from_secs(10) }, RuleAction::Delete),
        rule("repeat", Check::Repeat { times: 3, within: Millis::from_secs(60) }, RuleAction::Hold),
    ]);
    assert!(rules.looks_back());
    let ago = |seconds: i64, body: &str| Recent { at: At::from_ms(10_000_000 - seconds * 1000), body: body.into() };
    let names = |text: &str, recent: &[Recent]| -> Vec<String> {
        rules.judge(text, &facts(recent)).iter().map(|h| h.rule.to_string()).collect()
    };
    let three = [ago(1, "a"), ago(2, "b"), ago(9, "c")];
    assert_eq!(names("d", &three), ["flood"]);
    assert_eq!(names("d", &[ago(1, "a"), ago(2, "b"), ago(10, "c")]), Vec::<String>::new());
    let spam = [ago(20, "buy my coins!"), ago(40, "B u y my c0ins")];
    assert_eq!(names("BUY MY COINS", &spam), ["repeat"]);
    assert_eq!(names("something else", &spam), Vec::<String>::new());
    assert_eq!(names("🎉", &[ago(20, "🎉"), ago(30, "🎉")]), ["repeat"]);
    assert_eq!(names("🎉", &[ago(20, "🎈"), ago(30, "🎈")]), Vec::<String>::new());
}

#[test]
fn rules_that_cannot_hold_are_refused() {
    let one = |check, action| RuleSet { rules: vec![rule("r", check, action)] }.check().expect_err("wrong").to_string();
    let flag = RuleAction::Flag;
    assert!(one(words(&[], false), flag).starts_with("rule r: a list has 1 to"));
    assert!(one(words(&["."], false), flag).contains("two letters"));
    assert!(one(Check::Patterns { regexes: vec!["(".into()] }, flag).contains("is no pattern"));
    assert!(one(Check::Patterns { regexes: vec!["a*".into()] }, flag).contains("found in every text"));
    assert!(one(Check::Patterns { regexes: vec![r"(\w{1,900}x){900}".into()] }, flag).contains("is no pattern"));
    assert!(one(Check::Links { allow: BTreeSet::from(["https://x".into()]) }, flag).contains("is no domain"));
    assert!(one(Check::Caps { percent: 0, min_letters: 1 }, flag).contains("1 to 100"));
    assert!(one(Check::Flood { messages: 50, per: Millis::from_secs(1) }, flag).contains("1 to 49"));
    assert!(one(Check::Repeat { times: 2, within: Millis::from_secs(3601) }, flag).contains("an hour"));
    assert!(one(words(&["word"], false), RuleAction::Mute(Millis::ZERO)).contains("14 days"));
    let twice =
        RuleSet { rules: vec![rule("r", words(&["word"], false), flag), rule("r", words(&["word"], false), flag)] };
    assert_eq!(twice.check(), Err(RuleError::Twice(RuleName::new("r").expect("a name"))));
}

#[test]
fn a_rule_is_off_until_it_is_switched_on() {
    let text = r#"{"rules":[{"name":"r","check":{"words":{"list":["word"]}},"action":{"mute":60000}}]}"#;
    let set: RuleSet = serde_json::from_str(text).expect("rules");
    assert_eq!(set.rules[0].action, RuleAction::Mute(Millis::from_secs(60)));
    let sets = [(Scope::Platform, set)];
    assert!(Automod::compile(&sets).expect("rules").is_empty());
    assert_eq!(Automod::compile_all(&sets).expect("rules").judge("word", &facts(&[])).len(), 1);
    assert!(serde_json::from_str::<RuleSet>(&text.replace("list", "lists")).is_err());
}

#[test]
fn long_texts_made_to_cost_much_do_not() {
    let rules = automod(vec![
        rule("words", words(&["ab", "abab", "ababab", "abababab", "b a b", "aaaa"], true), RuleAction::Flag),
        rule(
            "pattern",
            Check::Patterns { regexes: vec!["(a+)+$".into(), "(.*)*x".into(), "(a|b)*c".into()] },
            RuleAction::Flag,
        ),
        rule("links", Check::Links { allow: BTreeSet::new() }, RuleAction::Flag),
        rule("repeat", Check::Repeat { times: 2, within: Millis::from_secs(60) }, RuleAction::Flag),
    ]);
    let recent = vec![Recent { at: At::from_ms(10_000_000), body: "ab".repeat(2000) }; 50];
    let start = std::time::Instant::now();
    for text in [
        "ab".repeat(2000),
        "a ".repeat(2000),
        "a.".repeat(2000),
        "$!@".repeat(1300),
        "://".repeat(1300),
        "👩\u{200d}".repeat(2000),
    ] {
        rules.judge(&text, &facts(&recent));
    }
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

proptest! {
    #[test]
    fn judging_never_fails_and_spans_lie_in_the_text(text in "\\PC{0,60}|[a-z .!$@1\u{200b}\u{301}/:а-я]{0,60}", list in prop::collection::btree_set("[a-z]{2,4}|[а-я]{2,4}", 1..5)) {
        let words = Check::Words { list: list.clone(), inside: true };
        let rules = automod(vec![
            rule("words", words, RuleAction::Flag),
            rule("links", Check::Links { allow: BTreeSet::new() }, RuleAction::Flag),
            rule("pattern", Check::Patterns { regexes: vec!["[a-z]+".into()] }, RuleAction::Flag),
        ]);
        let length = u32::try_from(text.chars().count()).expect("short");
        for hit in rules.judge(&text, &facts(&[])) {
            for span in hit.spans {
                prop_assert!(span.from < span.to && span.to <= length, "{text:?} {span:?}");
            }
        }
    }

    #[test]
    fn a_word_of_the_list_is_found_wherever_it_stands(word in "[a-z]{2,8}|[а-яё]{2,8}|[ぁ-ん]{2,5}|[א-ת]{2,6}", before in "[ a-z]{0,10}", after in "[ a-z]{0,10}") {
        if super::super::check_word(&word).is_ok() {
            let rules = automod(vec![rule("words", words(&[&word], false), RuleAction::Flag)]);
            let text = format!("{before} , {word} , {after}");
            prop_assert_eq!(rules.judge(&text, &facts(&[])).len(), 1, "{}", text);
        }
    }
}
