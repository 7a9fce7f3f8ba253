import Candles
import Ingest
import NIOConcurrencyHelpers
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// How long a row is on its way, while the exchange, the stream and the database share one machine and one process.
    @Suite(
        "Stream speed", .timeLimit(.minutes(5)),
        .enabled(if: Effort.isLong, "figures belong to scripts/test --long"))
    struct StreamSpeedTests {
        private static let speed = 10.0
        private static let names = (0..<60).map { "D\($0 / 10)\($0 % 10)USD" }

        private struct Tally: Sendable {
            var rows = 0
            var latencies: [Double] = []

            func quantile(_ share: Double) -> Double {
                let sorted = latencies.sorted()
                return sorted.isEmpty ? .infinity : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
            }
        }

        /// Sixty series whose forming candle changes every 0.3 s: 200 updates a second.
        @Test(arguments: [false, true])
        func `from frame to commit it takes 20 ms at most, at 200 updates a second`(inPostgres: Bool) async throws {
            let minutes: Int64 = 4
            let stage = try await StreamStage(
                symbols: Self.names, minutes: 60, speed: Self.speed, seed: 3, quiet: 0,
                database: inPostgres ? try await StreamStage.postgres() : nil)
            let tally = NIOLockedValueBox(Tally())
            let seconds = try await stage.run { events in
                // The first minute reads all series by REST.
                let start = StreamStage.beginning + 60_000
                let end = StreamStage.beginning + minutes * 60_000
                for await event in events {
                    let now = stage.clock.milliseconds
                    if now > end { break }
                    guard now > start, case .committed(let rows, let latency) = event else { continue }
                    tally.withLockedValue { tally in
                        tally.rows += rows
                        tally.latencies += Array(repeating: latency / .milliseconds(1) / Self.speed, count: rows)
                    }
                }
                return Double(end - start) / 1000 / Self.speed
            }
            let result = tally.withLockedValue { $0 }
            let p99 = result.quantile(0.99)
            print(
                """
                stream to \(inPostgres ? "Postgres" : "SQLite"): \(Int(Double(result.rows) / seconds)) rows/s, \
                p50 \(result.quantile(0.5)) ms, p99 \(p99) ms, slowest \(result.quantile(1)) ms
                """)
            #expect(Double(result.rows) / seconds > 150)
            #expect(p99 <= 20, "\(p99) ms")
            await stage.store.close()
        }
    }
}
