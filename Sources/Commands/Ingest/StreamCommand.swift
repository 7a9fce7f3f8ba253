import ArgumentParser
import Candles
import CommandRuntime
import Foundation
import Ingest
import Journal
import NIOConcurrencyHelpers
import Resilience
import Storage

struct StreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Keep series up to date over the WebSocket until stopped. REST confirms each candle.",
        discussion: """
            Without --symbols it streams every stored series, and starts new ones within two minutes. Example:
              ingest stream --symbols BTCUSD,ETHUSD --timeframe 1m
            """)

    @Option(help: "Pairs or perpetuals, such as BTCUSD,DUSK:USD. Default: every stored series.")
    var symbols: String?

    @Option(help: "One of 1m, 5m, 15m, 30m, 1h, 3h, 6h, 12h, 1D. Default: with --symbols CT_TIMEFRAME or 1m, else all.")
    var timeframe: String?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            let settings = try await common.settings(SettingPart.ingest)
            output.keep(in: settings.logs, as: JobKind.stream.name)
            let named = try named(settings)
            let filter = try timeframe.map { try Timeframe($0) }
            let stop = StopSignals()
            return try await stop.run(grace: .seconds(10)) {
                let parts = Composition(settings: settings, outage: Patience(limit: Self.patience))
                try await StreamRun(parts: parts, output: output, stop: stop).run(named: named, timeframe: filter)
                return .complete
            }
        }
    }

    /// Of one question; the stream itself waits for whatever is away without an end.
    private static let patience = Duration.seconds(600)

    /// The series that the command line names; nil for all that are kept.
    private func named(_ settings: Settings) throws -> [Series]? {
        guard let symbols else { return nil }
        let timeframe = try timeframe.map { try Timeframe($0) } ?? settings.timeframe ?? .minute1
        let names = symbols.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let series = try names.map { Series(symbol: try Symbol($0), timeframe: timeframe) }
        if series.isEmpty { throw OptionsFault.missing("--symbols") }
        return Array(Set(series)).sorted()
    }
}

/// Runs the stream, and again with other series when those that are kept have changed.
struct StreamRun {
    let parts: Composition
    let output: CommandOutput
    let stop: StopSignals

    func run(named: [Series]?, timeframe: Timeframe?) async throws {
        let journal = try parts.journal()
        let store = try await parts.openStore()
        let report = StreamReport(output: output)
        let beat = StreamBeat(journal: journal, clock: ContinuousClock())
        if let named { try await check(named, journal, store) }
        while !stop.isStopping {
            let series = if let named { named } else { try await kept(timeframe, store) }
            if series.isEmpty { report.idle() } else { report.starting(series) }
            try await parts.outageReport(journal, output).tell(of: store)
            let changed = NIOLockedValueBox(false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [stop] in
                    let isStopping = { @Sendable in stop.isStopping || changed.withLockedValue { $0 } }
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
        // Where the journal does not take it, health says for a day that the stream is missed.
        try? await journal.endBeats(of: StreamBeat<ContinuousClock>.name)
        await store.close()
    }

    private func kept(_ timeframe: Timeframe?, _ store: any SeriesSurvey) async throws -> [Series] {
        try await store.overview(now: Composition.now()).map(\.series).filter {
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
            backfill: parts.backfill(exchange, store, .stream, stop: stop, emit: warn), tickers: store,
            requestsPerMinute: parts.settings.requestsPerMinute, lookbackDays: parts.settings.lookbackDays,
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
