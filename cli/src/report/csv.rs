//! CSV: a header of names for programs, then one line for each item.

use super::Grid;

pub(super) fn render(grid: &Grid) -> String {
    write(grid, true)
}

/// The rows alone, for a stream whose header was printed before.
pub(super) fn render_rows(grid: &Grid) -> String {
    write(grid, false)
}

fn write(grid: &Grid, header: bool) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if header && !grid.keys.is_empty() {
        writer.write_record(&grid.keys).expect("writing to memory does not fail");
    }
    for row in &grid.rows {
        writer.write_record(row.iter().map(|cell| cell.raw.as_str())).expect("every row has a cell for each column");
    }
    String::from_utf8(writer.into_inner().expect("writing to memory does not fail")).expect("made of texts")
}
