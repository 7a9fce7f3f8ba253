package import Candles
package import Storage

/// Writes what is kept of a series, oldest first, without holding more than a chunk of it.
package struct Export: Sendable {
    private let store: any CandleHistory
    private let isStopping: @Sendable () -> Bool
    private static var bytesAtOnce: Int { 1 << 16 }

    package init(store: any CandleHistory, isStopping: @escaping @Sendable () -> Bool) {
        self.store = store
        self.isStopping = isStopping
    }

    /// Hands the text to `write` in pieces.
    ///
    /// - Throws: `IngestFault`, `StorageFault`, what `write` throws, and `CancellationError` where it was told to stop.
    package func run(
        _ job: ExportJob, as format: ExportText.Format, now: UnixMilliseconds, write: ([UInt8]) throws -> Void
    ) async throws -> ExportReport {
        try job.check(now: now)
        guard let stored = try await store.find(job.series) else { throw IngestFault.unknownSeries(job.series) }
        let coverage = try await store.coverage(of: stored)
        let range = job.range(wanted: stored.wanted(at: now, provenTo: coverage.ranges.last?.end), coverage: coverage)
        var report = ExportReport(
            series: job.series, range: range, unknown: Self.unknown(in: range, of: stored, coverage))
        var text = ExportText(format: format, marksFilled: job.fillsFlat)
        var bytes = Array(text.heading.utf8)
        func put(_ candle: Candle, final: Bool, filled: Bool) throws {
            report.rows += 1
            if filled { report.filled += 1 }
            bytes += text.line(candle, final: final, filled: filled).utf8
            if bytes.count < Self.bytesAtOnce { return }
            try write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        var fill = FlatFill(
            coverage: job.fillsFlat ? coverage : IntervalSet(), from: range.start, timeframe: job.series.timeframe,
            close: job.fillsFlat ? try await close(before: range.start, of: stored) : nil)
        let last = job.withProvisional ? max(range.end, job.end.map(job.series.timeframe.floor) ?? now) : range.end
        try await store.chunks(of: stored, in: TimeRange(range.start, last)) { rows in
            if isStopping() { throw CancellationError() }
            for row in rows where row.final || job.withProvisional {
                try fill.rows(before: min(row.candle.openTime, range.end)) {
                    try put($0, final: true, filled: true)
                }
                try put(row.candle, final: row.final, filled: false)
                fill.pass(row.candle)
            }
        }
        try fill.rows(before: range.end) { try put($0, final: true, filled: true) }
        try write(bytes)
        return report
    }

    private static func unknown(in range: TimeRange, of stored: StoredSeries, _ coverage: IntervalSet) -> Int {
        range.clamped(to: TimeRange(stored.firstOpen ?? .min, .max)).unknownIntervals(stored.series, coverage)
    }

    private func close(before time: UnixMilliseconds, of stored: StoredSeries) async throws -> Double? {
        guard let newest = try await store.edges(of: stored, in: TimeRange(0, time))?.newest else { return nil }
        return try await store.candles(of: stored, in: TimeRange(newest, newest + 1), limit: 1).first?.candle.close
    }
}

/// The text of an export: CSV with a heading, or one JSON object a line; the same names in both.
///
/// Numbers are the shortest that read back as the same double.
package struct ExportText: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case csv, jsonl
    }

    private let format: Format
    private let marksFilled: Bool
    private var day: UnixMilliseconds?
    /// Such as `2024-01-31T`.
    private var dayText = ""

    package init(format: Format, marksFilled: Bool) {
        self.format = format
        self.marksFilled = marksFilled
    }

    /// The first line with its end; empty for JSON.
    package var heading: String {
        format == .csv ? "open_time,open,high,low,close,volume,final\(marksFilled ? ",filled" : "")\n" : ""
    }

    /// One row with the end of its line.
    package mutating func line(_ candle: Candle, final: Bool, filled: Bool) -> String {
        let time = text(candle.openTime)
        switch format {
        case .csv:
            return """
                \(time),\(candle.open),\(candle.high),\(candle.low),\(candle.close),\(candle.volume),\(final)\
                \(marksFilled ? ",\(filled)" : "")\n
                """
        case .jsonl:
            return """
                {"open_time":"\(time)","open":\(candle.open),"high":\(candle.high),"low":\(candle.low),\
                "close":\(candle.close),"volume":\(candle.volume),"final":\(final)\
                \(marksFilled ? ",\"filled\":\(filled)" : "")}\n
                """
        }
    }

    /// ISO 8601; the date is formatted once a day, since rows come by the million.
    private mutating func text(_ time: UnixMilliseconds) -> String {
        let start = Timeframe.day1.floor(time)
        if start != day {
            day = start
            dayText = String(start.iso8601.prefix(11))
        }
        let seconds = (time - start) / 1000
        return "\(dayText)\(Self.two(seconds / 3600)):\(Self.two(seconds / 60 % 60)):\(Self.two(seconds % 60))Z"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// Makes rows for intervals in which nobody traded: all prices are the close before, and the volume is 0.
///
/// An interval that is not covered gets none, nor does one before the first candle. The close is the last one known, also
/// across an unknown stretch.
package struct FlatFill: Sendable {
    private let coverage: [TimeRange]
    private let step: Int64
    private var next = 0
    /// The first interval not looked at yet.
    private var position: UnixMilliseconds
    private var close: Double?

    /// Begins at `start`; `close` is that of the newest candle before, where there is one.
    package init(coverage: IntervalSet, from start: UnixMilliseconds, timeframe: Timeframe, close: Double?) {
        self.coverage = coverage.ranges
        step = timeframe.milliseconds
        position = start
        self.close = close
    }

    /// Gives a row for each covered interval up to `time`, in which no candle lies.
    package mutating func rows(before time: UnixMilliseconds, _ body: (Candle) throws -> Void) rethrows {
        defer { position = max(position, time) }
        guard let close else { return }
        while position < time {
            while next < coverage.count, coverage[next].end <= position { next += 1 }
            guard next < coverage.count, coverage[next].start < time else { return }
            position = max(position, coverage[next].start)
            try body(Candle(openTime: position, open: close, high: close, low: close, close: close, volume: 0))
            position += step
        }
    }

    /// Goes on behind a candle that is kept.
    package mutating func pass(_ candle: Candle) {
        position = candle.openTime + step
        close = candle.close
    }
}
