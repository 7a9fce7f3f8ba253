import Candles
import Storage

/// How long a cell of the coverage is.
enum CoverageGrain: String, Encodable, Sendable, CaseIterable {
    case day, week, month

    /// UTC; weeks begin on Monday.
    var length: BarLength {
        switch self {
        case .day: .timeframe(.day1)
        case .week: .period(.week)
        case .month: .period(.month)
        }
    }
}

/// The cells of a coverage, side by side.
struct CoverageGrid: Sendable, Equatable {
    let grain: CoverageGrain
    /// Where each cell begins, and where the last one ends.
    let edges: [UnixMilliseconds]

    static let cellsByDefault = 90
    static let cellsAtMost = 1000

    /// The cells that hold any of [from, to); by default the 90 that end with the one of now.
    ///
    /// - Throws: An `APIProblem` where that is nothing, or too much.
    init(
        _ grain: CoverageGrain, from: UnixMilliseconds?, to: UnixMilliseconds?, now: UnixMilliseconds
    ) throws(APIProblem) {
        self.grain = grain
        let length = grain.length
        let end = length.ceiling(to ?? (length.floor(now) + 1))
        guard let from else {
            var edges = [end]
            for _ in 0..<Self.cellsByDefault { edges.append(length.floor(edges[edges.count - 1] - 1)) }
            self.edges = edges.reversed()
            return
        }
        var edges = [length.floor(from)]
        if from >= to ?? end {
            throw APIProblem(
                .badParameters, "from is \(from), and to is \(to ?? end)",
                hint: "the stretch has to begin before it ends")
        }
        while let last = edges.last, last < end, edges.count <= Self.cellsAtMost + 1 { edges.append(length.end(last)) }
        if edges.count > Self.cellsAtMost + 1 {
            throw APIProblem(
                .badParameters,
                "from \(from.iso8601) to \(end.iso8601) are more than \(Self.cellsAtMost) cells of a \(grain)",
                hint: "take a coarser grain, or a shorter stretch")
        }
        self.edges = edges
    }

    var range: TimeRange { TimeRange(edges.first ?? 0, edges.last ?? 0) }

    var cells: [TimeRange] { zip(edges, edges.dropFirst()).map { TimeRange($0, $1) } }
}

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
