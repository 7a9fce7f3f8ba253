package import Alerts
package import Candles
package import Scheduler

/// Looks whether the series that are kept up to date still are.
package struct FreshnessCheck: Sendable {
    /// One series of which nothing newer is known.
    package struct StaleSeries: Sendable, Equatable {
        package let series: Series
        package let since: UnixMilliseconds
    }

    private static let source = "freshness"
    private static let rule = "series-stale"
    private static let critical: Int64 = 6 * 3_600_000

    private let gaps: @Sendable (UnixMilliseconds) async throws -> [Gap]
    private let now: @Sendable () -> UnixMilliseconds
    private let alerts: any AlertSink

    /// `gaps` asks the database what is unknown.
    package init(
        alerts: any AlertSink, now: @escaping @Sendable () -> UnixMilliseconds,
        gaps: @escaping @Sendable (UnixMilliseconds) async throws -> [Gap]
    ) {
        self.gaps = gaps
        self.now = now
        self.alerts = alerts
    }

    package func run() async throws -> TaskResult {
        let now = now()
        let gaps = try await gaps(now)
        let stale = Self.stale(gaps, now: now)
        guard let oldest = stale.first else { return await resolve(Self.abandoned(gaps, now: now)) }
        let names = stale.prefix(5).map { "\($0.series)" }.joined(separator: ", ")
        let more = stale.count > 5 ? " and \(stale.count - 5) more" : ""
        let minutes = (now - oldest.since) / 60_000
        await alerts.raise(
            Alert(
                source: Self.source, rule: Self.rule,
                severity: minutes * 60_000 >= Self.critical ? .critical : .warning,
                message: "nothing newer is known of \(names)\(more) for \(minutes) min",
                hint: "look at 'systemctl --user list-timers', 'ingest status' and 'ops breakers'"))
        return .done("\(stale.count) series are stale: \(names)\(more)")
    }

    /// Says what is true: that all is fresh, or that what is not is not waited for any more.
    private func resolve(_ abandoned: [StaleSeries]) async -> TaskResult {
        let names = abandoned.prefix(5).map { "\($0.series)" }.joined(separator: ", ")
        await alerts.resolve(
            source: Self.source, rule: Self.rule, target: "",
            message: abandoned.isEmpty
                ? "every series is up to date again"
                : "no series fell behind in the last week; not up to date, and not waited for any more: \(names)")
        return .done(
            abandoned.isEmpty
                ? "every series that is kept up to date is fresh"
                : "fresh, but for \(abandoned.count) that nobody has kept up to date for a week")
    }

    /// Series that fell behind longer ago than anybody waits for.
    static func abandoned(_ gaps: [Gap], now: UnixMilliseconds) -> [StaleSeries] {
        behind(gaps, now: now).filter { !isMissed($0, now) }
    }

    /// Series whose newest intervals are not known, and that a person must be told of, the oldest first.
    package static func stale(_ gaps: [Gap], now: UnixMilliseconds) -> [StaleSeries] {
        behind(gaps, now: now).filter { isMissed($0, now) }
    }

    private static func isMissed(_ series: StaleSeries, _ now: UnixMilliseconds) -> Bool {
        Freshness.isMissed(knownThrough: series.since, of: series.series.timeframe, now: now)
    }

    private static func behind(_ gaps: [Gap], now: UnixMilliseconds) -> [StaleSeries] {
        gaps.filter { $0.range.end == $0.series.timeframe.settledBoundary(at: now) }
            .map { StaleSeries(series: $0.series, since: $0.range.start) }
            .filter { Freshness(knownThrough: $0.since, of: $0.series.timeframe, now: now) == .stale }
            .sorted { ($0.since, $0.series) < ($1.since, $1.series) }
    }
}
