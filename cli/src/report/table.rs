//! Columns for people: no frames, so that words can be cut out by other programs; figures stand right.

use comfy_table::{Attribute, Cell as Field, CellAlignment, ContentArrangement, Table, TableStyle};

use super::{Cell, Grid, Report};

pub(super) fn render(report: &Report, bold: bool) -> String {
    let mut text = if report.single { lines(&report.main, bold) } else { columns(&report.main, bold, true) };
    for grid in &report.more {
        text.push('\n');
        if let Some(title) = grid.title {
            text.push_str(title);
            text.push('\n');
        }
        text.push_str(&columns(grid, bold, true));
    }
    text
}

/// The rows alone, for a stream whose heading was printed before.
pub(super) fn render_rows(grid: &Grid) -> String {
    columns(grid, false, false)
}

fn columns(grid: &Grid, bold: bool, heading: bool) -> String {
    if grid.keys.is_empty() {
        return String::new();
    }
    let mut table = plain(bold);
    if heading {
        table.set_header(grid.heads.iter().enumerate().map(|(at, head)| {
            let right = grid.rows.first().and_then(|row| row.get(at)).is_some_and(|cell| cell.right);
            name(head, bold).set_alignment(side(right))
        }));
    }
    for row in &grid.rows {
        table.add_row(row.iter().map(field));
    }
    text(&mut table)
}

fn lines(grid: &Grid, bold: bool) -> String {
    let mut table = plain(bold);
    for (head, cell) in grid.heads.iter().zip(grid.rows.first().into_iter().flatten()) {
        table.add_row(vec![name(head, bold), Field::new(&cell.shown)]);
    }
    text(&mut table)
}

fn plain(bold: bool) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Disabled);
    if bold {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

fn name(head: &str, bold: bool) -> Field {
    let field = Field::new(head);
    if bold { field.add_attribute(Attribute::Bold) } else { field }
}

fn field(cell: &Cell) -> Field {
    Field::new(&cell.shown).set_alignment(side(cell.right))
}

const fn side(right: bool) -> CellAlignment {
    if right { CellAlignment::Right } else { CellAlignment::Left }
}

fn text(table: &mut Table) -> String {
    // The first column begins at the edge.
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    table.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}
