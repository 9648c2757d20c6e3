//! Tables in the style of `kubectl get`: no lines, three spaces between columns.

use comfy_table::{CellAlignment, Table, presets};

/// A table's text, without a newline at its end. The columns in `right` are right-aligned.
pub(crate) fn columns(header: &[&str], rows: Vec<Vec<String>>, right: &[usize]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if !header.is_empty() {
        table.set_header(header.to_vec());
    }
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 3));
        if right.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_by_width_and_leaves_nothing_behind() {
        let rows = vec![
            vec!["名前".to_owned(), "1".to_owned(), "x".to_owned()],
            vec!["n".to_owned(), "100".to_owned(), "y".to_owned()],
        ];
        assert_eq!(
            columns(&["NAME", "N", "REST"], rows, &[1]),
            "NAME     N   REST\n名前     1   x\nn      100   y",
        );
    }
}
