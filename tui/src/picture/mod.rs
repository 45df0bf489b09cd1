//! Live pictures in a terminal: which one is wanted, how the terminal can show it, and a picture ready to be drawn.
//!
//! What must always hold: a blurred picture holds no more than a few blocks, so that nothing in it can be made clear afterwards;
//! a picture is made off the screen's thread, and drawing one only copies cells.

mod make;
mod terminal;

use callboard_domain::{At, ProgrammeId, Uid};
use ratatui_image::protocol::Protocol;

pub(crate) use self::make::{KITTY_ID, make};
pub use self::terminal::Wish;
pub(crate) use self::terminal::find;

/// How the terminal shows pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// Half-blocks: two picture points in a cell. Every terminal can.
    #[default]
    Blocks,
    /// Kitty's graphics protocol, with its placeholders.
    Kitty,
    /// Sixel.
    Sixel,
    /// The images of `iTerm2`.
    Iterm,
}

impl Way {
    /// The word for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Blocks => "half-blocks",
            Self::Kitty => "kitty",
            Self::Sixel => "sixel",
            Self::Iterm => "iterm2",
        }
    }
}

/// What the terminal can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Means {
    pub(crate) way: Way,
    /// Width and height of a cell in pixels.
    pub(crate) font: (u16, u16),
    /// Whether it knows 16 million colours, or 256.
    pub(crate) true_colour: bool,
}

impl Default for Means {
    fn default() -> Self {
        Self { way: Way::Blocks, font: (1, 2), true_colour: false }
    }
}

/// Which picture is wanted, and for what room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) programme: ProgrammeId,
    /// Of this guest alone; of the whole programme if absent.
    pub(crate) guest: Option<Uid>,
    pub(crate) blurred: bool,
    /// Columns and rows of cells at most.
    pub(crate) room: (u16, u16),
    pub(crate) means: Means,
}

impl Look {
    /// The narrowest picture that is asked for: enough for a few blocks.
    const NARROWEST: u32 = *callboard_contract::limits::STILL_WIDTHS.start();
    /// The widest. As raw pixels a wider one would be megabytes for the terminal each second.
    const WIDEST: u32 = *callboard_contract::limits::STILL_WIDTHS.end();

    /// Whether both show the same, and as clearly.
    pub(crate) fn same_sight(&self, other: &Self) -> bool {
        self.programme == other.programme && self.guest == other.guest && self.blurred == other.blurred
    }

    /// How wide a picture serves it, in pixels.
    pub(crate) fn width(&self) -> u32 {
        let (columns, _) = fitted((16, 9), self.room, self.means.font);
        let pixels = match self.means.way {
            _ if self.blurred => Self::NARROWEST,
            Way::Blocks => u32::from(columns),
            Way::Kitty | Way::Sixel | Way::Iterm => u32::from(columns) * u32::from(self.means.font.0),
        };
        pixels.clamp(Self::NARROWEST, Self::WIDEST)
    }
}

/// A picture as points, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) wide: u16,
    pub(crate) high: u16,
    points: Vec<[u8; 3]>,
}

impl Grid {
    /// The point that stands at a place of a field of another size.
    pub(crate) fn at(&self, (x, y): (u16, u16), (wide, high): (u16, u16)) -> [u8; 3] {
        let scale = |at: u16, of: u16, to: u16| u32::from(at) * u32::from(to) / u32::from(of.max(1));
        let (x, y) = (scale(x, wide, self.wide), scale(y, high, self.high));
        let index = y * u32::from(self.wide) + x;
        usize::try_from(index).ok().and_then(|i| self.points.get(i)).copied().unwrap_or_default()
    }
}

/// A picture, ready to be drawn.
#[derive(Clone)]
pub(crate) struct Picture {
    /// What it shows.
    pub(crate) of: Look,
    /// Its size as it came, in pixels.
    pub(crate) size: (u32, u32),
    /// For half-blocks and for shades; a few blocks where it is blurred.
    pub(crate) grid: Grid,
    /// For terminals that show more than blocks; never for a blurred one.
    pub(crate) sharp: Option<Protocol>,
    /// When it was taken, on the server's clock.
    pub(crate) taken: At,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture").field("of", &self.of).field("size", &self.size).finish_non_exhaustive()
    }
}

/// The largest field of cells within `room` that has the shape of a picture, in columns and rows.
pub(crate) fn fitted((wide, high): (u32, u32), room: (u16, u16), font: (u16, u16)) -> (u16, u16) {
    let (wide, high) = (u64::from(wide.max(1)), u64::from(high.max(1)));
    let (cell_wide, cell_high) = (u64::from(font.0.max(1)), u64::from(font.1.max(1)));
    let (columns, rows) = (u64::from(room.0), u64::from(room.1));
    let by_height = (rows * cell_high * wide).div_ceil(high * cell_wide);
    let by_width = (columns * cell_wide * high).div_ceil(wide * cell_high);
    let cells = |count: u64, most: u16| u16::try_from(count).unwrap_or(u16::MAX).min(most);
    if by_height <= columns { (cells(by_height, room.0), room.1) } else { (room.0, cells(by_width, room.1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_in_whatever_room() {
        for (room, field) in [((80, 10), (36, 10)), ((20, 10), (20, 6)), ((0, 0), (0, 0)), ((1, 1), (1, 1))] {
            assert_eq!(fitted((16, 9), room, (1, 2)), field, "{room:?}");
        }
        assert_eq!(fitted((9, 16), (80, 10), (1, 2)), (12, 10));
    }

    #[test]
    fn no_more_is_asked_for_than_is_shown() {
        let look = |way, blurred, room| Look {
            programme: ProgrammeId::generate(),
            guest: None,
            blurred,
            room,
            means: Means { way, font: if way == Way::Blocks { (1, 2) } else { (10, 20) }, true_colour: true },
        };
        assert_eq!(look(Way::Blocks, false, (80, 20)).width(), 72);
        assert_eq!(look(Way::Kitty, false, (40, 20)).width(), 400);
        assert_eq!(look(Way::Sixel, false, (200, 60)).width(), 640, "the widest that is given");
        assert_eq!(look(Way::Kitty, true, (200, 60)).width(), 32, "blurred");
    }

    #[test]
    fn points_are_found_at_any_size() {
        let grid = Grid { wide: 2, high: 1, points: vec![[1; 3], [2; 3]] };
        assert_eq!([0, 4, 5, 9].map(|x| grid.at((x, 3), (10, 4))[0]), [1, 1, 2, 2]);
        assert_eq!(grid.at((0, 0), (0, 0)), [1; 3]);
    }
}
