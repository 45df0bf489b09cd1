//! What is said before anything flows: offers that are taken, repeated, replaced, refused in words, and such as no browser makes.

use std::net::UdpSocket;

use callboard_media::control::SignalKind;
use callboard_media::guest::{Happened, LineState, Taken};
use callboard_media::synthetic::{Codec, Settings};

use crate::meeting::{Meeting, Watcher, an_offer, guest, hear, settings};

fn why_not(offer: &str) -> String {
    let (guest, says) = guest(&Watcher::default());
    guest.signal(SignalKind::Offer, offer);
    let why = hear(&says, |what| match what {
        Happened::Failed(why) => Some(why),
        Happened::Signal { kind: SignalKind::Answer, payload } => panic!("it was answered: {payload}"),
        _ => None,
    });
    assert_eq!(guest.health().state, LineState::Failed(why.clone()));
    why
}

#[test]
fn a_browser_that_sends_only_av1_is_told_so() {
    let offer = an_offer(&settings("ann")).replace("VP8/90000", "AV1/90000");
    let why = why_not(&offer);
    assert!(why.starts_with("this browser sends only AV1; the programme takes VP8, VP9 or H264"), "{why}");
}

#[test]
fn what_is_no_offer_is_refused_in_words() {
    let offer = an_offer(&settings("ann"));
    for (bad, says) in [
        ("what?".to_owned(), "no SDP"),
        (String::new(), "no SDP"),
        (offer.replace("a=ice-ufrag", "a=x-ufrag"), "ice-ufrag"),
        (offer.replace("a=fingerprint", "a=x-print"), "fingerprint"),
        (offer.replace("a=sendonly", "a=inactive"), "neither picture nor sound"),
        (offer.replace("OPUS/48000", "PCMU/8000"), "Opus"),
        (offer.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "encrypted"),
        (offer.repeat(40), "too large"),
    ] {
        let why = why_not(&bad);
        assert!(why.contains(says), "{why}");
    }
}

#[test]
fn broken_offers_break_nothing() {
    let offer = an_offer(&Settings { codec: Codec::H264, ..settings("ann") });
    let lines: Vec<&str> = offer.lines().collect();
    for left_out in 0..lines.len() {
        let mut broken = lines.clone();
        broken.remove(left_out);
        let (guest, _says) = guest(&Watcher::default());
        guest.signal(SignalKind::Offer, &(broken.join("\r\n") + "\r\n"));
        guest.signal(
            SignalKind::Candidate,
            r#"{"candidate":"candidate:1 1 udp 1 127.0.0.1 9 typ host","sdpMLineIndex":1}"#,
        );
        guest.signal(SignalKind::Candidate, r#"{"candidate":"candidate:","sdpMLineIndex":4000000000}"#);
        guest.stop();
    }
}

#[test]
fn an_offer_is_answered_again_and_another_starts_anew() {
    let (guest, says) = guest(&Watcher::default());
    let offer = an_offer(&settings("ann"));
    let answer = |what| match what {
        Happened::Signal { kind: SignalKind::Answer, payload } => Some(payload),
        Happened::Failed(why) => panic!("{why}"),
        _ => None,
    };
    assert_eq!(guest.signal(SignalKind::Offer, &offer), Taken::Done);
    let first = hear(&says, answer);
    assert!(
        first.contains("VP8/90000")
            && first.to_ascii_uppercase().contains("OPUS/48000")
            && first.contains("a=recvonly"),
        "{first}"
    );
    assert_eq!(guest.signal(SignalKind::Offer, &offer), Taken::Done);
    assert_eq!(hear(&says, answer), first);
    assert_eq!(guest.signal(SignalKind::Offer, &an_offer(&settings("ann"))), Taken::StartAnew);
    assert_eq!(guest.signal(SignalKind::Answer, &first), Taken::Ignored);
    guest.stop();
    assert_eq!(guest.signal(SignalKind::Offer, &offer), Taken::Ignored);
}

#[test]
fn a_browser_s_offer_gets_what_it_needs() {
    // Shortened from what Chromium says; with text beside picture and sound.
    let offer = include_str!("chromium-offer.sdp").replace('\n', "\r\n");
    let (guest, says) = guest(&Watcher::default());
    guest.signal(SignalKind::Offer, &offer);
    let answer = hear(&says, |what| match what {
        Happened::Signal { kind: SignalKind::Answer, payload } => Some(payload),
        Happened::Failed(why) => panic!("{why}"),
        _ => None,
    });
    assert!(answer.contains("transport-wide-cc-extensions-01") && !answer.contains("abs-send-time"), "{answer}");
    assert!(answer.contains("nack pli") && answer.contains("transport-cc"), "{answer}");
    assert!(!answer.contains("AV1") && answer.contains("VP8/90000"), "{answer}");
    assert_eq!(answer.matches("\r\nm=").count(), 3, "{answer}");
}

#[test]
fn nonsense_in_a_guest_s_packets_disturbs_nobody_else() {
    let well = Meeting::of(&settings("ann"));
    well.watcher.until("a flash and a beep", |seen| !seen.flashes.is_empty() && !seen.beeps.is_empty());
    for codec in [Codec::Vp8, Codec::Vp9, Codec::H264] {
        // All of it, and now and then: the second gets further.
        for garble_every in [1, 3] {
            let spoilt = Meeting::of(&Settings { codec, garble_every, ..settings("bob") });
            let before = well.watcher.read(|seen| (seen.flashes.len(), seen.beeps.len()));
            well.watcher.until("the other's flashes and beeps", |seen| {
                seen.flashes.len() >= before.0 + 3 && seen.beeps.len() >= before.1 + 3
            });
            let health = spoilt.guest.health();
            eprintln!("{codec:?}, one in {garble_every}: {health:?}");
            assert!(health.kbps > 0, "it arrives: {health:?}");
            // His connection may be given up, in words; he comes again with another.
            if let LineState::Failed(why) = &health.state {
                assert!(!why.is_empty());
            }
            spoilt.end();
        }
    }
    let again = Meeting::of(&settings("bob"));
    again.watcher.until("a flash and a beep", |seen| !seen.flashes.is_empty() && !seen.beeps.is_empty());
    well.watcher.read(|seen| {
        let widest = seen.frames.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(widest.is_some_and(|gap| gap.mseconds() < 500), "{widest:?}");
    });
    again.end();
    well.end();
}

#[test]
fn noise_on_the_guest_s_port_changes_nothing() {
    let meeting = Meeting::of(&settings("ann"));
    meeting.watcher.until("a flash", |seen| !seen.flashes.is_empty());
    let ports: Vec<u16> = meeting
        .said
        .lock()
        .unwrap()
        .iter()
        .filter(|(kind, _)| *kind == SignalKind::Candidate)
        .filter_map(|(_, payload)| payload.split_whitespace().nth(5)?.parse().ok())
        .collect();
    assert!(!ports.is_empty());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
    for n in 0..4000_usize {
        let mut packet: Vec<u8> = (0..n % 1200 / 8 + 2)
            .flat_map(|_| {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                noise.to_be_bytes()
            })
            .collect();
        // RTP, RTCP, DTLS and STUN by their first bytes.
        packet[0] = [0x80, 0x80, 22, 0][n % 4];
        packet[1] = [96, 200, 254, 1][n % 4];
        drop(socket.send_to(&packet, ("127.0.0.1", ports[n % ports.len()])));
    }
    let before = meeting.watcher.read(|seen| seen.flashes.len());
    meeting.watcher.until("two more flashes", |seen| seen.flashes.len() >= before + 2);
    assert_eq!(meeting.guest.health().state, LineState::Connected);
    meeting.end();
}
