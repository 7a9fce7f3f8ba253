package import Candles
package import Storage

/// Writes what is kept of a series, oldest first, without holding more than a chunk of it.
package struct Export: Sendable {
    private let store: any CandleStore
    private let isStopping: @Sendable () -> Bool
    private static var bytesAtOnce: Int { 1 << 16 }

    package init(store: any CandleStore, isStopping: @escaping @Sendable () -> Bool) {
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
