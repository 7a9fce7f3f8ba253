package import Candles
import Journal
import Resilience

/// Takes readings and judges them.
package struct HealthMonitor<C: Clock>: Sendable where C.Duration == Duration {
    private let sources: any HealthSources
    private let identity: HealthIdentity
    private let rules: HealthRules
    private let clock: C
    private let startedAt: C.Instant
    private let now: @Sendable () -> UnixMilliseconds

    /// Uptime begins here; `now` is the wall clock.
    package init(
        _ sources: any HealthSources, identity: HealthIdentity, rules: HealthRules = .init(), clock: C,
        now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.sources = sources
        self.identity = identity
        self.rules = rules
        self.clock = clock
        self.now = now
        startedAt = clock.now
    }

    /// A source that fails is part of the report.
    ///
    /// - Throws: `CancellationError`.
    package func report() async throws -> HealthReport {
        let now = now()
        async let journal = Self.reading { try await sources.journal() }
        async let series = Self.reading { try await sources.series(now: now) }
        async let disk = sources.disk()
        async let gpu = sources.gpu()
        async let errors = sources.loggedErrors(since: now - 3_600_000)
        let readings = HealthReadings(
            takenAt: now, uptimeSeconds: startedAt.duration(to: clock.now).components.seconds,
            journal: try await journal, series: try await series, disk: await disk, gpu: await gpu,
            loggedErrors: await errors)
        return HealthReport(identity: identity, readings: readings, rules: rules)
    }

    private static func reading<T: Sendable & Equatable>(_ read: () async throws -> T) async throws -> Reading<T> {
        do {
            return .read(try await read())
        } catch let error where !(error is CancellationError) {
            return .failed((error as? any Fault)?.summary ?? "\(error)")
        }
    }
}
