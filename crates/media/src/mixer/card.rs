//! Texts drawn into pictures: the name on a guest's tile, and the card that stands there while he has no picture.

use gstreamer::prelude::*;
use gstreamer::{Caps, ClockTime, Element, Pipeline, Sample, State};
use gstreamer_app::AppSink;

use crate::encode::{caps_filter, chain};
use crate::error::{MediaError, make};

/// More of a name than this does not fit a tile.
const NAME_CHARS: usize = 40;
/// The house's dark grey behind cards and slates, as ARGB.
pub(super) const GROUND: u32 = 0xff16_1a20;

/// An element that writes this into the lower left corner of every picture.
pub(super) fn name_tag(name: &str) -> Result<Element, MediaError> {
    let overlay = text(name, "Sans Bold 16")?;
    overlay.set_property_from_str("valignment", "bottom");
    overlay.set_property_from_str("halignment", "left");
    overlay.set_property("shaded-background", true);
    Ok(overlay)
}

/// An element that writes this into the middle.
pub(super) fn text(words: &str, font: &str) -> Result<Element, MediaError> {
    let overlay = make("textoverlay")?;
    overlay.set_property("font-desc", font);
    overlay.set_property_from_str("valignment", "center");
    overlay.set_property_from_str("halignment", "center");
    overlay.set_property_from_str("line-alignment", "center");
    write(&overlay, words);
    Ok(overlay)
}

/// Changes what an element of [`text`] writes; nothing where it is empty.
pub(super) fn write(overlay: &Element, words: &str) {
    let plain: String = words.chars().filter(|c| !c.is_control()).collect();
    overlay.set_property("text", gstreamer::glib::markup_escape_text(&plain));
    overlay.set_property("silent", plain.is_empty());
}

/// What of a name is shown.
pub(super) fn short(name: &str) -> String {
    let name = name.trim();
    if name.chars().count() <= NAME_CHARS {
        return name.to_owned();
    }
    name.chars().take(NAME_CHARS - 1).chain(['…']).collect()
}

/// One picture with this name in its middle.
pub(super) fn draw(name: &str) -> Result<Sample, MediaError> {
    let pipeline = Pipeline::new();
    let ground = make("videotestsrc")?;
    ground.set_property("num-buffers", 1_i32);
    ground.set_property_from_str("pattern", "solid-color");
    ground.set_property("foreground-color", GROUND + 0x0008_0a0c);
    let size = caps_filter(
        &Caps::builder("video/x-raw").field("format", "I420").field("width", 640).field("height", 360).build(),
    )?;
    let sink = AppSink::builder().sync(false).build();
    chain(&pipeline, &[&ground, &size, &text(name, "Sans Bold 28")?, sink.upcast_ref()])?;
    let drawn = pipeline
        .set_state(State::Playing)
        .map_err(|e| MediaError::pipeline("drawing a name", e))
        .map(|_| sink.try_pull_sample(ClockTime::from_seconds(5)));
    // Nothing can be done about a pipeline that does not stop, and this one has nothing left to do.
    let _ = pipeline.set_state(State::Null);
    drawn?.ok_or_else(|| MediaError::pipeline("drawing a name", "no picture came"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_and_drawn_as_they_are() {
        crate::init().expect("GStreamer");
        assert_eq!(short(" Ann "), "Ann");
        assert_eq!(short(&"x".repeat(60)).chars().count(), NAME_CHARS);
        // A name with characters of markup is drawn: were it taken for markup, nothing would be.
        let light = |name: &str| {
            let sample = draw(name).expect("a card");
            let map = sample.buffer().expect("a picture").map_readable().expect("readable");
            map[..640 * 360].iter().filter(|luma| **luma > 128).count()
        };
        assert_eq!(light(""), 0);
        assert!(light("<b>&Ann") > light("Ann"));
    }
}
