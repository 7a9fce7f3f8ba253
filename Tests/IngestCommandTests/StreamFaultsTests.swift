import BitfinexReplay
import Candles
import Foundation
import Ingest
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Faults of all kinds, one after another, at random; `SEED` repeats a run that failed.
    @Suite("Stream under random faults", .timeLimit(.minutes(30))) struct StreamFaultsTests {
        private static let stages = Effort.rounds(5, long: 20)
        private static let faultsPerStage = Effort.rounds(10, long: 50)

        private static let kinds: [BitfinexReplay.WebSocketFault] = [
            .stall, .channelStall, .sequenceGap, .sequenceRepeat, .lostFrame, .close(status: 1000),
            .close(status: 1011), .reset, .restart, .maintenance(.seconds(40)), .duplicate, .latePrevious, .staleUpdate,
            .unknownChannel, .garbage, .oversized, .invalidSymbol, .noAck, .earlyData, .refuse,
        ]

        @Test func `the rows are those of the recording`() async throws {
            let first = ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<Self.stages {
                    if number >= 10 { try await group.next() }
                    group.addTask { try await self.survive(seed: first + UInt64(number)) }
                }
                try await group.waitForAll()
            }
        }

        private func survive(seed: UInt64) async throws {
            let stage = try await StreamStage(
                symbols: ["BTCUSD", "ETHUSD", "DUSK:USD"], minutes: Int64(Self.faultsPerStage), speed: 30, seed: seed)
            var random = SeededGenerator(seed: seed)
            // One a minute, each soon after the one before has been dealt with or in the middle of it.
            let plan = (0..<Self.faultsPerStage).map { number in
                (
                    fault: Self.kinds.randomElement(using: &random) ?? .reset,
                    at: Int64(number) * 60_000 + Int64.random(in: 0..<60_000, using: &random)
                )
            }
            try await stage.run { events in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for (fault, at) in plan {
                            let wait = StreamStage.beginning + at - stage.clock.milliseconds
                            try await stage.clock.sleep(
                                until: stage.clock.now.advanced(by: .milliseconds(wait)), tolerance: nil)
                            stage.server.script(ScriptedFault(.webSocket(fault), times: 1))
                        }
                    }
                    group.addTask { await stage.untilSettled(events) }
                    try await group.waitForAll()
                }
            }
            // Some find no occasion before the recording ends, or strike in a silence that another one made.
            let struck = stage.server.statistics.webSocket.faults.values.reduce(0, +)
            #expect(struck > Self.faultsPerStage / 2, "seed \(seed)")
            try await stage.checkRows("seed \(seed)")
            await stage.store.close()
        }
    }
}
