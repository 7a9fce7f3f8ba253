import BitfinexReplay
import Candles
import Foundation
import Ingest
import NIOConcurrencyHelpers
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// The stream between a WebSocket that fails in every way it can and a database that must not notice.
    @Suite("Stream", .timeLimit(.minutes(10))) struct StreamTests {
        typealias Fault = BitfinexReplay.WebSocketFault

        /// Each fault, with what the stream must be seen to do about it.
        private static let faults: [(fault: Fault, sign: @Sendable (StreamEvent) -> Bool)] = [
            (.stall, isDisconnected), (.channelStall, isLost), (.sequenceGap, isDisconnected),
            (.sequenceRepeat, isDisconnected), (.close(status: 1000), isDisconnected),
            (.close(status: 1011), isDisconnected), (.reset, isDisconnected), (.restart, isDisconnected),
            (.maintenance(.seconds(90)), isLost), (.oversized, isDisconnected), (.invalidSymbol, isLost),
            (.noAck, isLost), (.lostFrame, isAnything), (.duplicate, isAnything), (.latePrevious, isAnything),
            (.staleUpdate, isAnything), (.unknownChannel, isAnything), (.garbage, isAnything),
            (.earlyData, isAnything), (.refuse, isDisconnected),
        ]

        private static let isAnything: @Sendable (StreamEvent) -> Bool = { _ in true }
        private static let isDisconnected: @Sendable (StreamEvent) -> Bool = {
            if case .disconnected = $0 { true } else { false }
        }
        private static let isLost: @Sendable (StreamEvent) -> Bool = {
            if case .lost(_, let loss) = $0 { loss != .connection } else { false }
        }

        @Test(arguments: [false, true])
        func `without a fault, rows are provisional at once and final soon`(inPostgres: Bool) async throws {
            let stage = try await StreamStage(
                symbols: ["BTCUSD", "DUSK:USD"], minutes: 5, speed: 60, seed: 1, quiet: 0.2,
                database: inPostgres ? try await StreamStage.postgres() : nil)
            let provisional = NIOLockedValueBox(0)
            try await stage.run { events in
                await stage.untilSettled(events) { event in
                    if case .committed(let rows, _) = event { provisional.withLockedValue { $0 += rows } }
                }
            }
            try await stage.checkRows("no fault")
            #expect(provisional.withLockedValue { $0 } > 20)
            let statistics = stage.server.statistics
            #expect(statistics.webSocket.connections == 1)
            await stage.store.close()
        }

        /// All at once: each has an exchange, a host and a stream of its own, and they mostly wait.
        @Test func `after each fault the rows are those of the recording`() async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, entry) in Self.faults.enumerated() {
                    group.addTask { try await self.survive(entry.fault, seed: UInt64(number), sign: entry.sign) }
                }
                try await group.waitForAll()
            }
        }

        private func survive(
            _ fault: Fault, seed: UInt64, sign: @escaping @Sendable (StreamEvent) -> Bool
        ) async throws {
            let stage = try await StreamStage(
                symbols: ["BTCUSD", "ETHUSD"], minutes: 5, speed: 30, seed: seed, quiet: 0.3)
            let strikes = ScriptedFault(
                .webSocket(fault), path: "tETHUSD", skip: fault.isOfSubscribing ? 0 : 20, times: 1)
            stage.server.script(fault == .refuse ? ScriptedFault(.webSocket(fault), times: 1) : strikes)
            let isSeen = NIOLockedValueBox(false)
            try await stage.run { events in
                await stage.untilSettled(events) { event in
                    if sign(event) { isSeen.withLockedValue { $0 = true } }
                }
            }
            #expect(stage.server.statistics.webSocket.faults[fault.name] == 1, "\(fault)")
            #expect(isSeen.withLockedValue { $0 }, "\(fault)")
            try await stage.checkRows("\(fault)")
            await stage.store.close()
        }
    }
}

extension BitfinexReplay.WebSocketFault {
    /// Whether it strikes when a channel is asked for.
    var isOfSubscribing: Bool { [.invalidSymbol, .noAck, .earlyData].contains(self) }
}
