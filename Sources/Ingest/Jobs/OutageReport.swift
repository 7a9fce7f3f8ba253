package import Candles
package import Journal
package import Storage

/// Says once for all series of a database what would otherwise be said for each.
package struct OutageReport: Sendable {
    private let journal: Journal
    private let now: @Sendable () -> UnixMilliseconds
    /// Shows a sentence to people.
    private let warn: @Sendable (String) -> Void

    package init(
        journal: Journal, now: @escaping @Sendable () -> UnixMilliseconds, warn: @escaping @Sendable (String) -> Void
    ) {
        self.journal = journal
        self.now = now
        self.warn = warn
    }

    /// Warns of each outage that the journal does not know yet.
    package func tell(of store: any SeriesSurvey) async throws {
        let now = now()
        let series = Set(try await store.overview(now: now).map(\.series))
        for outage in SharedOutage.among(try await store.gaps(now: now), of: series) {
            guard try await journal.noteOutage(outage.range, of: store.identity) else { continue }
            warn(
                """
                outage: nothing is known of all \(outage.series) series from \(outage.range.start.iso8601) to \
                \(outage.range.end.iso8601); each series' own repair fills it
                """)
        }
    }
}
