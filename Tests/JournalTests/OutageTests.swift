import Candles
import Journal
import TestSupport
import Testing

@Suite("Journal: outages", .timeLimit(.minutes(1))) struct OutageTests {
    @Test func `an outage is noted once a database, whoever comes first`() async throws {
        let host = try Host()
        let journal = try host.journal()
        let range = TimeRange(1_000, 2_000)
        #expect(try await journal.noteOutage(range, of: "sqlite:a"))
        #expect(try await !host.journal().noteOutage(range, of: "sqlite:a"))
        #expect(try await !journal.noteOutage(TimeRange(1_900, 3_000), of: "sqlite:a"))
        #expect(try await journal.noteOutage(TimeRange(2_000, 3_000), of: "sqlite:a"))
        #expect(try await journal.noteOutage(range, of: "sqlite:b"))
    }

    @Test func `runs of a frequent job are forgotten early, and the last good end is known`() async throws {
        let host = try Host()
        let journal = try host.journal()
        for outcome in ["complete", "rate-limited"] {
            let run = try await journal.beginRun(job: "realtime", series: "BTCUSD-1m", memory: .seconds(60))
            host.clock.advance(by: .seconds(10))
            try await journal.endRun(run, outcome: outcome, message: nil)
        }
        let end = try await journal.lastEnd(of: "realtime", series: "BTCUSD-1m", outcome: "complete")
        #expect(end == host.clock.milliseconds - 10_000)
        #expect(try await journal.lastEnd(of: "realtime", series: "ETHUSD-1m", outcome: "complete") == nil)
        host.clock.advance(by: .seconds(100))
        _ = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
        #expect(try await journal.runs(limit: 10).count == 3)
        _ = try await journal.beginRun(job: "realtime", series: "BTCUSD-1m", memory: .seconds(60))
        #expect(try await journal.runs(limit: 10).map(\.job) == ["realtime", "backfill"])
    }
}
