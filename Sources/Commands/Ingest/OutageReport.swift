import Candles
import CommandRuntime
import Ingest
import Journal
import Logging
import Storage

/// Says once for all series of a database what would otherwise be said for each.
struct OutageReport {
    let journal: Journal
    let output: CommandOutput

    func tell(of store: any CandleStore) async throws {
        let now = Composition.now()
        let series = Set(try await store.overview(now: now).map(\.series))
        for outage in SharedOutage.among(try await store.gaps(now: now), of: series) {
            guard try await journal.noteOutage(outage.range, of: store.identity) else { continue }
            output.note(
                """
                outage: nothing is known of all \(outage.series) series from \(outage.range.start.iso8601) to \
                \(outage.range.end.iso8601); each series' own repair fills it
                """, .warning)
        }
    }
}
