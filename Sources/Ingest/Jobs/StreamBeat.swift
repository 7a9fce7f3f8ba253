package import Journal
import NIOConcurrencyHelpers

/// Leaves a beat in the host's journal as long as the stream's own loops go on, and counts the series that it read.
package struct StreamBeat<C: Clock>: Sendable where C.Duration == Duration {
    package static var name: String { ServiceName.stream.rawValue }

    private let journal: Journal
    private let clock: C
    private let isNew = NIOLockedValueBox(false)
    /// Readings that the journal does not know yet.
    private let cycles = NIOLockedValueBox(0)

    package init(journal: Journal, clock: C) {
        self.journal = journal
        self.clock = clock
    }

    /// Remembers that the loops go on, and what was read.
    package func receive(_ event: StreamEvent) {
        switch event {
        case .beat: isNew.withLockedValue { $0 = true }
        case .settled(let report) where report.fault == nil: cycles.withLockedValue { $0 += 1 }
        default: break
        }
    }

    /// Writes a beat where one came, at most every 30 s, and what was read, at most every 5 s, until it is cancelled.
    package func run() async throws {
        let start = clock.now
        var nextBeat = start
        var nextCount = start
        while true {
            if clock.now >= nextBeat, isNew.withLockedValue({ $0 }) {
                isNew.withLockedValue { $0 = false }
                await write()
                nextBeat = clock.now.advanced(by: .seconds(30))
            }
            if clock.now >= nextCount, await writeCycles() { nextCount = clock.now.advanced(by: .seconds(5)) }
            try await clock.sleep(for: .seconds(1))
        }
    }

    /// Whether there was anything to write; what the journal does not take now is counted later.
    @discardableResult
    package func writeCycles() async -> Bool {
        let count = cycles.withLockedValue { cycles in
            defer { cycles = 0 }
            return cycles
        }
        if count == 0 { return false }
        do {
            try await journal.noteCycles(of: Self.name, count)
        } catch {
            cycles.withLockedValue { $0 += count }
        }
        return true
    }

    /// A journal that takes nothing for now ends no stream: the watchdog sees that the beat is missing.
    private func write() async {
        do {
            try await journal.beat(Self.name)
        } catch {
            return
        }
    }
}
