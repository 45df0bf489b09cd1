//! Cuts a transport stream into segments that each begin with a key frame and with the tables a player needs.
//!
//! It is fed buffers of whole 188-byte packets as the muxer makes them: one picture, or one block of sound, with the tables before it where due.

use std::time::Duration;

const PACKET: usize = 188;
const PAT: u16 = 0;
/// Nothing for so long is a hole, not a long picture.
const GAP: Duration = Duration::from_secs(1);

/// A segment that is complete.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) bytes: Vec<u8>,
    /// From the programme's start.
    pub(super) begins: Duration,
    pub(super) lasts: Duration,
    /// Something is missing before it.
    pub(super) after_gap: bool,
}

/// Gathers the next segment.
#[derive(Debug)]
pub(super) struct Segmenter {
    length: Duration,
    /// The last tables seen: programs, and of the program its streams.
    pat: Vec<u8>,
    pmt: Vec<u8>,
    begun: Option<Duration>,
    last: Duration,
    /// How long the last picture or block lasted, taken from the one before it.
    step: Duration,
    gap: bool,
    bytes: Vec<u8>,
}

/// A buffer of the muxer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: Duration,
    /// A segment may begin with it.
    pub(super) starts: bool,
}

impl Segmenter {
    /// Segments of at least this length, up to the next key frame.
    pub(super) fn new(length: Duration) -> Self {
        Self {
            // Key frames come on time only to within a picture.
            length: length.saturating_sub(Duration::from_millis(50)),
            pat: vec![],
            pmt: vec![],
            begun: None,
            last: Duration::ZERO,
            step: Duration::ZERO,
            gap: false,
            bytes: vec![],
        }
    }

    /// Takes in a piece; if a new segment begins with it, the one before it is complete.
    pub(super) fn take(&mut self, piece: Piece<'_>) -> Option<Cut> {
        self.learn(piece.bytes);
        let mut cut = None;
        if self.begun.is_some() && piece.at > self.last + GAP {
            cut = self.close(None);
            self.gap = true;
        }
        let due = self.begun.is_none_or(|begun| piece.at >= begun + self.length);
        if piece.starts && due {
            cut = cut.or_else(|| self.close(Some(piece.at)));
            self.begun = Some(piece.at);
            self.last = piece.at;
            // The muxer sends each table when it is due, not both, and not here.
            let second = piece.bytes.get(PACKET..).and_then(pid);
            if pid(piece.bytes) != Some(PAT) || second.is_none() || second != program(&self.pat) {
                self.bytes.extend_from_slice(&self.pat);
                self.bytes.extend_from_slice(&self.pmt);
            }
        }
        if self.begun.is_some() {
            self.bytes.extend_from_slice(piece.bytes);
            if piece.at > self.last {
                self.step = piece.at.saturating_sub(self.last).min(Duration::from_millis(100));
                self.last = piece.at;
            }
        }
        cut
    }

    /// What has been gathered, up to `end` or else to the end of the last piece. Nothing is gathered then until the next key frame.
    pub(super) fn close(&mut self, end: Option<Duration>) -> Option<Cut> {
        let begins = self.begun.take()?;
        let bytes = std::mem::take(&mut self.bytes);
        let lasts = end.unwrap_or(self.last + self.step).saturating_sub(begins);
        let after_gap = std::mem::take(&mut self.gap);
        (!lasts.is_zero()).then_some(Cut { bytes, begins, lasts, after_gap })
    }

    fn learn(&mut self, bytes: &[u8]) {
        let mut pmt = program(&self.pat);
        for packet in bytes.chunks_exact(PACKET) {
            match pid(packet) {
                Some(PAT) => {
                    self.pat = packet.to_vec();
                    pmt = program(packet);
                }
                other if other.is_some() && other == pmt => self.pmt = packet.to_vec(),
                _ => {}
            }
        }
    }
}

/// Of which stream a packet is.
fn pid(packet: &[u8]) -> Option<u16> {
    match packet {
        [0x47, high, low, ..] => Some(u16::from(high & 0x1f) << 8 | u16::from(*low)),
        _ => None,
    }
}

/// Where the table of the first program is, according to the table of programs.
fn program(pat: &[u8]) -> Option<u16> {
    // Header 4, stuffing if the header says so, pointer 1, table header 8, program number 2, then the number sought.
    let stuffed = pat.get(3)? & 0x20 != 0;
    let payload = if stuffed { 5 + usize::from(*pat.get(4)?) } else { 4 };
    let at = payload + 1 + usize::from(*pat.get(payload)?) + 10;
    Some(u16::from(pat.get(at)? & 0x1f) << 8 | u16::from(*pat.get(at + 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PMT: u16 = 0x20;

    fn packet(pid: u16, mark: u8) -> Vec<u8> {
        let [high, low] = pid.to_be_bytes();
        let mut packet = vec![mark; PACKET];
        packet[..4].copy_from_slice(&[0x47, 0x40 | high, low, 0x10]);
        if pid == PAT {
            // As the muxer makes it: stuffed in front, the table at the end.
            packet[3] = 0x30;
            packet[4] = 166;
            packet[171..].copy_from_slice(&[0, 0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xe0, 0x20, 0, 0, 0, 0]);
        }
        packet
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn piece(bytes: &[u8], at: u64, starts: bool) -> Piece<'_> {
        Piece { bytes, at: ms(at), starts }
    }

    #[test]
    fn a_segment_begins_with_the_tables_and_a_key_frame() {
        let mut cutter = Segmenter::new(ms(1_000));
        let (tables, picture) = ([packet(PAT, 1), packet(PMT, 2)].concat(), packet(65, 3));
        let first = [tables.clone(), picture.clone()].concat();
        // Before the first key frame nothing is taken.
        assert_eq!(cutter.take(piece(&picture, 900, false)), None);
        assert_eq!(cutter.take(piece(&first, 1_000, true)), None);
        assert_eq!(cutter.take(piece(&picture, 1_500, false)), None);
        // A key frame too early begins nothing, a late picture neither.
        assert_eq!(cutter.take(piece(&picture, 1_900, true)), None);
        assert_eq!(cutter.take(piece(&picture, 2_000, false)), None);
        let cut = cutter.take(piece(&picture, 2_033, true)).expect("complete");
        assert_eq!((cut.begins, cut.lasts, cut.after_gap), (ms(1_000), ms(1_033), false));
        assert_eq!(cut.bytes, [first, picture.repeat(3)].concat());
        // The next has its tables although the muxer did not send any.
        assert_eq!(cutter.take(piece(&picture, 2_066, false)), None);
        let last = cutter.close(None).expect("the rest");
        assert_eq!((last.begins, last.lasts), (ms(2_033), ms(66)));
        assert_eq!(last.bytes, [tables, picture.clone(), picture].concat());
        assert_eq!(cutter.close(None), None);
    }

    #[test]
    fn the_program_is_found_behind_stuffing_and_without() {
        assert_eq!(program(&packet(PAT, 1)), Some(PMT));
        let mut plain = vec![0xff; PACKET];
        plain[..21]
            .copy_from_slice(&[0x47, 0x40, 0, 0x10, 0, 0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xe0, 0x20, 0, 0, 0, 0]);
        assert_eq!(program(&plain), Some(PMT));
        assert_eq!((program(&[]), program(&[0x47, 0, 0, 0x30, 255])), (None, None));
    }

    #[test]
    fn one_table_alone_is_not_enough() {
        let mut cutter = Segmenter::new(ms(1_000));
        let (pat, pmt, picture) = (packet(PAT, 1), packet(PMT, 2), packet(65, 3));
        assert_eq!(cutter.take(piece(&[pat.clone(), pmt.clone(), picture.clone()].concat(), 0, true)), None);
        assert!(cutter.take(piece(&[pat.clone(), picture.clone()].concat(), 1_000, true)).is_some());
        let cut = cutter.take(piece(&picture, 2_000, true)).expect("complete");
        assert_eq!(cut.bytes, [pat.clone(), pmt, pat, picture].concat());
    }

    #[test]
    fn a_hole_ends_a_segment_and_makes_none_longer() {
        let mut cutter = Segmenter::new(ms(1_000));
        let picture = packet(65, 3);
        for (at, starts) in [(0, true), (40, false), (80, false)] {
            assert_eq!(cutter.take(piece(&picture, at, starts)), None);
        }
        let cut = cutter.take(piece(&picture, 5_000, true)).expect("what was before the hole");
        assert_eq!((cut.begins, cut.lasts, cut.after_gap), (ms(0), ms(120), false));
        let cut = cutter.take(piece(&picture, 6_000, true)).expect("what is behind it");
        assert_eq!((cut.begins, cut.lasts, cut.after_gap), (ms(5_000), ms(1_000), true));
    }
}
