//! Draws a picture into cells: half-blocks of two points each, shades where there is no colour, or what the terminal can do better.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;
use ratatui_image::Image;

use crate::picture::{Picture, fitted};

/// Shades from dark to light.
const SHADES: &[u8] = b" .:-=+*#%@";
/// The steps of a colour in the cube of 256 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// What a picture is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tint {
    Colours,
    /// It is old.
    Greys,
    /// Letters alone: there is no colour.
    Letters,
}

/// How a picture is to look.
pub(super) struct Looks {
    pub(super) tint: Tint,
    pub(super) true_colour: bool,
    /// Whether the terminal may draw it its own way.
    pub(super) sharp: bool,
}

/// Draws it at the upper left of a field, as large as it fits; gives its width.
pub(super) fn draw(buf: &mut Buffer, field: Rect, picture: &Picture, looks: &Looks) -> u16 {
    if let Some(sharp) = picture.sharp.as_ref().filter(|_| looks.sharp) {
        let size = sharp.size();
        if size.width <= field.width && size.height <= field.height {
            Image::new(sharp).render(field, buf);
            return size.width;
        }
    }
    let (columns, rows) = fitted(picture.size, (field.width, field.height), (1, 2));
    let points = (columns, rows * 2);
    for row in 0..rows {
        for column in 0..columns {
            let upper = picture.grid.at((column, row * 2), points);
            let lower = picture.grid.at((column, row * 2 + 1), points);
            let (sign, style) = if looks.tint == Tint::Letters {
                (shade(upper, lower), Style::new())
            } else {
                ('▀', Style::new().fg(colour(upper, looks)).bg(colour(lower, looks)))
            };
            if let Some(cell) = buf.cell_mut((field.x + column, field.y + row)) {
                cell.set_char(sign).set_style(Style::reset().patch(style));
            }
        }
    }
    columns
}

/// How light a point is to the eye.
fn light([red, green, blue]: [u8; 3]) -> u8 {
    let sum = u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114;
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}

fn shade(upper: [u8; 3], lower: [u8; 3]) -> char {
    let mean = u16::midpoint(light(upper).into(), light(lower).into());
    char::from(SHADES[usize::from(mean) * (SHADES.len() - 1) / 255])
}

fn colour(point: [u8; 3], looks: &Looks) -> Color {
    let [red, green, blue] = if looks.tint == Tint::Greys { [light(point) / 2; 3] } else { point };
    if looks.true_colour { Color::Rgb(red, green, blue) } else { Color::Indexed(nearest([red, green, blue])) }
}

/// The nearest of 256 colours: in the cube, or among the greys for what has no colour.
fn nearest(point: [u8; 3]) -> u8 {
    let step = |value: u8| (0_u8..6).min_by_key(|i| STEPS[usize::from(*i)].abs_diff(value)).unwrap_or(0);
    let [red, green, blue] = point;
    let spread = red.max(green).max(blue) - red.min(green).min(blue);
    if spread < 12 {
        let mean = light(point);
        // 24 greys from 8 to 238, ten apart; black and white stand in the cube.
        return match mean {
            0..4 => 16,
            244.. => 231,
            _ => 232 + (mean.saturating_sub(3) / 10).min(23),
        };
    }
    16 + 36 * step(red) + 6 * step(green) + step(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_find_their_place_among_256() {
        for (point, index) in [
            ([0, 0, 0], 16),
            ([255, 255, 255], 231),
            ([8, 8, 8], 232),
            ([238, 238, 238], 255),
            ([255, 0, 0], 196),
            ([0, 95, 135], 24),
            ([250, 250, 0], 226),
        ] {
            assert_eq!(nearest(point), index, "{point:?}");
        }
    }

    #[test]
    fn shades_go_from_dark_to_light() {
        assert_eq!(shade([0; 3], [0; 3]), ' ');
        assert_eq!(shade([255; 3], [255; 3]), '@');
        assert_eq!(shade([0; 3], [255; 3]), '=');
    }
}
