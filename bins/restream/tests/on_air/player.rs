//! A player that asks as players do: address, play list, segments. One that keeps all that it played can say when it could be seen.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds since 1970 by this machine's clock, which is everybody's here.
pub(crate) fn clock() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

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

/// What a player kept of a programme, from its first segment to its last.
#[derive(Debug)]
pub(crate) struct Tape {
    /// A play list of all segments, beside them.
    pub(crate) index: PathBuf,
    /// Each segment in its order.
    pub(crate) segments: Vec<Kept>,
}

/// A segment as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// When it could be had.
    pub(crate) at: f64,
    /// How long it plays.
    pub(crate) lasts: f64,
    /// Whether a break is marked before it.
    pub(crate) after_break: bool,
}

impl Tape {
    /// When the beginning of the first unbroken run left the programme: no segment can be had before its end was made.
    pub(crate) fn begins(&self) -> f64 {
        let mut end = 0.0;
        let run = self.segments.iter().take_while(|kept| !kept.after_break);
        let begins = run.map(|kept| {
            end += kept.lasts;
            kept.at - end
        });
        begins.fold(f64::INFINITY, f64::min)
    }

    /// When the first segment behind the n-th break could be had.
    pub(crate) fn back_at(&self, n: usize) -> Option<f64> {
        self.segments.iter().filter(|kept| kept.after_break).nth(n).map(|kept| kept.at)
    }
}

/// Plays what is at this address from now to its end, and keeps it in `folder`.
pub(crate) fn keep(url: String, folder: PathBuf) -> JoinHandle<Tape> {
    std::thread::spawn(move || keep_now(&url, &folder))
}

#[expect(clippy::disallowed_methods, reason = "a player asks once in a while, on a thread of its own")]
fn keep_now(url: &str, folder: &Path) -> Tape {
    let deadline = Instant::now() + Duration::from_mins(5);
    std::fs::create_dir_all(folder).expect("a folder");
    let (base, _) = url.rsplit_once('/').expect("a path");
    let (mut segments, mut seen, mut index) = (Vec::new(), HashSet::new(), String::new());
    let mut list = None;
    loop {
        assert!(Instant::now() < deadline, "the programme did not end: {index}");
        if list.is_none() {
            list = find(url).and_then(|text| last_file(&String::from_utf8_lossy(&text)));
        }
        // While its worker is changed, nobody may be there.
        let text = list.as_ref().and_then(|list: &String| find(&format!("{base}/{list}")));
        let text = text.map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
        let mut tags = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let file = line.split('?').next().unwrap_or_default();
            if line.starts_with('#') {
                tags.push_str(line);
                tags.push('\n');
            } else if seen.contains(file) {
                tags.clear();
            } else if let Some(bytes) = find(&format!("{base}/{line}")) {
                let lasts = tags.lines().find_map(|tag| tag.strip_prefix("#EXTINF:")?.strip_suffix(',')?.parse().ok());
                let after_break = tags.lines().any(|tag| tag == "#EXT-X-DISCONTINUITY");
                std::fs::write(folder.join(file), bytes).expect("written");
                segments.push(Kept { at: clock(), lasts: lasts.expect("a length"), after_break });
                index.push_str(&tags);
                index.push_str(file);
                index.push('\n');
                seen.insert(file.to_owned());
                tags.clear();
            } else {
                // Asked for again with the next look, so that none is left out.
                break;
            }
        }
        if text.ends_with("#EXT-X-ENDLIST\n") {
            let path = folder.join("all.m3u8");
            std::fs::write(&path, index).expect("written");
            return Tape { index: path, segments };
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What is there; nothing while nobody serves it.
fn find(url: &str) -> Option<Vec<u8>> {
    ureq::get(url).call().ok()?.body_mut().read_to_vec().ok()
}
