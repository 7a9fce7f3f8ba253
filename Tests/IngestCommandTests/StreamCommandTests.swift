import BitfinexReplay
import Candles
import Foundation
import NIOConcurrencyHelpers
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// The built `ingest stream`.
    @Suite("Stream command", .timeLimit(.minutes(5))) struct StreamCommandTests {
        /// Runs the stream until it says that all series are read and live, and then until `body` is done with it.
        private func stream(
            _ place: Workplace, _ arguments: [String],
            whileLive body: @escaping @Sendable () async throws -> Void = {}
        ) async throws -> (Command.Outcome, peakMegabytes: Int) {
            let pid = NIOLockedValueBox<Int32>(0)
            let peak = NIOLockedValueBox(0)
            let (texts, text) = AsyncStream.makeStream(of: String.self)
            let command = Command.ingest(["stream"] + arguments, place.environment)
            return try await withThrowingTaskGroup(of: Command.Outcome?.self) { group in
                group.addTask {
                    defer { text.finish() }
                    return try await command.run(
                        onStart: { number in pid.withLockedValue { $0 = number } }, onError: { text.yield($0) })
                }
                group.addTask {
                    for await text in texts where text.contains("read and live") {
                        try await body()
                        let number = pid.withLockedValue { $0 }
                        peak.withLockedValue { $0 = Self.peakMegabytes(of: number) }
                        kill(number, SIGTERM)
                    }
                    return nil
                }
                var result: Command.Outcome?
                for try await outcome in group { result = outcome ?? result }
                return (try #require(result), peak.withLockedValue { $0 })
            }
        }

        private static func peakMegabytes(of pid: Int32) -> Int {
            let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
            return (line.split(separator: " ").compactMap { Int($0) }.first ?? .max) / 1024
        }

        private func place(_ exchange: Exchange) throws -> Workplace {
            var place = try Workplace(exchange: exchange.url)
            place.environment["BITFINEX_WS_URL"] = exchange.url.replacing("http:", with: "ws:") + "/ws/2"
            place.environment["CT_LOOKBACK_DAYS"] = "1"
            return place
        }

        @Test func `it fills what is missing, keeps what forms, and ends well when it is told to`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                let place = try place(exchange)
                let (outcome, _) = try await stream(place, ["--symbols", "BTCUSD, tETHUSD", "--timeframe", "1m"])
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.err.contains("connection 1: open, 2 channels"))
                #expect(outcome.err.hasSuffix("stream: stopped\n"))
                for name in ["BTCUSD-1m", "ETHUSD-1m"] {
                    let kept = try await place.kept(name)
                    #expect(kept.rows.count > 1_000 && kept.coverage.ranges.count == 1)
                    #expect(kept.rows.last?.final == false)
                }
                // Without names it goes on with what is kept.
                let (again, _) = try await stream(place, [])
                #expect(again.status == 0 && again.err.contains("stream: 2 series"))
            }
        }

        @Test func `two streams of one series exclude each other`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                let place = try place(exchange)
                let second = NIOLockedValueBox<Command.Outcome?>(nil)
                _ = try await stream(place, ["--symbols", "BTCUSD"]) {
                    let outcome = try await Command.ingest(["stream", "--symbols", "BTCUSD"], place.environment).run()
                    second.withLockedValue { $0 = outcome }
                }
                #expect(second.withLockedValue { $0?.status } == 75)
            }
        }

        @Test func `what cannot be streamed is told before anything is opened`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                let place = try place(exchange)
                let unknown = try await Command.ingest(["stream", "--symbols", "BTCUSX"], place.environment).run()
                #expect(unknown.status == 64)
                #expect(unknown.err.contains("did you mean BTCUSD?"))
                let empty = try await Command.ingest(["stream", "--symbols", ","], place.environment).run()
                #expect(empty.status == 64)
                var wrong = place
                wrong.environment["BITFINEX_WS_URL"] = "https://api-pub.bitfinex.com/ws/2"
                let address = try await Command.ingest(["stream", "--symbols", "BTCUSD"], wrong.environment).run()
                #expect(address.status == 78)
                #expect(address.err.contains("BITFINEX_WS_URL"))
            }
        }

        @Test func `two hundred series take 120 MB at most`() async throws {
            let names = (0..<200).map { "E\(String(format: "%02d", $0 / 10))\($0 % 10)AA" }.map {
                "\($0.prefix(4)):USD"
            }
            try await Exchange.run(try RealtimeTests.living(symbols: names, days: 1)) { exchange in
                let place = try place(exchange)
                let (outcome, megabytes) = try await stream(place, ["--symbols", names.joined(separator: ",")])
                #expect(outcome.status == 0, "\(outcome.err)")
                print("stream of 200 series: \(megabytes) MB at most")
                #expect(megabytes <= 120)
            }
        }
    }
}
