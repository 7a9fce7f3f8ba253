import ArgumentParser
import Candles
import CommandRuntime
import Foundation
import Ingest
import Jobs
import Journal
import Resilience
import Storage

struct BackfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Download the missing candles of a series.",
        discussion: """
            Only unknown intervals are requested. A run that was interrupted continues where it stopped. Example:
              ingest backfill --symbol BTCUSD --timeframe 1h --lookback-days 30
            """)

    @OptionGroup var series: SeriesOptions
    @OptionGroup var range: RangeOptions
    @OptionGroup var patience: PatienceOptions
    @OptionGroup var common: CommonOptions

    @Flag(help: "Print the requests, minutes and bytes that the run would need. Store nothing.")
    var dryRun = false

    func run() async throws {
        let output = common.output
        try await output.run {
            let settings = try await common.settings(SettingPart.ingest)
            if !dryRun { output.keep(in: settings.logs, as: JobKind.backfill.name) }
            let job = try BackfillJob(
                series: series.resolved(settings), start: range.start(settings), end: range.endTime())
            try job.check(now: Composition.now())
            let outage = try patience.value()
            let stop = StopSignals()
            return try await stop.run(grace: .seconds(10)) {
                dryRun
                    ? try await plan(job, Composition(settings: settings, stop: stop))
                    : try await output.backfill(
                        job, as: .backfill, Composition(settings: settings, outage: outage, stop: stop))
            }
        }
    }

    private func plan(_ job: BackfillJob, _ parts: Composition) async throws -> ExitStatus {
        let store = try await parts.openStore()
        let exchange = parts.exchange(try parts.journal(), .backfill, emit: { _ in })
        let plan = try await parts.backfill(exchange, store, .backfill, emit: { _ in }).plan(job)
        await store.close()
        let document = PlanDocument(
            plan, requestsPerMinute: parts.requestsPerMinute, database: parts.settings.database)
        common.json ? common.output.print(document) : common.output.say(lines: document.lines)
        return .complete
    }
}

extension CommandOutput {
    /// Runs a job of this kind and prints its document.
    func backfill(_ job: BackfillJob, as kind: JobKind, _ parts: Composition) async throws -> ExitStatus {
        let report = try await BackfillRun(kind: kind, parts: parts, output: self).run(job)
        if json { print(BackfillDocument(report)) }
        return report.outcome.exitStatus
    }
}

struct RangeOptions: ParsableArguments {
    @Option(help: "Start, inclusive: 2024-01-31 or 2024-01-31T12:00:00Z. Default: the first candle of the series.")
    var start: String?

    @Option(help: "End, exclusive. Default: now.")
    var end: String?

    @Option(help: "Number of days before now, instead of --start.")
    var lookbackDays: Int?

    @Flag(help: "Start at the last final candle. If the series is empty, start CT_LOOKBACK_DAYS ago.")
    var resume = false

    func start(_ settings: Settings) throws -> BackfillJob.Start {
        let given = [
            start != nil ? "--start" : nil, lookbackDays != nil ? "--lookback-days" : nil, resume ? "--resume" : nil,
        ]
        .compactMap(\.self)
        if given.count > 1 { throw OptionsFault.conflict(given[0], given[1]) }
        if let start { return .at(try UnixMilliseconds(iso8601: start)) }
        if let lookbackDays {
            guard (1...36_500).contains(lookbackDays) else {
                throw OptionsFault.outOfRange("--lookback-days", "1 to 36500")
            }
            return .daysBack(lookbackDays)
        }
        return resume ? .lastFinal(elseDaysBack: settings.lookbackDays) : .firstCandle
    }

    func endTime() throws -> UnixMilliseconds? { try end.map { try UnixMilliseconds(iso8601: $0) } }
}
