//! What is done in rooms and to cases: with which keys, on what, and what is then asked of the house.

use super::*;

#[test]
fn an_author_is_muted_by_two_keys_a_reason_and_his_name() {
    let mut state = sample::state();
    threat(&mut state);
    press(&mut state, "M", NOW);
    // Where and how long stand there already: the room, ten minutes.
    press(&mut state, "<tab><tab>a<tab>threats<tab>leo<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Impose(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((request.kind, request.uid.as_str()), (SanctionKind::Mute, "leo"));
    assert_eq!((request.scope.clone(), request.length), (Scope::Room(room_id(1)), Some(Millis::from_secs(600))));
    assert_eq!((request.reason.code, request.reason.note.as_deref()), (ReasonCode::Abuse, Some("threats")));
    assert!(request.case_id.is_none() && !request.dry_run);
    let reply = ImposeReply {
        sanction: rooms::person_detail().sanctions[0].clone(),
        effect: CutOff { left: vec!["the line to call 1".to_owned()], ..CutOff::default() },
        dry_run: false,
    };
    let done = Done::Imposed(Box::new(reply));
    state.apply(Update::Outcome(request.request_id.clone(), Ok(done)), NOW);
    assert!(matches!(state.mode, Mode::Normal));
    let toast = state.toast.as_ref().unwrap();
    assert!(!toast.good && toast.text.contains("not everywhere yet") && toast.text.contains("the line to call 1"));
}

#[test]
fn what_makes_no_sense_is_not_sent_and_another_word_does_nothing() {
    let mut state = sample::state();
    threat(&mut state);
    press(&mut state, "M<tab><tab>a<tab><tab>ann<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "another name");
    press(&mut state, "<esc>M<tab>0<tab>a<tab><tab>leo<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "`10m0` is no length");
    let Mode::Dialog(dialog) = &state.mode else { panic!("the dialog stays") };
    assert!(dialog.notice.as_ref().is_some_and(|n| n.contains("no length")), "{:?}", dialog.notice);
    press(&mut state, "<esc>M<tab><tab><tab><tab>leo<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "without a reason");
    press(&mut state, "<esc>K<down><tab>a<tab><tab>leo<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Impose(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((request.kind, request.scope.clone()), (SanctionKind::Kick, Scope::Tenant("maya".parse().unwrap())));
    assert_eq!(request.length, None);
}

#[test]
fn rooms_are_locked_opened_slowed_and_closed_by_verbs() {
    for (keys, check) in [
        ("La<tab><tab>lock<enter>", "lock on"),
        ("Oa<tab><tab>open<enter>", "lock off"),
        ("T<tab>a<tab><tab>slow<enter>", "slow 5000"),
        ("Ca<tab>lock<enter>", ""),
        ("Xa<tab><tab>close<enter>", "close"),
    ] {
        let mut state = sample::state();
        list(&mut state);
        press(&mut state, keys, NOW);
        let says = match deeds(&mut state).as_slice() {
            [Deed::Lock(r)] => format!("lock {}", if r.on { "on" } else { "off" }),
            [Deed::Slow(r)] => format!("slow {}", r.slow_mode.as_ms()),
            [Deed::Close(_)] => "close".to_owned(),
            [] => String::new(),
            other => panic!("{other:?}"),
        };
        assert_eq!(says, check, "{keys}");
    }
}

#[test]
fn a_case_is_acted_on_by_who_claimed_it_and_decided_with_what_was_done() {
    let mut state = sample::state();
    case(&mut state);
    // The message that was reported is chosen, and its author is meant.
    press(&mut state, "M<tab><tab>a<tab><tab>leo<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Impose(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((request.case_id, request.uid.as_str()), (Some(case_id(2)), "leo"));
    let id = request.request_id.clone();
    let reply = ImposeReply {
        sanction: rooms::person_detail().sanctions[0].clone(),
        effect: CutOff::default(),
        dry_run: false,
    };
    state.apply(Update::Outcome(id, Ok(Done::Imposed(Box::new(reply)))), NOW);
    press(&mut state, "Da<tab><tab>delete<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Delete(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((request.room_id, request.message_ids.clone()), (room_id(1), vec![message_id(5)]));
    let reply = DeleteMessagesReply { room_id: room_id(1), message_ids: vec![message_id(5)], dry_run: false };
    state.apply(Update::Outcome(request.request_id.clone(), Ok(Done::Deleted(reply))), NOW);
    press(&mut state, "O<down><tab>a<tab><tab>no_action<enter>", NOW);
    assert_eq!(deeds(&mut state).len(), 1, "what was imposed is not known yet: the house refuses it");
    press(&mut state, "<esc>", NOW);
    state.apply(Update::Case(Box::new(rooms::case_detail(true))), NOW);
    press(&mut state, "On<tab>a<tab><tab>no_action<enter>", NOW);
    assert!(deeds(&mut state).is_empty(), "something was imposed");
    press(&mut state, "<esc>Os<tab>a<tab><tab>sanctioned<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Decide(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((request.outcome, request.message_ids.clone()), (CaseOutcome::Sanctioned, vec![message_id(5)]));
    assert_eq!(request.sanction_ids.len(), 1);
}

#[test]
fn who_has_not_claimed_a_case_reads_it_and_notes_and_claims() {
    let mut state = sample::state();
    case(&mut state);
    let mut detail = rooms::case_detail(false);
    detail.case.claimed_by = Some("staff:otto".to_owned());
    state.apply(Update::Case(Box::new(detail)), NOW);
    for keys in ["M", "D", "O"] {
        press(&mut state, keys, NOW);
        assert!(matches!(state.mode, Mode::Normal), "{keys}");
        assert!(state.toast.as_ref().is_some_and(|t| t.text.contains("claim the case first")), "{keys}");
    }
    press(&mut state, "Nlook at the next one too<enter>", NOW);
    let sent = deeds(&mut state);
    let [Deed::Note(request)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(request.text, "look at the next one too");
    let answer = Ok(Done::Case(Box::new(rooms::case_detail(false).case)));
    state.apply(Update::Outcome(request.request_id.clone(), answer), NOW);
    press(&mut state, "C", NOW);
    assert!(matches!(deeds(&mut state).as_slice(), [Deed::Claim(request)] if request.case_id == case_id(2)));
    press(&mut state, "N<enter>", NOW);
    assert!(deeds(&mut state).is_empty() && matches!(state.mode, Mode::Normal), "an empty note is none");
}
