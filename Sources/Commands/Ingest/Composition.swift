import Candles
import CommandRuntime
import Foundation
import Ingest
import Journal
import Logging
import Resilience
import Storage
import Transport

/// Builds the concrete parts of a job: the one place of this command that knows them.
struct Composition: JobParts {
    let settings: Settings
    /// For an exchange in maintenance, and a database that went away during a job.
    let outage: Patience
    let isStopping: @Sendable () -> Bool
    private let clock = ContinuousClock()

    /// What a person waits for in front of a terminal, as for a list, has no patience.
    init(settings: Settings, outage: Patience = Patience(limit: .zero), stop: StopSignals = StopSignals()) {
        self.settings = settings
        self.outage = outage
        isStopping = { stop.isStopping }
    }

    var now: @Sendable () -> UnixMilliseconds { Self.now }
    var requestsPerMinute: Int { settings.requestsPerMinute }
    var lookbackDays: Int { settings.lookbackDays }

    func openStore(onOutage: @escaping @Sendable (any Fault, Duration) -> Void) async throws -> any CandleStore {
        try await openStore(backup: .required, onOutage: onOutage)
    }

    static let now: @Sendable () -> UnixMilliseconds = { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) }

    func journal() throws -> Journal { try Journal(folder: settings.stateFolder, now: Self.now) }

    /// A database with candles is backed up before it is migrated, unless that is waived.
    ///
    /// - Throws: `StorageFault`, `PostgresFault`.
    ///
    /// `onOutage` is told each time that a database that went away is waited for.
    func openStore(
        backup: MigrationBackup = .required, onOutage: @escaping @Sendable (any Fault, Duration) -> Void = { _, _ in }
    ) async throws -> any CandleStore {
        // Else an SQLite file could be made while a restore puts its own in that place.
        let opening = try lockOpening()
        defer { opening?.release() }
        let open = { (backup: MigrationBackup) in
            try await settings.database.openStore(
                clock: clock, retry: .quickTransaction(patience: outage), backup: backup, onOutage: onOutage)
        }
        do {
            return try await open(backup)
        } catch let fault as StorageFault {
            guard case .migrationNeedsBackup = fault else { throw fault }
            return try await BackedUpMigration(settings: settings, fault: fault).open(by: open)
        }
    }

    /// Nil where there is no file to make, or no journal: a database can be read without one.
    private func lockOpening() throws -> WritersLock? {
        guard case .sqlite = settings.database, let journal = try? journal() else { return nil }
        return try journal.lockWriters(of: settings.database.identity, exclusive: false)
    }

    func exchange(
        _ journal: Journal, _ kind: JobKind, emit: @escaping @Sendable (IngestEvent) -> Void
    ) -> BitfinexREST<ContinuousClock> {
        let host = settings.exchange.host() ?? "bitfinex"
        return BitfinexREST(
            base: settings.exchange,
            transport: AsyncHTTPTransport(
                connectionsPerHost: 4, trustedCertificates: settings.trustedCertificates),
            budget: SharedBudget(
                journal: journal, host: host, requestsPerMinute: settings.requestsPerMinute, clock: clock),
            breaker: SharedCircuitBreaker(
                journal: journal, name: host, settings: settings.breakers.of(host, slowCall: BreakerSettings.longCall),
                monotonicNow: { Int64(ProcessInfo.processInfo.systemUptime * 1000) }),
            retry: RetryPolicy(
                attempts: 5, backoff: Backoff(base: .milliseconds(250), cap: .seconds(8)), longestWait: .seconds(10)),
            clock: clock, priority: kind.priority, patience: kind.patience, outage: outage,
            now: Self.now, emit: emit)
    }

    func backfill(
        _ exchange: BitfinexREST<ContinuousClock>, _ store: any CandleArchive, _ kind: JobKind,
        emit: @escaping @Sendable (IngestEvent) -> Void
    ) -> Backfill<ContinuousClock> {
        Backfill(
            exchange: exchange, store: store, windowed: kind == .backfill && settings.requestsPerMinute == 0,
            now: Self.now, isStopping: isStopping, emit: emit)
    }

    func stream(_ journal: Journal, emit: @escaping @Sendable (StreamEvent) -> Void) -> StreamParts<ContinuousClock> {
        StreamParts(
            url: settings.exchangeStream,
            connector: NIOWebSocketConnector(clock: clock, trustedCertificates: settings.trustedCertificates),
            connections: SharedBudget(
                journal: journal, host: "\(settings.exchangeStream.host() ?? "bitfinex") stream",
                requestsPerMinute: settings.requestsPerMinute == 0 ? 0 : Self.connectionsPerMinute, clock: clock),
            clock: clock, now: Self.now, emit: emit)
    }

    /// Half of what the exchange allows.
    private static let connectionsPerMinute = 10
}
