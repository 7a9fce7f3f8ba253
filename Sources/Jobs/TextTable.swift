import Candles

/// Rows of text in aligned columns: names to the left, numbers to the right.
package struct TextTable {
    private var rows: [[String]]

    package init(_ heading: [String]) { rows = [heading] }

    package mutating func add(_ row: [String]) { rows.append(row.map(\.visible)) }

    package var lines: [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column < 3 ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ")
        }
    }
}
