package import Candles
package import Foundation
import Host
package import Journal
import Logs
package import Storage

/// The host itself: its journal, its database, its disk and its graphics cards.
package actor HostHealthSources<C: Clock>: HealthSources where C.Duration == Duration {
    private let folder: URL
    private let logs: URL
    private let openJournal: @Sendable () throws -> Journal
    private let overview: @Sendable (UnixMilliseconds) async throws -> [SeriesOverview]
    private let clock: C
    private var openedJournal: Journal?
    private var lastGPU: (at: C.Instant, reading: GPUReading?)?

    /// `folder` is on the disk that is looked at, and `logs` is where programs log to; `journal` is opened once that succeeds, and `overview` asks the database.
    package init(
        folder: URL, logs: URL, journal: @escaping @Sendable () throws -> Journal,
        overview: @escaping @Sendable (UnixMilliseconds) async throws -> [SeriesOverview], clock: C
    ) {
        self.folder = folder
        self.logs = logs
        openJournal = journal
        self.overview = overview
        self.clock = clock
    }

    package func journal() async throws -> JournalHealth {
        let journal = try openedJournal ?? openJournal()
        openedJournal = journal
        return try await journal.healthReads()
    }

    package func series(now: UnixMilliseconds) async throws -> [SeriesReading] {
        try await overview(now).map { row in
            let end = row.lastFinal.map { $0 + row.series.timeframe.milliseconds }
            return SeriesReading(
                series: row.series, candles: row.count, unknown: row.unknown, suspect: row.suspect,
                ageSeconds: end.map { max(0, now - $0) / 1000 }, knownThrough: row.provenTo, goneSince: row.goneSince)
        }
    }

    package func loggedErrors(since: UnixMilliseconds) async -> Int { LogReader(folder: logs).errors(since: since) }

    /// Where the system does not say, there is nothing to judge.
    package func disk() async -> DiskRoom? { DiskRoom(of: folder.path) }

    /// Asked at most twice a minute, since the program takes a while.
    package func gpu() async -> GPUReading? {
        if let last = lastGPU, last.at.duration(to: clock.now) < .seconds(30) { return last.reading }
        // A host without such cards has no such program, and one that fails tells nothing.
        let end = try? await GPUReading.program.run()
        let reading = end.flatMap { $0.succeeded ? GPUReading(csv: $0.output) : nil }
        lastGPU = (clock.now, reading)
        return reading
    }
}
