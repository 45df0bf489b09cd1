//! The elements that a programme is made of, with the same settings and the same guests, in one pipeline of `gst-launch-1.0`: what the same work
//! costs without anything of Callboard's own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use callboard_domain::Layout;
use callboard_media::MediaError;
use callboard_media::analyse::{self, Mark};
use callboard_media::layout::tiles;
use callboard_media::synthetic::{Plain, Settings};

/// Guests send to this port and those behind it.
pub(crate) const FIRST_PORT: u16 = 45_200;
const PATIENCE: Duration = Duration::from_secs(30);

/// The running pipeline. Dropping it ends it.
pub(crate) struct Bare {
    process: Child,
    stream: PathBuf,
}

const PICTURE: &str = "video/x-raw,format=I420,width=1280,height=720,pixel-aspect-ratio=1/1,framerate=30/1";
const GUEST: &str = "video/x-raw,format=I420,width=960,height=540,pixel-aspect-ratio=1/1";
const SOUND: &str = "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2";
const UNLIMITED: &str = "max-size-bytes=0 max-size-time=0 leaky=downstream";
const WAITS: &str = "min-upstream-latency=300000000 start-time-selection=first";

impl Bare {
    /// Starts it and waits until it has written something.
    pub(crate) fn start(guests: &[Plain], names: &[&str], folder: &Path) -> Result<Self, MediaError> {
        let stream = folder.join("bare.ts");
        let words = describe(guests, names, &stream, &folder.join("bare.mp4"));
        let failed = |source| MediaError::Io { what: "starting gst-launch-1.0".to_owned(), source };
        let mut command = Command::new("gst-launch-1.0");
        command.arg("-q").args(words.split_whitespace().map(|word| word.replace('~', " "))).stdout(Stdio::null());
        let bare = Self { process: command.spawn().map_err(failed)?, stream };
        let begun = Instant::now();
        while bare.written() < 100_000 {
            if begun.elapsed() > PATIENCE {
                return Err(MediaError::pipeline("gst-launch-1.0", "it writes nothing"));
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Ok(bare)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    fn written(&self) -> u64 {
        std::fs::metadata(&self.stream).map_or(0, |meta| meta.len())
    }

    /// Lets it run for so long.
    pub(crate) fn run_on(&mut self, span: Duration) -> Result<(), MediaError> {
        let begun = Instant::now();
        while begun.elapsed() < span {
            std::thread::park_timeout(span.saturating_sub(begun.elapsed()));
        }
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(MediaError::pipeline("gst-launch-1.0", format!("it ended: {ended:?}"))),
        }
    }

    /// Ends it; makes sure that everybody was in it, and returns how many pictures a second it made.
    pub(crate) fn end(mut self, guests: &[Settings]) -> Result<f64, MediaError> {
        // It has nothing to finish: the stream is good as it is.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let tape = analyse::file(&self.stream)?;
        let (from, to) = tape.span();
        for Settings { name, colour, tone_hz, .. } in guests {
            let found = tape.find(Mark { colour: *colour, tone_hz: *tone_hz });
            if found.beeps.len() < 5 {
                return Err(MediaError::pipeline("the bare pipeline", format!("{name} is not in it: {found:?}")));
            }
        }
        let pictures = f64::from(u32::try_from(tape.pictures.len()).unwrap_or(u32::MAX));
        Ok(pictures / (to - from).max(1.0))
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn describe(guests: &[Plain], names: &[&str], stream: &Path, file: &Path) -> String {
    let (mut text, mut places) = (String::new(), String::new());
    let tiles = tiles(Layout::Grid, (1280, 720), guests.len(), None);
    for (n, (guest, tile)) in guests.iter().zip(tiles).enumerate() {
        let (Some(tile), [picture, sound]) = (tile, guest.receivers()) else { continue };
        let pad = n + 1;
        let (x, y, width, height) = (tile.x, tile.y, tile.width, tile.height);
        let _ = write!(
            places,
            " sink_{pad}::xpos={x} sink_{pad}::ypos={y} sink_{pad}::width={width} sink_{pad}::height={height} sink_{pad}::zorder=10 \
             sink_{pad}::sizing-policy=keep-aspect-ratio"
        );
        // The description is cut at blanks.
        let name = names.get(n).unwrap_or(&"guest").replace(' ', "~");
        let _ = write!(
            text,
            " {picture} ! v{n}.recv_rtp_sink_0 rtpbin name=v{n} latency=100 rtp-profile=savpf \
             v{n}. ! rtpvp8depay request-keyframe=true wait-for-keyframe=true ! vp8dec threads=1 ! videoconvert \
             ! videoscale add-borders=true ! {GUEST} ! textoverlay text={name} font-desc=Sans~Bold~16 valignment=bottom halignment=left \
             shaded-background=true ! c.sink_{pad} \
             {sound} ! s{n}.recv_rtp_sink_0 rtpbin name=s{n} latency=100 rtp-profile=savpf \
             s{n}. ! rtpopusdepay ! opusdec use-inband-fec=true plc=true ! audioconvert ! audioresample ! {SOUND} \
             ! level interval=100000000 ! a."
        );
    }
    let (stream, file) = (stream.display(), file.display());
    format!(
        "compositor name=c background=black {WAITS} sink_0::zorder=0 {places} ! {PICTURE} ! queue max-size-buffers=30 {UNLIMITED} \
         ! x264enc tune=zerolatency speed-preset=veryfast bitrate=2500 bframes=0 key-int-max=30 option-string=scenecut=0 \
         ! video/x-h264,profile=main ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! tee name=v \
         audiomixer name=a output-buffer-duration=20000000 {WAITS} ! {SOUND} ! level interval=100000000 \
         ! queue max-size-buffers=100 {UNLIMITED} ! audioconvert ! avenc_aac bitrate=128000 ! tee name=s \
         videotestsrc is-live=true pattern=solid-color foreground-color=0xff161a20 ! {PICTURE} ! textoverlay silent=true \
         ! clocksync ts-offset=270000000 ! c.sink_0 \
         audiotestsrc is-live=true wave=silence samplesperbuffer=960 ! {SOUND} ! clocksync ts-offset=270000000 ! a. \
         v. ! queue ! h264parse ! queue ! mpegtsmux name=ts ! filesink location={stream} async=false sync=false \
         s. ! queue ! aacparse ! queue ! ts. \
         v. ! queue ! h264parse ! queue ! mp4mux name=mp fragment-duration=1000 fragment-mode=dash-or-mss \
         ! filesink buffer-mode=unbuffered async=false sync=false location={file} \
         s. ! queue ! aacparse ! queue ! mp. {text}"
    )
}
