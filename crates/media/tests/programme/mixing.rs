//! The mixer with real pictures and sounds: guests come and go, the layout changes, slates cover it all, and what comes out never stops and shows
//! what it should.

use crate::guest::TestGuest;
use crate::watch::Watch;
use crate::{BLUE, RED, spec, until};
use callboard_domain::{Layout, OutputPreset, Slate, Uid};
use callboard_media::control::GuestLine;
use callboard_media::feed::Feed;
use callboard_media::mixer::Mixer;

const LEFT: (u32, u32) = (240, 240);
const MIDDLE: (u32, u32) = (427, 220);
const RIGHT: (u32, u32) = (620, 240);
const LOW: f64 = 440.0;
const HIGH: f64 = 1_320.0;

fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a uid")
}

fn seat(mixer: &Mixer, uid: &Uid) -> callboard_media::mixer::SeatStatus {
    mixer.status().seats.into_iter().find(|seat| seat.uid == *uid).expect("a seat")
}

#[test]
fn guests_come_and_go_and_the_programme_never_stops() {
    let mixer = Mixer::start(&spec(OutputPreset::P480)).expect("a mixer");
    let watch = Watch::of(mixer.feed());
    let (ann, bob) = (uid("ann"), uid("bob"));
    until("there is a programme with nobody in it", || watch.seconds() > 0.5 && watch.shows(MIDDLE, [22, 26, 32]));
    assert!(mixer.status().empty);
    assert!(mixer.still(Some(&ann), 160).is_err());

    let slot = mixer.add_slot(&ann, "Ann").expect("a slot");
    let first = TestGuest::start(&slot, RED, LOW);
    until("ann alone has it all", || watch.shows(LEFT, RED) && watch.shows(RIGHT, RED) && watch.hears(LOW));
    let slot = mixer.add_slot(&bob, "Bob").expect("a slot");
    let second = TestGuest::start(&slot, BLUE, HIGH);
    until("ann is left and bob right", || watch.shows(LEFT, RED) && watch.shows(RIGHT, BLUE));
    until("both are heard", || watch.hears(LOW) && watch.hears(HIGH));
    until("both are counted", || seat(&mixer, &bob).fps >= 25 && mixer.status().level_db > -40);

    mixer.set_layout(Layout::Single, Some(bob.clone()));
    until("bob alone is seen, both are heard", || {
        watch.shows(LEFT, BLUE) && watch.shows(RIGHT, BLUE) && watch.hears(LOW) && watch.hears(HIGH)
    });
    mixer.set_layout(Layout::Stage, Some(ann.clone()));
    until("ann is large and bob beside her", || watch.shows(MIDDLE, RED) && watch.shows((770, 240), BLUE));
    mixer.set_sound(&bob, true, 1000);
    until("bob is silent and seen", || !watch.hears(HIGH) && watch.hears(LOW) && watch.shows((770, 240), BLUE));
    mixer.set_sound(&bob, false, 1000);
    mixer.set_picture(&bob, false);
    until("bob is heard and not seen", || {
        watch.hears(HIGH) && watch.shows((770, 240), RED) && !seat(&mixer, &bob).shown
    });
    assert_eq!(seat(&mixer, &bob).line, GuestLine::Live);
    mixer.set_picture(&bob, true);
    until("bob is beside her again", || watch.shows(MIDDLE, RED) && watch.shows((770, 240), BLUE));
    mixer.set_sound(&ann, false, 0);
    until("ann is turned down", || watch.hears(HIGH) && !watch.hears(LOW));
    mixer.set_sound(&ann, false, 1000);

    for width in [160, 1280] {
        let still = mixer.still(Some(&ann), width).expect("a still of ann");
        assert!(still.jpeg.starts_with(&[0xFF, 0xD8]) && still.width == width && still.height * 16 == width * 9);
    }
    assert!(mixer.still(None, 320).expect("a still of the programme").jpeg.len() > 500);
    assert!(mixer.still(None, 5).is_err());

    mixer.remove_slot(&ann);
    drop(first);
    until("bob alone has it all", || watch.shows(LEFT, BLUE) && watch.shows(RIGHT, BLUE) && !watch.hears(LOW));
    for _ in 0..3 {
        let slot = mixer.add_slot(&ann, "Ann").expect("a slot");
        let again = TestGuest::start(&slot, RED, LOW);
        until("ann is back", || mixer.status().seats.len() == 2 && watch.hears(LOW));
        mixer.remove_slot(&ann);
        drop(again);
    }
    mixer.remove_slot(&bob);
    drop(second);
    until("nobody is there", || mixer.status().empty && watch.shows(MIDDLE, [22, 26, 32]) && watch.silent());

    assert_eq!(mixer.fault(), None);
    let gaps = watch.gaps();
    drop(mixer);
    assert!(gaps.video_ms <= 200 && gaps.audio_ms <= 200 && gaps.waited.as_millis() <= 1_000, "{gaps:?}");
    assert!(gaps.apart_ms <= 200, "picture and sound end at the same time: {gaps:?}");
    until("the feed is closed", || watch.ended());
}

#[test]
fn slates_cover_and_silence_and_who_vanishes_loses_his_tile() {
    let mixer = Mixer::start(&spec(OutputPreset::P480)).expect("a mixer");
    let watch = Watch::of(mixer.feed());
    let (ann, bob) = (uid("ann"), uid("bob"));
    let first = TestGuest::start(&mixer.add_slot(&ann, "Ann").expect("a slot"), RED, LOW);
    let second = TestGuest::start(&mixer.add_slot(&bob, "<Bob & Co>").expect("a slot"), BLUE, HIGH);
    until("both are there", || watch.shows(LEFT, RED) && watch.shows(RIGHT, BLUE) && watch.hears(HIGH));

    mixer.set_slate(Slate::Pause, Some("Back at nine".into()));
    until("nothing is seen or heard of them", || {
        watch.shows(LEFT, [22, 26, 32]) && watch.shows(RIGHT, [22, 26, 32]) && watch.silent()
    });
    mixer.set_slate(Slate::None, None);
    until("they are back", || {
        watch.shows(LEFT, RED) && watch.shows(RIGHT, BLUE) && watch.hears(LOW) && watch.hears(HIGH)
    });

    second.stop_picture();
    until("bob has a card", || watch.shows((620, 150), [30, 36, 44]) && watch.hears(HIGH));
    assert_eq!(seat(&mixer, &bob).line, GuestLine::Live);
    second.stop_sound();
    until("bob has vanished", || seat(&mixer, &bob).line == GuestLine::Vanished && watch.shows(RIGHT, RED));
    let back = TestGuest::start(&mixer.add_slot(&bob, "Bob").expect("the same slot"), BLUE, HIGH);
    until("bob is back", || watch.shows(LEFT, RED) && watch.shows(RIGHT, BLUE) && watch.hears(HIGH));
    drop((first, second, back));
    until("both have vanished", || mixer.status().empty && watch.shows(MIDDLE, [22, 26, 32]) && watch.silent());
    let gaps = watch.gaps();
    assert!(gaps.video_ms <= 200 && gaps.audio_ms <= 200 && gaps.waited.as_millis() <= 1_000, "{gaps:?}");
    assert_eq!(mixer.fault(), None);
}

#[test]
fn the_speaker_is_large() {
    let mut spec = spec(OutputPreset::P480);
    spec.layout = Layout::Single;
    let mixer = Mixer::start(&spec).expect("a mixer");
    let watch = Watch::of(mixer.feed());
    let (ann, bob) = (uid("ann"), uid("bob"));
    let first = TestGuest::start(&mixer.add_slot(&ann, "Ann").expect("a slot"), RED, LOW);
    let second = TestGuest::start(&mixer.add_slot(&bob, "Bob").expect("a slot"), BLUE, HIGH);
    first.set_volume(0.5);
    second.set_volume(0.0);
    until("ann speaks", || mixer.status().speaker.as_ref() == Some(&ann) && watch.shows(MIDDLE, RED));
    first.set_volume(0.0);
    second.set_volume(0.5);
    until("bob speaks", || mixer.status().speaker.as_ref() == Some(&bob) && watch.shows(MIDDLE, BLUE));
}

#[test]
fn sound_alone_has_no_picture() {
    let mixer = Mixer::start(&spec(OutputPreset::Audio)).expect("a mixer");
    let watch = Watch::of(mixer.feed());
    let ann = uid("ann");
    let _guest = TestGuest::start(&mixer.add_slot(&ann, "Ann").expect("a slot"), RED, LOW);
    until("ann is heard", || watch.hears(LOW) && watch.seconds() > 1.0);
    assert_eq!(watch.pictures(), 0);
    assert!(!Feed::has_video(mixer.feed()));
    assert!(mixer.still(None, 160).is_err() && mixer.still(Some(&ann), 160).is_ok());
}
