//! The media playlist of HLS, without any media: what is in it, how it is written, and how one that an earlier process wrote is read back.
//!
//! What must always hold: a segment's number never comes twice and never goes back, also across restarts; behind a restart stands a discontinuity;
//! the target duration is never less than any segment's.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

/// One segment as the playlist knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Its number, which also names its file.
    pub(super) number: u64,
    /// How long it plays.
    pub(super) duration: Duration,
    /// Timestamps or parameters do not go on from the one before it.
    pub(super) discontinuity: bool,
    /// When its first picture was made.
    pub(super) at: Option<Timestamp>,
}

impl Segment {
    /// The name of its file.
    pub(super) fn file(&self) -> String {
        file_of(self.number)
    }
}

/// The name of the file of the segment with this number.
pub(super) fn file_of(number: u64) -> String {
    format!("{number}.ts")
}

/// The number of the segment in a file of this name.
pub(super) fn number_of(file: &str) -> Option<u64> {
    file.strip_suffix(".ts")?.parse().ok()
}

/// A playlist that grows at its end and, with a window, is cut at its beginning.
#[derive(Clone, Debug)]
pub(super) struct Playlist {
    target: u64,
    window: Option<usize>,
    segments: VecDeque<Segment>,
    /// Discontinuities that have left the window.
    gone: u64,
    next: u64,
    breaks: bool,
    ended: bool,
}

impl Playlist {
    /// An empty one for segments of about this length, which keeps the last `window` of them, or all.
    ///
    /// The first number is taken from the clock: its numbers then come after those of whoever ran the programme before, also on another machine,
    /// as long as no segment is shorter than `segment`.
    pub(super) fn new(segment: Duration, window: Option<usize>, now: Timestamp) -> Self {
        let since = u128::try_from(now.as_millisecond()).unwrap_or_default();
        let next = u64::try_from(since / segment.as_millis().max(1)).unwrap_or_default();
        let target = whole_seconds(segment);
        Self { target, window, segments: VecDeque::new(), gone: 0, next, breaks: false, ended: false }
    }

    /// Goes on from what an earlier process wrote: its segments stay in the window, and a discontinuity follows them.
    pub(super) fn resume(&mut self, text: &str) {
        let old = read(text);
        self.gone = old.gone;
        self.target = self.target.max(old.target);
        if let Some(last) = old.segments.back() {
            // Numbers in a playlist have no holes.
            self.next = last.number + 1;
            self.breaks = true;
        }
        self.segments = old.segments;
        self.cut();
    }

    /// The number of the segment that comes next.
    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// The segments in the playlist.
    pub(super) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter()
    }

    /// The next segment does not go on from the last.
    pub(super) fn break_off(&mut self) {
        self.breaks |= !self.segments.is_empty();
    }

    /// Takes in the segment that was written under [`Self::next_number`].
    pub(super) fn push(&mut self, duration: Duration, at: Option<Timestamp>) {
        let discontinuity = std::mem::take(&mut self.breaks);
        self.target = self.target.max(whole_seconds(duration));
        self.segments.push_back(Segment { number: self.next, duration, discontinuity, at });
        self.next += 1;
        self.ended = false;
        self.cut();
    }

    /// No more segments will come.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    fn cut(&mut self) {
        let Some(window) = self.window else { return };
        while self.segments.len() > window {
            let left = self.segments.pop_front();
            self.gone += u64::from(left.is_some_and(|s| s.discontinuity));
        }
    }

    /// The text of the playlist.
    pub(super) fn text(&self) -> String {
        let first = self.segments.front().map_or(self.next, |s| s.number);
        let mut text = format!(
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-INDEPENDENT-SEGMENTS\n",
            self.target
        );
        if self.gone > 0 || self.segments.iter().any(|s| s.discontinuity) {
            let _ = writeln!(text, "#EXT-X-DISCONTINUITY-SEQUENCE:{}", self.gone);
        }
        if self.window.is_none() {
            text.push_str("#EXT-X-PLAYLIST-TYPE:EVENT\n");
        }
        for segment in &self.segments {
            if segment.discontinuity {
                text.push_str("#EXT-X-DISCONTINUITY\n");
            }
            if let Some(at) = segment.at {
                let _ = writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{at:.3}");
            }
            let _ = write!(text, "#EXTINF:{:.3},\n{}\n", segment.duration.as_secs_f64(), segment.file());
        }
        if self.ended {
            text.push_str("#EXT-X-ENDLIST\n");
        }
        text
    }
}

fn whole_seconds(span: Duration) -> u64 {
    // Players compare durations rounded to whole seconds with the target duration.
    u64::try_from((span.as_millis() + 500) / 1000).unwrap_or(u64::MAX).max(1)
}

#[derive(Debug, Default)]
struct Old {
    target: u64,
    gone: u64,
    segments: VecDeque<Segment>,
}

/// What stands in a playlist; lines that it does not know are passed over.
fn read(text: &str) -> Old {
    let mut old = Old::default();
    let mut number = 0;
    let (mut duration, mut discontinuity, mut at) = (None, false, None);
    for line in text.lines().map(str::trim) {
        if let Some(value) = line.strip_prefix("#EXT-X-TARGETDURATION:") {
            old.target = value.parse().unwrap_or_default();
        } else if let Some(value) = line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:") {
            number = value.parse().unwrap_or_default();
        } else if let Some(value) = line.strip_prefix("#EXT-X-DISCONTINUITY-SEQUENCE:") {
            old.gone = value.parse().unwrap_or_default();
        } else if line == "#EXT-X-DISCONTINUITY" {
            discontinuity = true;
        } else if let Some(value) = line.strip_prefix("#EXT-X-PROGRAM-DATE-TIME:") {
            at = value.parse().ok();
        } else if let Some(value) = line.strip_prefix("#EXTINF:") {
            let seconds = value.split(',').next().and_then(|s| s.parse::<f64>().ok());
            duration = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
        } else if !line.is_empty() && !line.starts_with('#') {
            if let Some(duration) = duration.take() {
                old.segments.push_back(Segment { number, duration, discontinuity, at });
            }
            number += 1;
            (discontinuity, at) = (false, None);
        }
    }
    old
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).expect("a time")
    }

    fn numbers(list: &Playlist) -> Vec<(u64, bool)> {
        list.segments().map(|s| (s.number, s.discontinuity)).collect()
    }

    #[test]
    fn a_live_window_forgets_what_is_old() {
        let mut list = Playlist::new(SECOND, Some(2), at(7_000));
        for n in 0..3 {
            list.push(Duration::from_millis(1_000 + n), Some(at(7_000)));
        }
        assert_eq!(numbers(&list), [(8, false), (9, false)]);
        assert_eq!(
            list.text(),
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:8\n#EXT-X-INDEPENDENT-SEGMENTS\n\
             #EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:07.000Z\n#EXTINF:1.001,\n8.ts\n\
             #EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:07.000Z\n#EXTINF:1.002,\n9.ts\n"
        );
    }

    #[test]
    fn all_of_it_is_kept_without_a_window() {
        let mut list = Playlist::new(SECOND, None, at(0));
        (0..100).for_each(|_| list.push(SECOND, None));
        list.end();
        assert_eq!(list.segments().count(), 100);
        let text = list.text();
        assert!(text.contains("PLAYLIST-TYPE:EVENT") && text.ends_with("#EXT-X-ENDLIST\n"), "{text}");
    }

    #[test]
    fn a_restart_goes_on_behind_a_discontinuity() {
        let mut first = Playlist::new(SECOND, Some(3), at(5_000));
        (0..4).for_each(|_| first.push(SECOND, Some(at(5_250))));
        first.end();
        let mut second = Playlist::new(SECOND, Some(3), at(60_000));
        second.resume(&first.text());
        assert_eq!(numbers(&second), [(6, false), (7, false), (8, false)]);
        second.push(SECOND, None);
        assert_eq!(numbers(&second), [(7, false), (8, false), (9, true)]);
        assert!(!second.text().contains("ENDLIST"));
        // Twice more: the discontinuities that leave the window are counted.
        let mut third = Playlist::new(SECOND, Some(3), at(90_000));
        third.resume(&second.text());
        (0..3).for_each(|_| third.push(SECOND, None));
        assert_eq!(numbers(&third), [(10, true), (11, false), (12, false)]);
        assert!(third.text().contains("#EXT-X-DISCONTINUITY-SEQUENCE:1\n"), "{}", third.text());
        let mut fourth = Playlist::new(SECOND, Some(3), at(0));
        fourth.resume(&third.text());
        assert_eq!((fourth.gone, numbers(&fourth), fourth.next_number()), (1, numbers(&third), 13));
    }

    #[test]
    fn numbers_come_after_those_of_a_process_whose_playlist_is_out_of_reach() {
        let mut first = Playlist::new(Duration::from_secs(4), Some(3), at(1_000_000));
        (0..10).for_each(|_| first.push(Duration::from_secs(4), None));
        let second = Playlist::new(Duration::from_secs(4), Some(3), at(1_000_000 + 40_000));
        assert!(second.next_number() >= first.next_number());
    }

    #[test]
    fn the_target_duration_covers_every_segment_and_rubbish_is_no_playlist() {
        let mut list = Playlist::new(SECOND, Some(5), at(0));
        list.push(Duration::from_millis(1_700), None);
        assert!(list.text().contains("TARGETDURATION:2\n"));
        list.break_off();
        list.resume("no playlist\n#EXTINF:x,\nfile");
        assert_eq!(list.segments().count(), 0);
        assert_eq!(number_of("12.ts"), Some(12));
        assert_eq!((number_of("x.ts"), number_of("index.m3u8")), (None, None));
        assert_eq!(file_of(3), "3.ts");
    }
}
