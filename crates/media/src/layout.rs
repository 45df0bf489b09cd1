//! Where each guest stands in the picture. Pure: the same question has the same answer.
//!
//! Tiles lie within the canvas, on even pixels, and never overlap; whoever has no tile is not seen.

use callboard_domain::Layout;

/// A place in the picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// How wide.
    pub width: u32,
    /// How high.
    pub height: u32,
}

/// A tile for each of `count` guests, in their order; `main` is whom the layout shows large, the first one if nobody is.
pub fn tiles(layout: Layout, canvas: (u32, u32), count: usize, main: Option<usize>) -> Vec<Option<Tile>> {
    let whole = Tile { x: 0, y: 0, width: canvas.0, height: canvas.1 };
    let main = main.filter(|&main| main < count).unwrap_or(0);
    let others = u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
    if count == 0 {
        return Vec::new();
    }
    let (large, small): (Tile, Vec<Tile>) = match layout {
        Layout::Grid => return grid(whole, count).into_iter().map(Some).collect(),
        _ if others == 0 => (whole, vec![]),
        Layout::Single => (whole, vec![]),
        Layout::SideBySide => {
            let mut pair = grid(whole, 2);
            let right = pair.pop().unwrap_or(whole);
            let left = pair.pop().unwrap_or(whole);
            // The two keep their sides whoever of them is the main one.
            if main == 0 { (left, vec![right]) } else { (right, vec![left]) }
        }
        Layout::Speaker => {
            let (top, strip) = split(whole, true);
            (top, row(strip, others, true))
        }
        Layout::Stage => {
            let (left, column) = split(whole, false);
            (left, row(column, others, false))
        }
    };
    let mut small = small.into_iter();
    (0..count).map(|n| if n == main { Some(large) } else { small.next() }).collect()
}

/// How many small tiles a strip holds; more would show nobody's face.
const STRIP: u32 = 6;

/// Rows of equal tiles of the canvas' own shape, the last row in the middle.
fn grid(whole: Tile, count: usize) -> Vec<Tile> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    if count == 1 {
        return vec![whole];
    }
    let columns = (1..=count).find(|c| c * c >= count).unwrap_or(1);
    let rows = count.div_ceil(columns);
    let gap = gap(whole);
    let width = even((whole.width - gap * (columns + 1)) / columns);
    // Shaped like the canvas, so that two side by side are not two slits.
    let height = even(((whole.height - gap * (rows + 1)) / rows).min(width * whole.height / whole.width));
    let block = rows * height + (rows - 1) * gap;
    let top = even((whole.height - block) / 2);
    (0..count)
        .map(|n| {
            let (column, line) = (n % columns, n / columns);
            let in_line = if line == rows - 1 { count - line * columns } else { columns };
            let left = even((whole.width - in_line * width - (in_line - 1) * gap) / 2);
            Tile { x: left + column * (width + gap), y: top + line * (height + gap), width, height }
        })
        .collect()
}

/// The large part, and the strip below (or beside) it.
fn split(whole: Tile, below: bool) -> (Tile, Tile) {
    let gap = gap(whole);
    let (width, height) = (even(whole.width * 4 / 5), even(whole.height * 4 / 5));
    let (rest_x, rest_y) = (whole.width - width - gap, whole.height - height - gap);
    if below {
        let x = even((whole.width - width) / 2);
        (
            Tile { x, y: 0, width, height },
            Tile { x: 0, y: even(height + gap), width: whole.width, height: even(rest_y - gap) },
        )
    } else {
        let y = even((whole.height - height) / 2);
        (
            Tile { x: 0, y, width, height },
            Tile { x: even(width + gap), y: 0, width: even(rest_x - gap), height: whole.height },
        )
    }
}

/// Small tiles of the canvas' usual 16:9 in a strip, in the middle of it.
fn row(strip: Tile, count: u32, across: bool) -> Vec<Tile> {
    let gap = gap(Tile { width: strip.width.max(strip.height), ..strip });
    let count = count.min(STRIP);
    let room = if across { strip.width } else { strip.height };
    let length = (room - gap * (count + 1)) / count;
    let (width, height) = if across {
        let width = even(length.min(strip.height * 16 / 9));
        (width, even(width * 9 / 16))
    } else {
        let width = even(strip.width.min(length * 16 / 9));
        (width, even(width * 9 / 16))
    };
    let step = gap + if across { width } else { height };
    let start = (room - (count * step - gap)) / 2;
    (0..count)
        .map(|n| {
            let along = even(start + n * step);
            let (x, y) = if across {
                (strip.x + along, strip.y + even((strip.height - height) / 2))
            } else {
                (strip.x + even((strip.width - width) / 2), strip.y + along)
            };
            Tile { x, y, width, height }
        })
        .collect()
}

fn gap(whole: Tile) -> u32 {
    even((whole.width / 160).max(2))
}

const fn even(n: u32) -> u32 {
    n & !1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HD: (u32, u32) = (1280, 720);

    fn overlap(a: Tile, b: Tile) -> bool {
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
    }

    proptest! {
        #[test]
        fn tiles_lie_within_the_picture_and_apart(
            layout in proptest::sample::select(Layout::ALL),
            canvas in proptest::sample::select(&[(854_u32, 480_u32), HD, (1920, 1080)]),
            count in 0_usize..40,
            main in proptest::option::of(0_usize..45),
        ) {
            let tiles = tiles(layout, canvas, count, main);
            prop_assert_eq!(tiles.len(), count);
            let shown: Vec<Tile> = tiles.iter().flatten().copied().collect();
            prop_assert!(count == 0 || !shown.is_empty());
            for (n, tile) in shown.iter().enumerate() {
                prop_assert!(tile.width >= 16 && tile.height >= 16, "{:?}", tile);
                prop_assert!(tile.x + tile.width <= canvas.0 && tile.y + tile.height <= canvas.1, "{:?}", tile);
                prop_assert!([tile.x, tile.y, tile.width, tile.height].iter().all(|v| v % 2 == 0), "{:?}", tile);
                prop_assert!(shown[n + 1..].iter().all(|other| !overlap(*tile, *other)), "{:?}", shown);
            }
            if layout == Layout::Grid {
                prop_assert_eq!(shown.len(), count);
            }
            if let Some(main) = main.filter(|main| *main < count && layout != Layout::Grid) {
                let area = |t: &Tile| t.width * t.height;
                let large = tiles[main].expect("the main one is seen");
                prop_assert!(shown.iter().all(|t| area(t) <= area(&large)));
            }
        }
    }

    #[test]
    fn one_alone_has_the_whole_picture() {
        for layout in Layout::ALL {
            let whole = Tile { x: 0, y: 0, width: 1280, height: 720 };
            assert_eq!(tiles(*layout, HD, 1, None), [Some(whole)], "{layout}");
        }
    }

    #[test]
    fn two_side_by_side_keep_their_sides() {
        let (first, second) = (tiles(Layout::SideBySide, HD, 3, Some(0)), tiles(Layout::SideBySide, HD, 3, Some(1)));
        assert_eq!(first, second);
        assert!(first[0].expect("left").x < first[1].expect("right").x);
        assert_eq!(first[2], None);
        assert_eq!(tiles(Layout::SideBySide, HD, 3, Some(2))[1], None);
    }

    #[test]
    fn single_shows_the_main_one_alone() {
        let tiles = tiles(Layout::Single, HD, 3, Some(1));
        assert_eq!(tiles.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false]);
    }
}
