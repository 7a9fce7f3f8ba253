import Foundation
import Ingest
import Journal
import TestSupport
import Testing

@testable import IngestCommand

@Suite("Stream beat", .timeLimit(.minutes(1))) struct StreamBeatTests {
    @Test func `a beat is written as long as the loops go on, at most every thirty seconds`() async throws {
        let folder = try ScratchFolder()
        let clock = ManualClock()
        let journal = try Journal(folder: folder.url, now: { clock.milliseconds })
        let beat = StreamBeat(journal: journal, clock: clock)
        func written() async throws -> Int64? { try await journal.heartbeat(of: "stream")?.at }
        func pass(_ seconds: Int) async {
            clock.advance(by: .seconds(seconds))
            await clock.sleepers(atLeast: 1)
        }
        try await withThrowingTaskGroup(of: Void.self) { group async throws -> Void in
            group.addTask { try await beat.run() }
            await clock.sleepers(atLeast: 1)
            await pass(1)
            #expect(try await written() == nil, "no loop has gone on yet")
            beat.receive(.beat(StreamStatus(series: 1, live: 1, oldestReading: nil)))
            await pass(1)
            #expect(try await written() == 2000)
            beat.receive(.beat(StreamStatus(series: 1, live: 1, oldestReading: nil)))
            await pass(29)
            #expect(try await written() == 2000)
            await pass(1)
            #expect(try await written() == 32_000)
            await pass(30)
            beat.receive(.tickers(1))
            await pass(1)
            #expect(try await written() == 32_000, "the loops stand still")
            group.cancelAll()
            while let result = await group.nextResult() { #expect(throws: CancellationError.self) { try result.get() } }
        }
    }
}
