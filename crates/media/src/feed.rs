//! The encoded programme, handed from the encoder to every target.
//!
//! What must always hold: publishing never waits; a reader begins at a key frame and has all sound from its time on, be that published before it; one that is too slow loses packets up to the next key frame, has
//! them counted, and never holds up the encoder or another reader.
//!
//! Video is H.264 byte-stream, one access unit a packet, parameter sets in band; audio is raw AAC with its configuration in the caps. Timestamps are
//! the programme's running time, from 0, the same clock for both.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many packets a reader may be behind: some 8 seconds of 30 pictures and 47 blocks of sound.
const BEHIND: usize = 640;
/// How much sound is kept for who begins: about a second.
const RECENT: usize = 48;

/// Picture or sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// Picture.
    Video,
    /// Sound.
    Audio,
}

/// One access unit of picture or block of sound.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Of which track.
    pub track: Track,
    /// The buffer with its caps.
    pub sample: gstreamer::Sample,
    /// Whether it is a picture that needs none before it.
    pub key: bool,
}

impl Packet {
    /// A packet of this track; whether a picture is a key frame is read from the buffer's flags.
    pub fn new(track: Track, sample: gstreamer::Sample) -> Self {
        let delta = sample.buffer().is_some_and(|b| b.flags().contains(gstreamer::BufferFlags::DELTA_UNIT));
        Self { track, key: track == Track::Video && !delta, sample }
    }

    fn pts(&self) -> Option<gstreamer::ClockTime> {
        self.sample.buffer().and_then(gstreamer::BufferRef::pts)
    }
}

/// The programme as it leaves the encoder. Clones are the same feed.
#[derive(Clone, Debug)]
pub struct Feed {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    video: bool,
    lines: Mutex<Lines>,
    bytes: AtomicU64,
}

#[derive(Debug, Default)]
struct Lines {
    closed: bool,
    open: Vec<Line>,
    /// The last sound of a programme with pictures: pictures take longer to encode, so sound of a key frame's time comes before it.
    recent: VecDeque<Packet>,
}

/// The way to one reader.
#[derive(Debug)]
struct Line {
    to: SyncSender<Queued>,
    drops: Arc<AtomicU64>,
    /// Waits for the next key frame: at the start, and after a loss.
    waits: bool,
    lost: bool,
}

#[derive(Debug)]
struct Queued {
    packet: Packet,
    after_loss: bool,
}

impl Default for Feed {
    fn default() -> Self {
        Self::new()
    }
}

impl Feed {
    /// A feed of picture and sound.
    pub fn new() -> Self {
        Self::of(true)
    }

    /// A feed of sound alone: a reader begins with any packet.
    pub fn audio_only() -> Self {
        Self::of(false)
    }

    fn of(video: bool) -> Self {
        Self { shared: Arc::new(Shared { video, lines: Mutex::default(), bytes: AtomicU64::new(0) }) }
    }

    /// Whether it has a picture.
    pub fn has_video(&self) -> bool {
        self.shared.video
    }

    /// Bytes published so far.
    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::Relaxed)
    }

    /// Hands a packet to every reader; never waits.
    pub fn publish(&self, packet: Packet) {
        let size = packet.sample.buffer().map_or(0, |b| b.size() as u64);
        self.shared.bytes.fetch_add(size, Ordering::Relaxed);
        let starts = packet.key || !self.shared.video;
        let mut lines = self.lines();
        let Lines { open, recent, .. } = &mut *lines;
        open.retain_mut(|line| line.offer(&packet, starts, recent));
        if self.shared.video && packet.track == Track::Audio {
            recent.truncate(RECENT - 1);
            recent.push_front(packet);
        }
    }

    /// A reader of what is published from now on, beginning at the next key frame.
    pub fn subscribe(&self) -> FeedReader {
        self.subscribe_behind(BEHIND)
    }

    /// A reader that may be this many packets behind.
    pub fn subscribe_behind(&self, packets: usize) -> FeedReader {
        let (to, from) = sync_channel(packets);
        let drops = Arc::new(AtomicU64::new(0));
        let mut lines = self.lines();
        if !lines.closed {
            lines.open.push(Line { to, drops: Arc::clone(&drops), waits: true, lost: false });
        }
        FeedReader { from, drops }
    }

    /// Ends it: readers get what they have not read yet, then [`Next::Ended`].
    pub fn close(&self) {
        let mut lines = self.lines();
        lines.closed = true;
        lines.open.clear();
    }

    /// Whether it has been closed.
    pub fn is_closed(&self) -> bool {
        self.lines().closed
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Whether the reader is still there. Who begins with this packet gets the sound that goes with it, newest first in `recent`, behind it.
    fn offer(&mut self, packet: &Packet, starts: bool, recent: &VecDeque<Packet>) -> bool {
        if self.waits && !starts {
            if self.lost {
                self.drops.fetch_add(1, Ordering::Relaxed);
            }
            return true;
        }
        match self.to.try_send(Queued { packet: packet.clone(), after_loss: self.waits && self.lost }) {
            Ok(()) if std::mem::take(&mut self.waits) && packet.key => {
                let of_its_time = recent.iter().rev().filter(|sound| sound.pts() >= packet.pts());
                for sound in of_its_time {
                    if !self.offer(sound, false, &VecDeque::new()) {
                        return false;
                    }
                }
            }
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                (self.waits, self.lost) = (true, true);
                self.drops.fetch_add(1, Ordering::Relaxed);
            }
            Err(TrySendError::Disconnected(_)) => return false,
        }
        true
    }
}

/// What a reader gets.
#[derive(Debug)]
pub enum Next {
    /// A packet, and whether some before it were lost.
    Packet {
        /// It.
        packet: Packet,
        /// Packets before it were lost because the reader was too slow.
        after_loss: bool,
    },
    /// Nothing came in the time given.
    Idle,
    /// The feed is closed and all of it has been read.
    Ended,
}

/// One reader of a feed. Dropping it is leaving.
#[derive(Debug)]
pub struct FeedReader {
    from: Receiver<Queued>,
    drops: Arc<AtomicU64>,
}

impl FeedReader {
    /// The next packet, waiting for it at most this long.
    pub fn next(&self, wait: Duration) -> Next {
        match self.from.recv_timeout(wait) {
            Ok(Queued { packet, after_loss }) => Next::Packet { packet, after_loss },
            Err(RecvTimeoutError::Timeout) => Next::Idle,
            Err(RecvTimeoutError::Disconnected) => Next::Ended,
        }
    }

    /// Packets lost because this reader was too slow.
    pub fn drops(&self) -> u64 {
        self.drops.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gstreamer::{Buffer, BufferFlags, Caps, ClockTime, Sample};

    const NOW: Duration = Duration::ZERO;

    fn packet(track: Track, ms: u64, key: bool) -> Packet {
        crate::init().expect("GStreamer");
        let mut buffer = Buffer::from_slice([0_u8; 10]);
        let made = buffer.get_mut().expect("the only owner");
        made.set_pts(ClockTime::from_mseconds(ms));
        if !key {
            made.set_flags(BufferFlags::DELTA_UNIT);
        }
        Packet::new(track, Sample::builder().buffer(&buffer).caps(&Caps::new_empty_simple("video/x-h264")).build())
    }

    fn read(reader: &FeedReader) -> Vec<(u64, bool)> {
        std::iter::from_fn(|| match reader.next(NOW) {
            Next::Packet { packet, after_loss } => {
                let pts = packet.sample.buffer().and_then(gstreamer::BufferRef::pts).expect("a time");
                Some((pts.mseconds(), after_loss))
            }
            Next::Idle | Next::Ended => None,
        })
        .collect()
    }

    #[test]
    fn a_reader_begins_at_a_key_frame() {
        let feed = Feed::new();
        let reader = feed.subscribe();
        feed.publish(packet(Track::Video, 0, false));
        feed.publish(packet(Track::Audio, 10, true));
        feed.publish(packet(Track::Video, 20, true));
        feed.publish(packet(Track::Audio, 30, true));
        feed.publish(packet(Track::Video, 40, false));
        assert_eq!(read(&reader), [(20, false), (30, false), (40, false)]);
        assert_eq!((reader.drops(), feed.bytes()), (0, 50));
    }

    #[test]
    fn sound_that_came_before_its_picture_is_there_too() {
        let feed = Feed::new();
        let reader = feed.subscribe();
        for at in [0, 10, 20, 30] {
            feed.publish(packet(Track::Audio, at, true));
        }
        feed.publish(packet(Track::Video, 20, true));
        feed.publish(packet(Track::Audio, 40, true));
        assert_eq!(read(&reader), [(20, false), (20, false), (30, false), (40, false)]);
        assert_eq!(reader.drops(), 0);
        for at in 0..3 * u64::try_from(RECENT).expect("a number") {
            feed.publish(packet(Track::Audio, at, true));
        }
        assert_eq!(feed.lines().recent.len(), RECENT);
    }

    #[test]
    fn sound_alone_begins_anywhere() {
        let feed = Feed::audio_only();
        let reader = feed.subscribe();
        feed.publish(packet(Track::Audio, 10, true));
        assert_eq!(read(&reader), [(10, false)]);
    }

    #[test]
    fn a_slow_reader_loses_up_to_the_next_key_frame_and_nobody_else_does() {
        let feed = Feed::new();
        let (slow, quick) = (feed.subscribe_behind(3), feed.subscribe());
        for n in 0..12 {
            feed.publish(packet(Track::Video, n, n % 5 == 0));
        }
        // 3 to 9 found no room; 10 is a key frame, for which there is none either.
        assert_eq!(read(&slow), [(0, false), (1, false), (2, false)]);
        assert_eq!(slow.drops(), 9);
        for n in 12..18 {
            feed.publish(packet(Track::Video, n, n % 5 == 0));
        }
        assert_eq!(read(&slow), [(15, true), (16, false), (17, false)]);
        assert_eq!(slow.drops(), 12);
        assert_eq!(read(&quick).len(), 18);
        assert_eq!(quick.drops(), 0);
    }

    #[test]
    fn a_closed_feed_is_read_to_its_end() {
        let feed = Feed::new();
        let reader = feed.subscribe();
        assert!(matches!(reader.next(NOW), Next::Idle));
        feed.publish(packet(Track::Video, 0, true));
        feed.close();
        feed.publish(packet(Track::Video, 1, false));
        assert_eq!(read(&reader), [(0, false)]);
        assert!(matches!(reader.next(NOW), Next::Ended));
        assert!(matches!(feed.subscribe().next(NOW), Next::Ended));
    }

    #[test]
    fn who_left_is_forgotten() {
        let feed = Feed::new();
        drop(feed.subscribe());
        feed.publish(packet(Track::Video, 0, true));
        assert!(feed.lines().open.is_empty());
    }
}
