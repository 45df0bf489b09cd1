//! The picture and sound of a publisher as encrypted RTP to two ports of this machine, without a connection: what a pipeline of bare elements can
//! take, to measure a programme against.

use gstreamer::prelude::*;
use gstreamer::{Buffer, Element, Pipeline, State, SystemClock};

use super::sender::Beat;
use super::{Settings, picture, sound};
use crate::error::{MediaError, make};

/// The key that everything is encrypted with.
const KEY: [u8; 30] = [b'Z'; 30];
/// The same as the caps of a receiver have it: hexadecimal.
const KEY_TEXT: &str = "5a";

/// Sends to this machine. Dropping it stops it.
#[derive(Debug)]
pub struct Plain {
    pipeline: Pipeline,
    tracks: Vec<String>,
}

impl Plain {
    /// Sends picture and sound to this port and the next.
    pub fn start(settings: &Settings, port: u16) -> Result<Self, MediaError> {
        crate::init()?;
        let failed = |e: &dyn std::fmt::Display| MediaError::pipeline("a plain sender", e);
        let pipeline = Pipeline::new();
        let clock = SystemClock::obtain();
        let base_time = clock.time();
        pipeline.use_clock(Some(&clock));
        pipeline.set_start_time(None);
        pipeline.set_base_time(base_time);
        let beat = Beat { base_time, phase: settings.phase };
        let chains = [picture::chain(settings, beat)?, sound::chain(settings, beat, std::sync::Arc::default())?];
        let mut tracks = Vec::new();
        for (chain, port) in chains.into_iter().zip(port..) {
            if let Some(pay) = chain.iter().find(|element| element.has_property("ssrc")) {
                pay.set_property("ssrc", u32::from(port));
            }
            let form = chain.last().map(|last| last.property::<gstreamer::Caps>("caps"));
            tracks.push(receiver(&form.ok_or_else(|| failed(&"a track has no end"))?, port));
            let encrypt = make("srtpenc")?;
            encrypt.set_property("key", Buffer::from_slice(KEY));
            let sink = make("udpsink")?;
            sink.set_property("host", "127.0.0.1");
            sink.set_property("port", i32::from(port));
            sink.set_property("sync", false);
            sink.set_property("async", false);
            pipeline.add_many(&chain).and_then(|()| pipeline.add_many([&encrypt, &sink])).map_err(|e| failed(&e))?;
            Element::link_many(&chain).map_err(|e| failed(&e))?;
            if let Some(last) = chain.last() {
                last.link_pads(Some("src"), &encrypt, Some("rtp_sink_0")).map_err(|e| failed(&e))?;
            }
            encrypt.link_pads(Some("rtp_src_0"), &sink, Some("sink")).map_err(|e| failed(&e))?;
        }
        let sender = Self { pipeline, tracks };
        sender.pipeline.set_state(State::Playing).map_err(|e| failed(&e))?;
        Ok(sender)
    }

    /// What receives picture and sound, in the form of `gst-launch-1.0`, up to the decrypted packets.
    pub fn receivers(&self) -> &[String] {
        &self.tracks
    }
}

fn receiver(form: &gstreamer::Caps, port: u16) -> String {
    let text = |name: &str| form.structure(0).and_then(|s| s.get::<String>(name).ok()).unwrap_or_default();
    let number = |name: &str| form.structure(0).and_then(|s| s.get::<i32>(name).ok()).unwrap_or_default();
    let (media, encoding) = (text("media"), text("encoding-name"));
    let (rate, payload) = (number("clock-rate"), number("payload"));
    let key = KEY_TEXT.repeat(KEY.len());
    format!(
        "udpsrc address=127.0.0.1 port={port} caps=application/x-srtp,media={media},encoding-name={encoding},clock-rate={rate},\
         payload={payload},ssrc=(uint){port},roc=(uint)0,srtp-key=(buffer){key},srtp-cipher=aes-128-icm,srtp-auth=hmac-sha1-80,\
         srtcp-cipher=aes-128-icm,srtcp-auth=hmac-sha1-80 ! srtpdec"
    )
}

impl Drop for Plain {
    fn drop(&mut self) {
        // What does not stop ends with the process.
        let _ = self.pipeline.set_state(State::Null);
    }
}
