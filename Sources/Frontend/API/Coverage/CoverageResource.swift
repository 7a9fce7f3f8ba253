import Candles
import Storage

extension APIResource {
    static let coverage = APIResource(
        "coverage", "What is present, confirmed empty and unknown, in cells of a calendar in UTC.",
        [
            QueryParameter("timeframe", .timeframe, "A kept timeframe; default: the finest."),
            QueryParameter(
                "grain", .choice(CoverageGrain.allCases.map(\.rawValue), default: "day"), "How long a cell is."),
            QueryParameter("from", .time, "In the first cell; default: 90 cells. At most 1,000 cells."),
            QueryParameter("to", .time, "The end, excluded; default: now."),
            QueryParameter("symbol", .symbol, "Only this symbol, with the counts of each cell."),
        ], CoverageAnswer.schema
    ) { query, reading in
        let grain = query.text("grain").flatMap { CoverageGrain(rawValue: $0) } ?? .day
        let grid = try CoverageGrid(
            grain, from: query.integer("from"), to: query.integer("to"), now: reading.now)
        let catalogue = try await reading.catalogue()
        let symbol = try query.text("symbol").map { name throws(APIProblem) in try catalogue.symbol(name) }
        let timeframe =
            try query.text("timeframe").map { name throws(APIProblem) in try catalogue.kept(timeframe: name) }
            ?? catalogue.finest(of: symbol)
        let glances = catalogue.glances.filter {
            $0.stored.series.timeframe == timeframe && (symbol ?? $0.stored.series.symbol) == $0.stored.series.symbol
        }
        let rows = try await reading.read { reader in
            let gaps = Dictionary(grouping: try await reader.gaps(now: reading.now), by: \.series)
            var rows: [CoverageRow] = []
            for glance in glances {
                let gap = gaps[glance.stored.series]?.last
                rows.append(
                    try await CoverageRow(
                        glance, grid, lastGap: gap, isCounted: symbol != nil, reader, now: reading.now))
            }
            return rows
        }
        return APIDocument(
            data: APIJSON.bytes(CoverageAnswer(grid, timeframe: timeframe, rows: rows)), lifetime: .second)
    }
}

extension CoverageRow {
    fileprivate init(
        _ glance: SeriesGlance, _ grid: CoverageGrid, lastGap: Gap?, isCounted: Bool, _ reader: any CandleReader,
        now: UnixMilliseconds
    ) async throws {
        let stored = glance.stored
        let coverage = try await reader.coverage(of: stored, in: grid.range)
        let cells = CoverageCells(grid, of: stored, coverage: coverage, provenTo: glance.provenTo, now: now)
        let presence = try await reader.presence(of: stored, in: cells.whole)
        var numbers: [Cell]?
        if isCounted { numbers = cells.numbers(counts: try await reader.counts(of: stored, in: cells.proven)) }
        self.init(glance, codes: cells.codes(presence: presence), lastGap: lastGap, cells: numbers)
    }
}

extension Catalogue {
    /// Of a symbol, or of all; a minute where nothing is kept.
    fileprivate func finest(of symbol: Symbol?) -> Timeframe {
        (symbol.map { glances(of: $0) } ?? glances).map(\.stored.series.timeframe).min() ?? .minute1
    }
}

/// /coverage.
struct CoverageAnswer: Encodable, Sendable, Equatable {
    let timeframe: String
    let grain: CoverageGrain
    let fromMs: UnixMilliseconds
    let toMs: UnixMilliseconds
    let edgesMs: [UnixMilliseconds]
    let rows: [CoverageRow]

    init(_ grid: CoverageGrid, timeframe: Timeframe, rows: [CoverageRow]) {
        self.timeframe = timeframe.rawValue
        grain = grid.grain
        fromMs = grid.range.start
        toMs = grid.range.end
        edgesMs = grid.edges
        self.rows = rows
    }

    static let schema = Schema.named(
        "Coverage",
        [
            "timeframe": .string,
            "grain": .choice(CoverageGrain.allCases.map(\.rawValue)),
            "from_ms": .integer,
            "to_ms": .integer,
            "edges_ms": .means("Where each cell begins, and where the last one ends.", .array(.integer)),
            "rows": .array(CoverageRow.schema),
        ])
}

/// What is known of one series.
struct CoverageRow: Encodable, Sendable, Equatable {
    struct Cell: Encodable, Sendable, Equatable {
        let present: Int
        let empty: Int
        let unknown: Int
    }
    struct Stretch: Encodable, Sendable, Equatable {
        let fromMs: UnixMilliseconds
        let toMs: UnixMilliseconds
    }

    let symbol: String
    let codes: String
    let present: Int
    let empty: Int
    let unknown: Int
    let firstMs: UnixMilliseconds?
    let lastMs: UnixMilliseconds?
    let lastGap: Stretch?
    let cells: [Cell]?

    init(_ glance: SeriesGlance, codes: String, lastGap: Gap?, cells: [Cell]?) {
        symbol = glance.stored.series.symbol.name
        self.codes = codes
        present = glance.overview.count
        empty = glance.overview.empty
        unknown = glance.overview.unknown
        firstMs = glance.overview.first
        lastMs = glance.overview.last
        self.lastGap = lastGap.map { Stretch(fromMs: $0.range.start, toMs: $0.range.end) }
        self.cells = cells
    }

    static let schema = Schema.named(
        "CoverageRow",
        [
            "symbol": .string,
            "codes": .means(
                "A letter a cell. P: nothing unknown, and traded. E: nothing unknown, and nobody traded. U: nothing is known. "
                    + "M: partly known. -: outside of what is wanted.", .string),
            "present": .means("Of the whole series, in intervals.", .integer),
            "empty": .integer,
            "unknown": .integer,
            "first_ms": .nullable(.integer),
            "last_ms": .nullable(.integer),
            "last_gap": .nullable(.object(["from_ms": .integer, "to_ms": .integer])),
            "cells": .means(
                "Only where `symbol` is asked for.",
                .nullable(.array(.object(["present": .integer, "empty": .integer, "unknown": .integer])))),
        ])
}
