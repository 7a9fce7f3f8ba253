package import Logging
import NIOConcurrencyHelpers
package import Storage

/// What the API and the live events read from: a database that may be away, and what hosts say of themselves.
package protocol DashboardSource: Sendable {
    /// Grows whenever anything may have changed; cheap to ask.
    var version: Int { get }

    /// Whether there is something to read; cheap to ask.
    var condition: DatabaseCondition { get }

    /// Reads from the database; while it is away, throws at once what `condition` says.
    ///
    /// - Throws: `StorageFault`, `PostgresFault`, `DatabaseUnavailable`, or `CancellationError`.
    func read<T: Sendable>(_ body: @Sendable (any CandleReader) async throws -> T) async throws -> T

    /// What hosts say of themselves, by name; this host's own journal is newer than what it published.
    func operations() async throws -> [HostOperations]
}

/// Whether the database can be read.
package struct DatabaseCondition: Encodable, Sendable, Equatable {
    package enum Kind: String, Encodable, Sendable { case sqlite, postgres }
    package enum State: String, Encodable, Sendable { case ok, empty, unavailable }

    package var kind: Kind
    package var state: State
    package var message: String?
    /// What to do about it.
    package var hint: String?

    package init(kind: Kind, state: State, message: String? = nil, hint: String? = nil) {
        self.kind = kind
        self.state = state
        self.message = message
        self.hint = hint
    }
}

/// Says once of each series that cannot be read that it is left out, and what to do.
package struct UnreadableSeriesNotice: Sendable {
    private let logger: Logger
    private let said = NIOLockedValueBox<Set<UnreadableSeries>>([])

    package init(logger: Logger) { self.logger = logger }

    package func tell(of series: UnreadableSeries) {
        guard said.withLockedValue({ $0.insert(series).inserted }) else { return }
        logger.warning(
            """
            a series cannot be read and is left out; install the version that wrote it here, too, or remove it: \
            DELETE FROM candle WHERE series_id = \(series.id); DELETE FROM series WHERE id = \(series.id)
            """,
            metadata: [
                "symbol": "'\(series.symbol)'", "timeframe": "'\(series.timeframe)'",
                "reason": "\(series.reason)",
            ])
    }
}
