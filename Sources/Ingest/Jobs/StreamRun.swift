package import Candles
package import Jobs
import Journal
import NIOConcurrencyHelpers
import Resilience
import Storage

/// Runs the stream, and again with other series when those that are kept have changed.
package struct StreamRun: Sendable {
    private let parts: any JobParts
    private let output: any JobOutput

    package init(parts: any JobParts, output: any JobOutput) {
        self.parts = parts
        self.output = output
    }

    package func run(named: [Series]?, timeframe: Timeframe?) async throws {
        let journal = try parts.journal()
        let store = try await parts.openStore { _, _ in }
        let report = StreamReport(output: output)
        let beat = StreamBeat(journal: journal, clock: ContinuousClock())
        if let named { try await check(named, journal, store) }
        while !parts.isStopping() {
            let series = if let named { named } else { try await kept(timeframe, store) }
            if series.isEmpty { report.idle() } else { report.starting(series) }
            try await parts.outageReport(journal, output).tell(of: store)
            let changed = NIOLockedValueBox(false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let isStopping = { @Sendable in parts.isStopping() || changed.withLockedValue { $0 } }
                    try await stream(
                        series, journal, store,
                        emit: {
                            report.receive($0)
                            beat.receive($0)
                        }, warn: report.receive, isStopping)
                }
                group.addTask { try await beat.run() }
                if named == nil {
                    group.addTask { try await watch(series, timeframe, store, changed) }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
        report.ending()
        await beat.writeCycles()
        // Where the journal does not take it, health says for a week that the stream is missed.
        try? await journal.endBeats(of: StreamBeat<ContinuousClock>.name)
        await store.close()
    }

    private func kept(_ timeframe: Timeframe?, _ store: any SeriesSurvey) async throws -> [Series] {
        try await store.overview(now: parts.now()).map(\.series).filter {
            $0.timeframe == timeframe ?? $0.timeframe
        }
    }

    /// A name that is new to the database must be one that the exchange lists.
    private func check(_ named: [Series], _ journal: Journal, _ store: any CandleHistory) async throws {
        var unknown: [Series] = []
        for series in named where try await store.find(series) == nil { unknown.append(series) }
        if unknown.isEmpty { return }
        let listed = try await parts.exchange(journal, .stream, emit: { _ in }).symbols()
        for series in unknown where !listed.contains(series.symbol) {
            throw BitfinexFault.unknownSymbol(
                series.symbol, nearest: Spelling.nearest(to: series.symbol.name, in: listed.map(\.name)))
        }
    }

    private func stream(
        _ series: [Series], _ journal: Journal, _ store: any CandleStore,
        emit: @escaping @Sendable (StreamEvent) -> Void, warn: @escaping @Sendable (IngestEvent) -> Void,
        _ isStopping: @escaping @Sendable () -> Bool
    ) async throws {
        let exchange = parts.exchange(journal, .stream, emit: warn)
        let stream = CandleStream(
            series, parts: parts.stream(journal, emit: emit), exchange: exchange,
            backfill: parts.backfill(exchange, store, .stream, emit: warn), tickers: store,
            requestsPerMinute: parts.requestsPerMinute, lookbackDays: parts.lookbackDays,
            isStopping: isStopping)
        try await JobLocks(journal: journal, store: store).hold(.stream, series) { try await stream.run() }
    }

    /// Says so when other series are kept than those that are streamed, and no more of them have come for a minute.
    private func watch(
        _ series: [Series], _ timeframe: Timeframe?, _ store: any SeriesSurvey, _ changed: NIOLockedValueBox<Bool>
    ) async throws {
        var latest = series
        while true {
            try await Task.sleep(for: .seconds(60))
            do {
                let kept = try await kept(timeframe, store)
                if kept != series, kept == latest { changed.withLockedValue { $0 = true } }
                latest = kept
            } catch let fault as any Fault where fault.disposition != .permanent {
                // The stream's own loops say what is wrong with the database; the list can wait.
                continue
            }
        }
    }
}
