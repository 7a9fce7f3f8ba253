import Candles
import Storage
import Testing

/// 2024-01-01T00:00Z.
let newYear: UnixMilliseconds = 1_704_067_200_000

/// The start of the nth minute of the year.
func minute(_ index: Int64) -> UnixMilliseconds { newYear + index * 60_000 }

func minutes(_ start: Int64, _ end: Int64) -> TimeRange { TimeRange(minute(start), minute(end)) }

extension Series {
    static func sample(_ text: String = "BTCUSD-1m") throws -> Series { try Series(text) }
}

extension Candle {
    /// A candle of the nth minute.
    static func at(_ index: Int64, price: Double = 100, volume: Double = 1.5) -> Candle {
        Candle(
            openTime: minute(index), open: price, high: price + 2, low: price - 2, close: price + 1, volume: volume)
    }
}

extension ProvenPage {
    /// The minutes from `start` to `end`, each with a candle.
    static func full(_ start: Int64, _ end: Int64, price: Double = 100) -> ProvenPage {
        ProvenPage(
            candles: (start..<end).map { .at($0, price: price) }, proven: [minutes(start, end)],
            checkedAt: minute(10_000))
    }

    /// Candles of which the exchange has said the last word, and what they prove.
    static func final(_ candles: [Candle], proving proven: TimeRange...) -> ProvenPage {
        ProvenPage(candles: candles, proven: proven, checkedAt: minute(10_000))
    }
}

extension CandleStore {
    /// Stores candles that may still change; returns the number of rows written.
    func store(forming candles: [Candle], of series: StoredSeries) async throws -> Int {
        try await store(provisional: [ProvisionalRows(series: series, candles: candles)])
    }

    /// All rows that are kept.
    func everything(of series: StoredSeries) async throws -> [StoredCandle] {
        try await candles(of: series, in: TimeRange(minute(-1_000_000), minute(1_000_000)), limit: 1_000_000)
    }
}

/// What the tables say of a series when they are counted row by row.
func scan(_ database: ScratchDatabase, _ series: StoredSeries, at now: UnixMilliseconds) async throws -> SeriesOverview
{
    let time = database.milliseconds("open_time")
    let row =
        try await database.rows(
            """
            SELECT count(*), coalesce(sum(CASE WHEN final THEN 1 ELSE 0 END), 0), min(\(time)), max(\(time)),
                max(CASE WHEN final THEN \(time) END),
                coalesce(sum(CASE WHEN NOT final OR low <= open AND low <= close AND open <= high AND close <= high
                    THEN 0 ELSE 1 END), 0)
            FROM candle WHERE series_id = \(series.id)
            """
        ).first ?? []
    let coverage = try await database.rows(
        """
        SELECT \(database.milliseconds("from_time")), \(database.milliseconds("to_time")) FROM coverage
        WHERE series_id = \(series.id)
        """
    ).map { TimeRange(try #require(Int64($0[0])), try #require(Int64($0[1]))) }
    let covered = coverage.reduce(0) { $0 + $1.intervals(of: series.series.timeframe) }
    let unknown = IntervalSet([series.wanted(at: now, provenTo: coverage.map(\.end).max())]).subtracting(
        IntervalSet(coverage))
    return SeriesOverview(
        series: series.series, first: Int64(row[2]), last: Int64(row[3]), lastFinal: Int64(row[4]),
        count: try #require(Int(row[0])), empty: covered - (try #require(Int(row[1]))),
        unknown: unknown.ranges.reduce(0) { $0 + $1.intervals(of: series.series.timeframe) },
        suspect: try #require(Int(row[5])), provenTo: coverage.map(\.end).max())
}
