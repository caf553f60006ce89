//! Tables for people.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use crate::output::plain::WIDTH;

/// `rows` under `header`, without lines, in [`WIDTH`] columns; the columns named in `whole` never
/// wrap.
pub(crate) fn table(header: &[&str], rows: Vec<Vec<String>>, whole: &[usize]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(WIDTH).unwrap_or(u16::MAX));
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if whole.contains(&number) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}
