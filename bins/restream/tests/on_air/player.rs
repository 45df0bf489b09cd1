//! A player that asks as players do: address, play list, segments.

use std::collections::HashSet;
use std::time::{Duration, Instant};

/// What was played.
#[derive(Debug, Default)]
pub(crate) struct Played {
    pub(crate) segments: usize,
    pub(crate) bytes: usize,
    /// The play list as it was last.
    pub(crate) playlist: String,
}

/// Plays until so many segments were there.
pub(crate) async fn play(url: &str, segments: usize) -> Played {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || play_now(&url, segments)).await.expect("the player does not panic")
}

#[expect(clippy::disallowed_methods, reason = "a player asks once in a while, on a thread of its own")]
fn play_now(url: &str, wanted: usize) -> Played {
    let deadline = Instant::now() + Duration::from_mins(1);
    let (folder, _) = url.rsplit_once('/').expect("a path");
    let mut played = Played::default();
    let mut seen = HashSet::new();
    let mut list = None;
    while played.segments < wanted {
        assert!(Instant::now() < deadline, "not enough was to be played: {played:?}");
        if list.is_none() {
            list = get(url).and_then(|text| last_file(&String::from_utf8_lossy(&text)));
        }
        if let Some(text) = list.as_ref().and_then(|list: &String| get(&format!("{folder}/{list}"))) {
            played.playlist = String::from_utf8_lossy(&text).into_owned();
            for file in played.playlist.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                if seen.insert(file.split('?').next().unwrap_or_default().to_owned()) {
                    let bytes = get(&format!("{folder}/{file}")).expect("a segment that is listed is there");
                    assert_eq!(bytes[0], 0x47, "a transport stream begins with its sync byte");
                    played.bytes += bytes.len();
                    played.segments += 1;
                }
            }
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    played
}

fn last_file(playlist: &str) -> Option<String> {
    playlist.lines().rev().find(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned)
}

fn get(url: &str) -> Option<Vec<u8>> {
    let answer = ureq::get(url).header("Origin", "http://page.example").call();
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(ureq::Error::StatusCode(404)) => return None,
        Err(error) => panic!("{url}: {error}"),
    };
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    Some(answer.body_mut().read_to_vec().expect("a body"))
}
