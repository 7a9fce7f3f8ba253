import Candles
package import Journal
import NIOConcurrencyHelpers
import Storage

/// Notes in the host's journal how far a run is, at most every two seconds, so that others can show it.
///
/// Its unit is an interval of the series that the run wants to prove or compare. A run that is over sooner leaves nothing.
package struct RunMeter<C: Clock>: Sendable where C.Duration == Duration {
    private struct Count: Equatable {
        var done = 0
        var total = 0
    }

    private let journal: Journal
    private let clock: C
    private let count = NIOLockedValueBox(Count())

    package init(journal: Journal, clock: C) {
        self.journal = journal
        self.clock = clock
    }

    package func receive(_ event: IngestEvent) {
        switch event {
        case .started(_, _, let unknown): expect(unknown)
        case .pageStored(let page, _, let timeframe):
            add(page.proven.reduce(0) { $0 + $1.intervals(of: timeframe) })
        case .requestSent, .waiting, .retrying, .away, .holeFailed, .warned: break
        }
    }

    package func receive(_ event: AuditEvent) {
        switch event {
        case .planned(let intervals): expect(intervals)
        case .looked(let intervals): add(intervals)
        case .compared, .reading, .pageRead, .stretchFailed, .warned: break
        }
    }

    /// Another part of the work is known.
    private func expect(_ more: Int) { count.withLockedValue { $0.total += more } }

    private func add(_ more: Int) { count.withLockedValue { $0.done += more } }

    /// Does the work, and notes meanwhile how far it is.
    package func during<T>(_ run: Int64, _ work: () async throws -> T) async throws -> T {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await note(run) }
            defer { group.cancelAll() }
            return try await work()
        }
    }

    private func note(_ run: Int64) async throws {
        var noted = Count()
        while true {
            try await clock.sleep(for: .seconds(2))
            let count = count.withLockedValue { $0 }
            if count == noted || count.total == 0 { continue }
            noted = count
            // A journal that takes nothing for now keeps no run from its work.
            try? await journal.noteProgress(of: run, done: count.done, total: count.total)
        }
    }
}
