import Candles
import Storage

/// What is known in each cell of a series.
struct CoverageCells: Sendable, Equatable {
    /// The part of a cell that was wanted, and what is proven in it.
    private struct Cell: Sendable, Equatable {
        let wanted: TimeRange
        let proven: IntervalSet

        var isWhole: Bool { proven.ranges == [wanted] }
    }

    private let cells: [Cell]
    private let timeframe: Timeframe

    /// `coverage` is that of the series in the grid's range, and `provenTo` the end of all that is proven of it.
    init(
        _ grid: CoverageGrid, of stored: StoredSeries, coverage: IntervalSet, provenTo: UnixMilliseconds?,
        now: UnixMilliseconds
    ) {
        timeframe = stored.series.timeframe
        let whole = stored.wanted(at: now, provenTo: provenTo)
        let wanted = TimeRange(timeframe.ceiling(whole.start), whole.end)
        cells = grid.cells.map { cell in
            let part = cell.clamped(to: wanted)
            return Cell(wanted: part, proven: part.isEmpty ? IntervalSet() : coverage.intersection(part))
        }
    }

    /// Of these it has to be known whether any candle is kept in them, before there can be letters.
    var whole: [TimeRange] { cells.filter { !$0.wanted.isEmpty && $0.isWhole }.map(\.wanted) }

    /// A letter a cell; `presence` is that of `whole`.
    func codes(presence: [Bool]) -> String {
        var presence = presence[...]
        return String(
            cells.map { cell -> Character in
                if cell.wanted.isEmpty { return "-" }
                if cell.isWhole { return presence.popFirst() == true ? "P" : "E" }
                return cell.proven.isEmpty ? "U" : "M"
            })
    }

    /// Of these the candles have to be counted, before there can be numbers.
    var proven: [TimeRange] { cells.flatMap(\.proven.ranges) }

    /// Intervals of each cell; `counts` are those of `proven`.
    func numbers(counts: [Int]) -> [CoverageRow.Cell] {
        var counts = counts[...]
        return cells.map { cell in
            let present = cell.proven.ranges.reduce(0) { sum, _ in sum + (counts.popFirst() ?? 0) }
            let known = Int(cell.proven.milliseconds / timeframe.milliseconds)
            return CoverageRow.Cell(
                present: present, empty: known - present, unknown: cell.wanted.intervals(of: timeframe) - known)
        }
    }
}
