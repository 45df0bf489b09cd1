//! From a still as it came to a picture that can be drawn. Takes some milliseconds: not for the screen's thread.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callboard_contract::programme::Still;
use image::imageops::{FilterType, resize, thumbnail};
use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbImage};
use ratatui::layout::Size;
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::protocol::sixel::Sixel;

use super::{Grid, Look, Picture, Way, fitted};

/// So many blocks lie side by side in a blurred picture.
const BLURRED: u32 = 8;
/// No still is larger; a picture that says so is not unpacked.
const MOST_PIXELS: u32 = 2_048;
/// The terminal's name for the one picture that is shown: each new one takes the place of the one before.
pub(crate) const KITTY_ID: u32 = 0x00CB_0A2D;

/// Makes a picture, or says why it cannot be shown.
pub(crate) fn make(still: &Still, of: Look) -> Result<Picture, String> {
    let bytes = STANDARD.decode(&still.jpeg_base64).map_err(|e| format!("the picture is no base64: {e}"))?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_PIXELS), Some(MOST_PIXELS));
    reader.limits(limits);
    let image = reader.decode().map_err(|e| format!("the picture cannot be unpacked: {e}"))?.to_rgb8();
    let size = image.dimensions();
    let sharp = if of.blurred { None } else { sharp(&image, &of)? };
    let grid = if of.blurred {
        let rows = (BLURRED * size.1).div_ceil(size.0.max(1)).clamp(1, 2 * BLURRED);
        grid(&thumbnail(&image, BLURRED, rows))
    } else {
        let (columns, rows) = fitted(size, of.room, (1, 2));
        grid(&thumbnail(&image, u32::from(columns).max(1), u32::from(rows).max(1) * 2))
    };
    Ok(Picture { of, size, grid, sharp, taken: still.at })
}

fn grid(image: &RgbImage) -> Grid {
    let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
    Grid { wide: side(image.width()), high: side(image.height()), points: image.pixels().map(|p| p.0).collect() }
}

/// The picture for a terminal that can show more than blocks.
fn sharp(image: &RgbImage, of: &Look) -> Result<Option<Protocol>, String> {
    let font = of.means.font;
    // Where a pixel of the picture would become several of the screen, it is shown smaller instead: what the terminal is sent stays small.
    let most = |cell: u16| u16::try_from(Look::WIDEST / u32::from(cell.max(1))).unwrap_or(u16::MAX).max(1);
    let room = (of.room.0.min(most(font.0)), of.room.1.min(most(font.1)));
    let (columns, rows) = fitted(image.dimensions(), room, font);
    if of.means.way == Way::Blocks || columns == 0 || rows == 0 {
        return Ok(None);
    }
    let (wide, high) = (u32::from(columns) * u32::from(font.0), u32::from(rows) * u32::from(font.1));
    let image = DynamicImage::ImageRgb8(resize(image, wide, high, FilterType::Triangle));
    let size = Size::new(columns, rows);
    let made = match of.means.way {
        Way::Blocks => return Ok(None),
        Way::Kitty => Kitty::new(image, size, KITTY_ID, false, false).map(Protocol::Kitty),
        Way::Sixel => Sixel::new(image, size, false).map(Protocol::Sixel),
        Way::Iterm => Iterm2::new(image, size, false).map(Protocol::ITerm2),
    };
    made.map(Some).map_err(|e| format!("the picture cannot be made ready for {}: {e}", of.means.way.name()))
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::CrosstermBackend;
    use ratatui::layout::Rect;
    use ratatui::{TerminalOptions, Viewport};

    use super::*;
    use crate::picture::Means;
    use crate::sample_air as sample;

    fn look(way: Way, blurred: bool) -> Look {
        let font = if way == Way::Blocks { (1, 2) } else { (10, 20) };
        sample::look(blurred, (40, 12), Means { way, font, true_colour: true })
    }

    #[test]
    fn a_blurred_picture_is_a_few_blocks_and_nothing_else() {
        for way in [Way::Blocks, Way::Kitty, Way::Sixel, Way::Iterm] {
            let picture = make(&sample::still(), look(way, true)).unwrap();
            assert!(picture.sharp.is_none() && picture.grid.points.len() <= 8 * 16, "{picture:?}");
        }
    }

    #[test]
    fn what_is_no_picture_is_said_in_words() {
        let bad = |jpeg_base64: &str| Still { jpeg_base64: jpeg_base64.to_owned(), ..sample::still() };
        for (still, says) in [(bad("%"), "no base64"), (bad("AAAA"), "cannot be unpacked")] {
            let error = make(&still, look(Way::Blocks, false)).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    /// What the terminal is sent for a picture: drawn once, and once more.
    fn sent(way: Way) -> (String, String) {
        let picture = make(&sample::still(), look(way, false)).unwrap();
        let sharp = picture.sharp.expect("more than blocks");
        let area = Rect::new(0, 0, 60, 20);
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let mut out = Vec::new();
        let mut lengths = Vec::new();
        for _ in 0..2 {
            let mut terminal = Terminal::with_options(CrosstermBackend::new(&mut out), options.clone()).unwrap();
            terminal.draw(|frame| frame.render_widget(ratatui_image::Image::new(&sharp), area)).unwrap();
            drop(terminal);
            lengths.push(out.len());
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&out[..lengths[0]]), text(&out[lengths[0]..]))
    }

    #[test]
    fn each_way_speaks_its_protocol() {
        let (first, again) = sent(Way::Kitty);
        assert!(first.contains("\x1b_G") && first.contains(&format!("i={KITTY_ID}")) && first.contains('\u{10EEEE}'));
        assert!(!again.contains("\x1b_G") && again.contains('\u{10EEEE}'), "it is sent once");
        assert!(sent(Way::Sixel).0.contains("\x1bP"));
        assert!(sent(Way::Iterm).0.contains("\x1b]1337;File="));
    }
}
