//! CSV: a header of names for programs, then one line for each item. On a terminal what could drive it is taken out; programs get it as it is.

use std::io::IsTerminal as _;

use callboard_domain::terminal_safe;

use super::Grid;

pub(super) fn render(grid: &Grid) -> String {
    write(grid, true)
}

/// The rows alone, for a stream whose header was printed before.
pub(super) fn render_rows(grid: &Grid) -> String {
    write(grid, false)
}

fn write(grid: &Grid, header: bool) -> String {
    let seen = std::io::stdout().is_terminal();
    let mut writer = csv::Writer::from_writer(Vec::new());
    if header && !grid.keys.is_empty() {
        writer.write_record(&grid.keys).expect("writing to memory does not fail");
    }
    for row in &grid.rows {
        let text = |raw| if seen { terminal_safe(raw) } else { raw.into() };
        let cells = row.iter().map(|cell| text(cell.raw.as_str()).into_owned());
        writer.write_record(cells).expect("every row has a cell for each column");
    }
    String::from_utf8(writer.into_inner().expect("writing to memory does not fail")).expect("made of texts")
}
