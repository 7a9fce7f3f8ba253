import BitfinexReplay
import Candles
import Foundation
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// `ingest export`: candles for other programs.
    @Suite("Export", .timeLimit(.minutes(5))) struct ExportTests {
        private static let minute: Int64 = 60_000
        private static let start: UnixMilliseconds = 1_704_067_200_000

        private func export(_ place: Workplace, _ more: String...) -> Command {
            .ingest(["export", "--series", "BTCUSD-1m"] + more, place.environment)
        }

        private static func candle(_ minute: Int64, close: Double = 2) -> Candle {
            Candle(openTime: start + minute * 60_000, open: 1, high: 2.5, low: 0.5, close: close, volume: 0.1 + 0.2)
        }

        private static func range(_ from: Int64, _ to: Int64) -> TimeRange {
            TimeRange(start + from * minute, start + to * minute)
        }

        /// Minutes 0, 1 and 4 of which 5 are known, then two unknown, and then minute 8 of 7 to 9.
        private static func place() async throws -> Workplace {
            let place = try Workplace(exchange: "http://127.0.0.1:9")
            let store = try SQLiteCandleStore(path: place.sqlitePath)
            let series = try await store.track(Series("BTCUSD-1m"), from: start)
            try await store.setFirstOpen(start, of: series)
            let pages: [([Int64], TimeRange)] = [([0, 1, 4], range(0, 5)), ([8], range(7, 9))]
            for (minutes, proven) in pages {
                let candles = minutes.map { candle($0, close: 2 + Double($0)) }
                _ = try await store.store(
                    ProvenPage(candles: candles, proven: [proven], checkedAt: start), of: series)
            }
            _ = try await store.store(provisional: [ProvisionalRows(series: series, candles: [candle(9)])])
            await store.close()
            return place
        }

        @Test func `what is kept is written, and what is unknown is told`() async throws {
            let place = try await Self.place()
            let whole = try await export(place).run()
            #expect(
                whole.out == """
                    open_time,open,high,low,close,volume,final
                    2024-01-01T00:00:00Z,1.0,2.5,0.5,2.0,0.30000000000000004,true
                    2024-01-01T00:01:00Z,1.0,2.5,0.5,3.0,0.30000000000000004,true
                    2024-01-01T00:04:00Z,1.0,2.5,0.5,6.0,0.30000000000000004,true
                    2024-01-01T00:08:00Z,1.0,2.5,0.5,10.0,0.30000000000000004,true

                    """)
            #expect(whole.status == 10)
            #expect(whole.err.hasPrefix("2 intervals are unknown"))
            let known = try await export(
                place, "--format", "jsonl", "--start", "2024-01-01T00:01", "--end", "2024-01-01T00:05"
            ).run()
            #expect(known.status == 0 && known.err.isEmpty, "\(known.err)")
            #expect(
                known.out == """
                    {"open_time":"2024-01-01T00:01:00Z","open":1.0,"high":2.5,"low":0.5,"close":3.0,"volume":0.30000000000000004,"final":true}
                    {"open_time":"2024-01-01T00:04:00Z","open":1.0,"high":2.5,"low":0.5,"close":6.0,"volume":0.30000000000000004,"final":true}

                    """)
            let provisional = try await export(place, "--provisional").run()
            #expect(provisional.out.hasSuffix("2024-01-01T00:09:00Z,1.0,2.5,0.5,2.0,0.30000000000000004,false\n"))
        }

        @Test func `quiet intervals are filled, and unknown ones never`() async throws {
            let place = try await Self.place()
            let outcome = try await export(place, "--fill", "flat").run()
            #expect(outcome.status == 10)
            let rows = outcome.out.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
            try #require(rows.count == 7)
            #expect(rows.map { $0[0].dropFirst(14).prefix(2) } == ["00", "01", "02", "03", "04", "07", "08"])
            #expect(rows.map { $0[7] == "true" } == [false, false, true, true, false, true, false])
            #expect(rows[2].dropFirst(1) == ["3.0", "3.0", "3.0", "3.0", "0.0", "true", "true"])
            let inside = try await export(
                place, "--fill", "flat", "--start", "2024-01-01T00:03", "--end", "2024-01-01T00:04"
            ).run()
            #expect(inside.out.hasSuffix("filled\n2024-01-01T00:03:00Z,3.0,3.0,3.0,3.0,0.0,true,true\n"))
        }

        @Test func `a file appears whole, also over another, or not at all`() async throws {
            let place = try await Self.place()
            let path = place.folder.path("candles.csv")
            for end in ["2024-01-01T00:05", "2024-01-01T00:02"] {
                let outcome = try await export(place, "--output", path, "--overwrite", "--json", "--end", end).run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.text("file") == path)
                let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count
                #expect(outcome.number("rows") == lines - 1)
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: place.folder.path).filter {
                    $0.contains("candles.csv")
                } == ["candles.csv"])
            let nowhere = try await export(place, "--output", place.folder.path("none/candles.csv")).run()
            #expect(nowhere.status == 74)
            #expect(nowhere.err.contains("export-not-written"))
            #expect(try await export(place, "--json").run().status == 64)
            let unknown = try await place.ingest("export", "--series", "ETHUSD-1m", "--output", path, "--overwrite")
                .run()
            #expect(unknown.status == 64)
            #expect(unknown.err.contains("series-not-kept"))
            #expect(FileManager.default.fileExists(atPath: path))
        }

        @Test func `a reader that has enough ends the export quietly`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--end", "2024-01-20").run().status == 0)
                let ingest = Command.folder.appending(path: "ingest").path
                let shell = Command(
                    program: URL(filePath: "/bin/bash"),
                    arguments: [
                        "-c",
                        "env --default-signal=PIPE '\(ingest)' export --series BTCUSD-1m | head -n 2; echo ${PIPESTATUS[0]}",
                    ],
                    environment: place.environment)
                let outcome = try await shell.run()
                let lines = outcome.out.split(separator: "\n")
                #expect(lines.count == 3 && lines.last == "0", "\(outcome.out)")
                #expect(outcome.err.isEmpty, "\(outcome.err)")
            }
        }

        @Test func `an export holds every kept double`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--end", "2024-01-20").run().status == 0)
                let outcome = try await export(place).run()
                #expect(outcome.status == 0, "\(outcome.err)")
                let rows = try outcome.out.split(separator: "\n").dropFirst().map { line throws -> StoredCandle in
                    let fields = line.split(separator: ",").map(String.init)
                    let numbers = fields[1...5].compactMap { Double($0) }
                    return StoredCandle(
                        candle: Candle(
                            openTime: try UnixMilliseconds(iso8601: fields[0]), open: numbers[0], high: numbers[1],
                            low: numbers[2], close: numbers[3], volume: numbers[4]), final: fields[6] == "true")
                }
                #expect(rows == (try await place.kept().rows))
            }
        }
    }
}
