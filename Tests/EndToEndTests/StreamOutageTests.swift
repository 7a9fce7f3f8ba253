import Candles
import Ingest
import Resilience
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// What the stream needs is away for a while.
    @Suite("Stream through outages", .timeLimit(.minutes(5))) struct StreamOutageTests {
        @Test(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"))
        func `a database that is away is waited for, and nothing is lost`() async throws {
            let server = try await ScratchPostgres.own()
            let database = try DatabaseLocation(await server.database())
            let stage = try await StreamStage(
                symbols: ["BTCUSD", "ETHUSD"], minutes: 6, speed: 30, seed: 8, database: database)
            let failures = try await stage.run { events in
                var iterator = events.makeAsyncIterator()
                // Once rows flow, the server goes; once both loops have met that, it comes back.
                while let event = await iterator.next() { if case .committed = event { break } }
                try await server.stop()
                var failures: Set<String> = []
                while failures.count < 2, let event = await iterator.next() {
                    if case .storeFailed(let fault) = event { failures.insert("store \(fault.code)") }
                    if case .settleFailed(_, let fault) = event { failures.insert("settle \(fault.code)") }
                }
                try await server.start()
                await stage.untilSettled(events)
                return failures
            }
            #expect(failures.allSatisfy { $0.contains("database-") }, "\(failures)")
            try await stage.checkRows("database away")
            await stage.store.close()
        }
    }
}
