import Candles
import Foundation
import Ingest
import Journal
import TestSupport
import Testing

@testable import IngestCommand

@Suite("Stream beat", .timeLimit(.minutes(1))) struct StreamBeatTests {
    private func report(_ fault: BitfinexFault? = nil) throws -> BackfillReport {
        BackfillReport(
            series: try Series("BTCUSD-1m"), target: TimeRange(0, 60_000), tally: .init(), unknown: 0, fault: fault)
    }

    @Test func `each series that was read is a cycle of health, and one that was not is none`() async throws {
        let folder = try ScratchFolder()
        let clock = ManualClock(startingAt: .seconds(1_700_000_000))
        let journal = try Journal(folder: folder.url, now: { clock.milliseconds })
        let beat = StreamBeat(journal: journal, clock: clock)
        #expect(try await journal.healthReads().lastCycleEnd == nil)
        for _ in 0..<3 { beat.receive(.settled(try report())) }
        beat.receive(.settled(try report(.unavailable(what: "candles", reason: "away", retryAfter: nil))))
        await beat.writeCycles()
        #expect(try await journal.healthReads().cyclesToday == 3)
        clock.advance(by: .seconds(60))
        #expect(try await journal.healthReads().lastCycleEnd == clock.milliseconds - 60_000)
        beat.receive(.settled(try report()))
        #expect(await beat.writeCycles())
        #expect(await !beat.writeCycles())
        #expect(try await journal.healthReads().cyclesToday == 4)
        clock.advance(by: .seconds(86_400))
        #expect(try await journal.healthReads().cyclesToday == 0)
        #expect(try await journal.healthReads().lastCycleEnd == clock.milliseconds - 86_400_000)
    }

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
