import Ingest
import Journal
import NIOConcurrencyHelpers

/// Leaves a beat in the host's journal as long as the stream's own loops go on.
struct StreamBeat<C: Clock>: Sendable where C.Duration == Duration {
    static var name: String { "stream" }

    private let journal: Journal
    private let clock: C
    private let isNew = NIOLockedValueBox(false)

    init(journal: Journal, clock: C) {
        self.journal = journal
        self.clock = clock
    }

    /// Remembers that the loops go on.
    func receive(_ event: StreamEvent) {
        if case .beat = event { isNew.withLockedValue { $0 = true } }
    }

    /// Writes a beat where one came, at most every 30 s, until it is cancelled.
    func run() async throws {
        while true {
            let wasNew = isNew.withLockedValue { isNew in
                defer { isNew = false }
                return isNew
            }
            if wasNew { await write() }
            try await clock.sleep(for: wasNew ? .seconds(30) : .seconds(1))
        }
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
