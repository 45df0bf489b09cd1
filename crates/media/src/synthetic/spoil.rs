//! What a bad line or a bad app does to packets, done on purpose.

use std::sync::atomic::{AtomicU32, Ordering};

use gstreamer::prelude::*;
use gstreamer::{BufferRef, Pad, PadProbeData, PadProbeReturn, PadProbeType};

/// Loses packets before the connection knows of them: it cannot repeat them.
pub(super) fn lose(pad: &Pad, every: u32) {
    if every == 0 {
        return;
    }
    let passed = AtomicU32::new(0);
    pad.add_probe(PadProbeType::BUFFER | PadProbeType::BUFFER_LIST, move |_, _| {
        let lost = passed.fetch_add(1, Ordering::Relaxed) % every == every - 1;
        if lost { PadProbeReturn::Drop } else { PadProbeReturn::Ok }
    });
}

/// Writes nonsense over what packets carry, before it is encrypted: the other side cannot tell by the encryption.
pub(super) fn garble(pad: &Pad, every: u32) {
    /// The header with the extension that counts packets.
    const HEADER: usize = 20;
    if every == 0 {
        return;
    }
    let passed = AtomicU32::new(0);
    let spoil = move |buffer: &mut BufferRef| {
        let n = passed.fetch_add(1, Ordering::Relaxed);
        if n % every != every - 1 {
            return;
        }
        let Ok(mut map) = buffer.map_writable() else { return };
        let mut noise = n;
        for byte in map.iter_mut().skip(HEADER) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = noise.to_be_bytes()[0];
        }
    };
    pad.add_probe(PadProbeType::BUFFER | PadProbeType::BUFFER_LIST, move |_, info| {
        match &mut info.data {
            Some(PadProbeData::Buffer(buffer)) => spoil(buffer.make_mut()),
            Some(PadProbeData::BufferList(list)) => {
                list.make_mut().foreach_mut(|mut buffer, _| {
                    spoil(buffer.make_mut());
                    std::ops::ControlFlow::Continue(Some(buffer))
                });
            }
            _ => {}
        }
        PadProbeReturn::Ok
    });
}
