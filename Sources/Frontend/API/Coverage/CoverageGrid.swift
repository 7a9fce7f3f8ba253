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
