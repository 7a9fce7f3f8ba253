import Candles
import Storage

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
