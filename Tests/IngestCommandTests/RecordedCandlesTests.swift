import BitfinexReplay
import Candles
import Foundation
import GRDB
import Gzip
import NIOConcurrencyHelpers
import Postgres
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// The recorded history of the exchange, there and back.
    enum Recordings {
        static let folder: URL = {
            let named = ProcessInfo.processInfo.environment["CRYPTOTRADER_DATA"].map { URL(filePath: $0) }
            let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            return named ?? checkout.deletingLastPathComponent().appending(path: "shared/data/bitfinex")
        }()
        static var areThere: Bool { FileManager.default.fileExists(atPath: folder.path) }
        static let why: Comment = "there are no recorded candles: name their folder in CRYPTOTRADER_DATA"

        /// Read once for all tests, on a thread that the servers do not need.
        static func market() async throws -> ReplayMarket {
            try await aside {
                let market = try shared.withLockedValue { kept in
                    let market = try kept ?? ReplayMarket(RecordedFolder(folder))
                    kept = market
                    return market
                }
                try market.load()
                return market
            }
        }
        private static let shared = NIOLockedValueBox<ReplayMarket?>(nil)

        /// The rows of every file of a series, as numbers that the standard library read.
        static func rows(_ series: Series) async throws -> [Candle] { try await aside { try read(series) } }

        private static func aside<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
            }
        }

        private static func read(_ series: Series) throws -> [Candle] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            var rows: [Candle] = []
            for name in names where name.hasPrefix("\(series.symbol)_\(series.timeframe)_") {
                var text: [UInt8] = []
                try Gzip.inflate(contentsOf: folder.appending(path: name)) { span in
                    for index in span.indices { text.append(span[index]) }
                }
                rows += text.split(separator: UInt8(ascii: "\n")).compactMap(candle)
            }
            return rows
        }

        private static func candle(_ line: ArraySlice<UInt8>) -> Candle? {
            let fields = line.dropFirst().dropLast().split(separator: UInt8(ascii: ",")).map {
                Double(String(decoding: $0, as: UTF8.self))
            }
            guard fields.count == 6, let time = fields[0], let open = fields[1], let close = fields[2],
                let high = fields[3],
                let low = fields[4], let volume = fields[5]
            else { return nil }
            return Candle(openTime: Int64(time), open: open, high: high, low: low, close: close, volume: volume)
        }
    }

    @Suite("Recorded candles", .enabled(if: Recordings.areThere, Recordings.why), .timeLimit(.minutes(15)))
    struct RecordedCandlesTests {
        static let names = ["BTCUSD-1m", "IOTUSD-1m", "ETHBTC-1m", "DSHBTC-1m", "BTCUSD-30m", "BTCUSD-1h"]

        @Test(arguments: names) func `SQLite holds exactly what the exchange printed`(name: String) async throws {
            let recorded = try await Recordings.rows(Series(name))
            try await Exchange.run(try await Recordings.market()) { exchange in
                let place = try Workplace(exchange: exchange.url)
                let outcome = try await place.backfill(name, "--end", "2020-01-01").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.number("rows_written") == recorded.count)
                let database = try DatabaseQueue(path: place.sqlitePath)
                let same = try await database.read { db in
                    let rows = try Row.fetchCursor(
                        db,
                        sql: """
                            SELECT open_time, open, high, low, close, volume, final FROM candles
                            WHERE symbol || '-' || timeframe = ? ORDER BY open_time
                            """, arguments: [name])
                    var count = 0
                    while let row = try rows.next() {
                        let candle = Candle(
                            openTime: row[0], open: row[1], high: row[2], low: row[3], close: row[4], volume: row[5])
                        guard count < recorded.count, candle == recorded[count], row[6] == 1 else { return false }
                        count += 1
                    }
                    return count == recorded.count
                }
                #expect(same)
                let gaps = try await place.ingest("gaps", "--json").run()
                #expect(gaps.status == 0)
                // Only what came after the end that was asked for.
                #expect(!gaps.out.contains("\"from\" : \"201"), "\(gaps.out)")
                #expect(gaps.out.contains("\"from\" : \"2020-01-01T00:00:00Z\""), "\(gaps.out)")
            }
        }

        @Test(.enabled(if: ScratchPostgres.isEnabled), arguments: names)
        func `Postgres holds exactly what the exchange printed`(name: String) async throws {
            let recorded = try await Recordings.rows(Series(name))
            let url = try await ScratchPostgres.shared().database()
            try await Exchange.run(try await Recordings.market()) { exchange in
                let place = try Workplace(exchange: exchange.url, database: url)
                let outcome = try await place.backfill(name, "--end", "2020-01-01").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.number("rows_written") == recorded.count)
                let connection = PostgresConnection(try PostgresSettings(conninfo: url))
                try await connection.connect()
                let differing = try await Self.differing(recorded, name, connection)
                #expect(differing == 0)
                await connection.close()
            }
        }

        /// Rows that are only in the view, or only in the recording, counted by the server.
        private static func differing(_ recorded: [Candle], _ name: String, _ connection: PostgresConnection)
            async throws -> Int
        {
            try await connection.transaction { connection in
                try connection.runScript(
                    "CREATE TEMP TABLE expected (t timestamptz, o float8, h float8, l float8, c float8, v float8)")
                var buffer = CopyBuffer(columns: 6, reserving: recorded.count * 72)
                for candle in recorded {
                    buffer.beginRow()
                    buffer.append(timestampMilliseconds: candle.openTime)
                    for value in [candle.open, candle.high, candle.low, candle.close, candle.volume] {
                        buffer.append(double: value)
                    }
                }
                try connection.copyIn("COPY expected FROM STDIN (FORMAT binary)", buffer)
                let view = """
                    SELECT open_time, open, high, low, close, volume FROM candles
                    WHERE symbol || '-' || timeframe = '\(name)' AND final
                    """
                let result = try connection.runQuery(
                    "SELECT count(*) FROM ((\(view) EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL \(view))) d"
                )
                return (result.rows.first?.first ?? nil).flatMap { Int($0) } ?? -1
            }
        }

        @Test func `a hole of 61 days costs no request`() async throws {
            try await Exchange.run(try await Recordings.market()) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 60_000)
                let outcome = try await place.backfill("BTCUSD-1m", "--start", "2016-01-01", "--end", "2017-01-01")
                    .run()
                #expect(outcome.status == 0)
                // The first candle and its proof, the witness before 2016, and the pages of 293,230 rows.
                #expect(outcome.number("requests") == 3 + 30)
                let gaps = try await place.ingest("gaps", "--json").run()
                #expect(!gaps.out.contains("\"from\" : \"2016"))
                #expect(gaps.out.contains("\"from\" : \"2017-01-01T00:00:00Z\""), "\(gaps.out)")
            }
        }

        @Test(arguments: ["ETHBTC-1m", "DSHBTC-1m"]) func `a sparse pair is one page, not one a time window`(
            name: String
        ) async throws {
            try await Exchange.run(try await Recordings.market()) { exchange in
                let outcome = try await Workplace(exchange: exchange.url).backfill(name).run()
                #expect(outcome.status == 0)
                #expect(outcome.number("rows_written") == 10_000)
                #expect(outcome.number("requests") ?? 99 <= 4)
            }
        }

        @Test func `a plan of a dense year is right to one request`() async throws {
            try await Exchange.run(try await Recordings.market()) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 60_000)
                let range = ["--start", "2017-01-01", "--end", "2018-01-01"]
                let plan = try await Command.ingest(
                    ["backfill", "--series", "BTCUSD-1m", "--json", "--dry-run"] + range, place.environment
                ).run()
                let outcome = try await place.backfill("BTCUSD-1m", "--start", "2017-01-01", "--end", "2018-01-01")
                    .run()
                let planned = try #require(plan.number("requests"))
                let took = try #require(outcome.number("requests"))
                #expect(abs(planned - took) <= 1, "planned \(planned), took \(took)")
            }
        }
    }
}
