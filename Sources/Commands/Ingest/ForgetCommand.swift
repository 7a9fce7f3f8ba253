import ArgumentParser
import Candles
import CommandRuntime
import Foundation
import Ingest
import Jobs
import Journal
import Storage

struct ForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Delete candles and their proof, of a time range or of a whole series.",
        discussion: "A deleted range of a series becomes unknown, and the next backfill downloads it again.")

    @OptionGroup var series: SeriesOptions
    @OptionGroup var common: CommonOptions

    @Option(help: "Start, inclusive. Default: the beginning of the series.")
    var start: String?

    @Option(help: "End, exclusive. Default: the end of the series.")
    var end: String?

    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    func run() async throws {
        try await common.output.run {
            let settings = try await common.settings(SettingPart.ingest)
            let series = try series.resolved(settings)
            let range = try range(series.timeframe)
            let parts = Composition(settings: settings)
            let store = try await parts.openStore()
            guard let stored = try await store.find(series) else { throw IngestFault.unknownSeries(series) }
            try confirm(series, range)
            let locks = try JobLocks(journal: parts.journal(), store: store)
            let removed = try await locks.hold(.backfill, series) {
                // A stream of a series that is gone would make it anew.
                range == nil
                    ? try await locks.hold(.stream, series) { try await store.forget(stored, in: range) }
                    : try await store.forget(stored, in: range)
            }
            await store.close()
            common.json
                ? common.output.print(["removed": removed])
                : common.output.say("Forgot \(removed) candles of \(series).")
            return .complete
        }
    }

    private func range(_ timeframe: Timeframe) throws -> TimeRange? {
        if start == nil, end == nil { return nil }
        let from = try start.map { timeframe.floor(try UnixMilliseconds(iso8601: $0)) } ?? 0
        let to =
            try end.map { timeframe.ceiling(try UnixMilliseconds(iso8601: $0)) } ?? timeframe.ceiling(Composition.now())
        if from >= to { throw IngestFault.reversedRange(start: from, end: to) }
        return TimeRange(from, to)
    }

    private func confirm(_ series: Series, _ range: TimeRange?) throws {
        if yes { return }
        let what = range.map { "\($0.start.iso8601) to \($0.end.iso8601) of \(series)" } ?? "all of \(series)"
        guard isatty(STDIN_FILENO) == 1 else { throw OptionsFault.notConfirmed("forgetting \(what)") }
        common.output.note("Forget \(what)? Type yes:")
        guard readLine() == "yes" else { throw OptionsFault.notConfirmed("forgetting \(what)") }
    }
}
