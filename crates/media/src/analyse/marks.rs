//! Finds where a colour flashes and where a tone beeps.

use super::decode::{RATE, Recording};

/// What one guest flashes and beeps with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Red, green, blue.
    pub colour: [u8; 3],
    /// The tone.
    pub tone_hz: u32,
}

/// How far a channel may be off for a pixel to have a colour: encoders round, converters too.
const OFF: u8 = 60;
/// The part of the picture that must have the colour.
const AREA: f64 = 0.02;
/// The loudness at which a beep is heard, of full scale 1. Beeps have 0.5; where another's tone breaks off within a block, up to 0.03 of
/// it falls on every other tone.
const HEARD: f64 = 0.1;
/// Of how many samples a tone is taken, and how far apart: 20 ms, every 5 ms.
const BLOCK: usize = RATE as usize / 50;
const HOP: usize = RATE as usize / 200;

/// When a colour appears in the picture, in seconds.
pub fn flashes(recording: &Recording, mark: Mark) -> Vec<f64> {
    let pictures = recording.pictures.iter();
    edges(pictures.map(|p| (p.at, share(&p.rgb, mark.colour) >= AREA)), 0.0)
}

/// When a tone begins to be heard, in seconds.
pub fn beeps(recording: &Recording, mark: Mark) -> Vec<f64> {
    let mut heard = vec![];
    for (at, samples) in runs(recording) {
        let mut from = 0;
        while from + BLOCK <= samples.len() {
            let loud = loudness(&samples[from..from + BLOCK], f64::from(mark.tone_hz));
            heard.push((at + seconds(from), loud >= HEARD));
            from += HOP;
        }
    }
    // A block that a beep of half the scale begins in is found as soon as a small part of it sounds: on average half a block early.
    let half = seconds(BLOCK) / 2.0;
    edges(heard.into_iter(), 0.03).into_iter().map(|at| at + half).collect()
}

#[expect(clippy::cast_precision_loss, reason = "samples of a test recording are few")]
fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(RATE)
}

/// Sound that goes on without a hole, joined.
pub(super) fn runs(recording: &Recording) -> Vec<(f64, Vec<f32>)> {
    let mut runs: Vec<(f64, Vec<f32>)> = vec![];
    for sound in &recording.sound {
        match runs.last_mut() {
            Some((at, samples)) if (*at + seconds(samples.len()) - sound.at).abs() < 0.02 => {
                samples.extend_from_slice(&sound.samples);
            }
            _ => runs.push((sound.at, sound.samples.clone())),
        }
    }
    runs
}

/// Where something begins that was not there before; what is away no longer than `bridge` seconds was not away.
fn edges(states: impl Iterator<Item = (f64, bool)>, bridge: f64) -> Vec<f64> {
    let mut found = vec![];
    let mut last_on = f64::NEG_INFINITY;
    let mut was_on = false;
    for (at, on) in states {
        if on && !was_on && at - last_on > bridge {
            found.push(at);
        }
        if on {
            last_on = at;
        }
        was_on = on;
    }
    found
}

/// The part of a picture that has about this colour.
fn share(rgb: &[u8], colour: [u8; 3]) -> f64 {
    let (mut all, mut hits) = (0_u32, 0_u32);
    for pixel in rgb.chunks_exact(3) {
        all += 1;
        hits += u32::from(pixel.iter().zip(colour).all(|(have, want)| have.abs_diff(want) <= OFF));
    }
    f64::from(hits) / f64::from(all.max(1))
}

/// How loud one tone is among these samples (Goertzel): the amplitude of its sine.
fn loudness(samples: &[f32], hz: f64) -> f64 {
    let turn = std::f64::consts::TAU * hz / f64::from(RATE);
    let factor = 2.0 * turn.cos();
    let (mut one, mut two) = (0.0_f64, 0.0_f64);
    for sample in samples {
        let next = factor.mul_add(one, f64::from(*sample) - two);
        (two, one) = (one, next);
    }
    let power = one.mul_add(one, two * two) - factor * one * two;
    2.0 * power.max(0.0).sqrt() / f64::from(u32::try_from(samples.len()).unwrap_or(u32::MAX).max(1))
}

#[cfg(test)]
mod tests {
    use super::super::decode::{Picture, Sound};
    use super::*;

    const RED: Mark = Mark { colour: [220, 30, 30], tone_hz: 880 };

    #[test]
    fn a_tone_is_told_from_another() {
        #[expect(clippy::cast_possible_truncation, reason = "a sine")]
        let tone = |hz: f64| -> Vec<f32> {
            (0..BLOCK).map(|n| (0.5 * (std::f64::consts::TAU * hz * seconds(n)).sin()) as f32).collect()
        };
        assert!((loudness(&tone(880.0), 880.0) - 0.5).abs() < 0.05);
        assert!(loudness(&tone(1_320.0), 880.0) < 0.05);
        assert!(loudness(&vec![0.0; BLOCK], 880.0) < 1e-9);
    }

    #[test]
    fn a_tone_that_breaks_off_is_not_heard_as_another() {
        let mut samples = vec![0.0_f32; RATE as usize];
        for (n, sample) in samples.iter_mut().enumerate().skip(12_345).take(4_800) {
            #[expect(clippy::cast_possible_truncation, reason = "a sine")]
            let value = (0.5 * (std::f64::consts::TAU * 800.0 * seconds(n)).sin()) as f32;
            *sample = value;
        }
        let recording = Recording { pictures: vec![], sound: vec![Sound { at: 0.0, samples }] };
        assert_eq!(beeps(&recording, Mark { tone_hz: 800, ..RED }).len(), 1);
        for other in [500, 1_000, 1_250, 1_500] {
            assert!(beeps(&recording, Mark { tone_hz: other, ..RED }).is_empty(), "{other} Hz");
        }
    }

    #[test]
    fn beginnings_of_beeps_are_found_across_buffers() {
        let mut samples = vec![0.0_f32; RATE as usize * 3];
        for second in 0..3 {
            for n in 0..RATE as usize / 10 {
                #[expect(clippy::cast_possible_truncation, reason = "a sine")]
                let value = (0.5 * (std::f64::consts::TAU * 880.0 * seconds(n)).sin()) as f32;
                samples[second * RATE as usize + RATE as usize / 2 + n] = value;
            }
        }
        let sound =
            samples.chunks(1_024).enumerate().map(|(n, c)| Sound { at: seconds(n * 1_024), samples: c.to_vec() });
        let recording = Recording { pictures: vec![], sound: sound.collect() };
        let found = beeps(&recording, RED);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().zip([0.5, 1.5, 2.5]).all(|(f, w)| (f - w).abs() < 0.012), "{found:?}");
        assert!(beeps(&recording, Mark { tone_hz: 1_500, ..RED }).is_empty());
    }

    #[test]
    fn a_flash_of_a_part_of_the_picture_is_found() {
        let picture = |at: f64, lit: usize| {
            let mut rgb = vec![16_u8; 64 * 36 * 3];
            (0..lit).for_each(|n| rgb[n * 3..n * 3 + 3].copy_from_slice(&[200, 40, 50]));
            Picture { at, rgb }
        };
        let pictures = vec![picture(0.0, 0), picture(0.1, 500), picture(0.2, 500), picture(0.3, 10), picture(1.1, 400)];
        let recording = Recording { pictures, sound: vec![] };
        assert_eq!(flashes(&recording, RED), [0.1, 1.1]);
        assert!(flashes(&recording, Mark { colour: [30, 220, 30], ..RED }).is_empty());
    }
}
