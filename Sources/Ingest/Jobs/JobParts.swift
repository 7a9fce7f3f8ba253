package import Candles
import Jobs
package import Journal
import Logging
package import Resilience
package import Storage

/// What a job is built of.
///
/// The command makes the parts from its settings.
package protocol JobParts: Sendable {
    /// The wall clock.
    var now: @Sendable () -> UnixMilliseconds { get }
    /// True once a person or systemd wants the end.
    var isStopping: @Sendable () -> Bool { get }

    func journal() throws -> Journal
    /// `onOutage` is told each time that a database that went away is waited for.
    func openStore(onOutage: @escaping @Sendable (any Fault, Duration) -> Void) async throws -> any CandleStore
    func exchange(
        _ journal: Journal, _ kind: JobKind, emit: @escaping @Sendable (IngestEvent) -> Void
    ) -> BitfinexREST<ContinuousClock>
    func backfill(
        _ exchange: BitfinexREST<ContinuousClock>, _ store: any CandleArchive, _ kind: JobKind,
        emit: @escaping @Sendable (IngestEvent) -> Void
    ) -> Backfill<ContinuousClock>
    func stream(_ journal: Journal, emit: @escaping @Sendable (StreamEvent) -> Void) -> StreamParts<ContinuousClock>
    /// A run of the stream may ask the exchange this often; 0 is no limit.
    var requestsPerMinute: Int { get }
    /// How far back a series that is new begins.
    var lookbackDays: Int { get }
}

extension JobParts {
    func outageReport(_ journal: Journal, _ output: any JobOutput) -> OutageReport {
        OutageReport(journal: journal, now: now) { output.note($0, .warning) }
    }
}
