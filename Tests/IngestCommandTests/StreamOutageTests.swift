import Candles
import Foundation
import Ingest
import NIOConcurrencyHelpers
import Resilience
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
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

        @Test(arguments: [false, true])
        func `a file that is moved away under a stream ends it within a minute, and one in its place stays as it is`(
            isReplaced: Bool
        ) async throws {
            let stage = try await StreamStage(symbols: ["BTCUSD"], minutes: 30, speed: 30, seed: 9)
            let path = String(stage.store.identity.dropFirst("sqlite:".count))
            let movedAt = NIOLockedValueBox<UnixMilliseconds?>(nil)
            let fault = await #expect(throws: StorageFault.self) {
                try await stage.run { events in
                    var iterator = events.makeAsyncIterator()
                    while let event = await iterator.next() { if case .committed = event { break } }
                    for suffix in ["", "-wal", "-shm"] {
                        try FileManager.default.moveItem(atPath: path + suffix, toPath: path + ".old" + suffix)
                    }
                    if isReplaced { await (try SQLiteCandleStore(path: path)).close() }
                    movedAt.withLockedValue { $0 = stage.clock.milliseconds }
                    while await iterator.next() != nil {}
                }
            }
            let moved = try #require(movedAt.withLockedValue { $0 })
            #expect(stage.clock.milliseconds - moved < 60_000)
            #expect(fault?.code == "database-replaced", "\(String(describing: fault))")
            if isReplaced {
                let there = try SQLiteCandleStore(path: path)
                #expect(try await there.overview(now: stage.clock.milliseconds).isEmpty)
                await there.close()
            } else {
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }
    }
}
