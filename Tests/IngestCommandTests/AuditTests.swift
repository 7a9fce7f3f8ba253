import BitfinexReplay
import Candles
import Foundation
import NIOConcurrencyHelpers
import Postgres
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// `ingest audit`: what is kept beside what the exchange says now.
    @Suite("Audit", .timeLimit(.minutes(10))) struct AuditTests {
        private static let series = "BTCUSD-1m"

        private func audit(_ place: Workplace, _ more: String...) -> Command {
            .ingest(["audit", "--series", Self.series, "--json"] + more, place.environment)
        }

        /// Minutes of whole days, of which a few are quiet.
        private static func walk(days: Int64, quiet: Double = 0.03) throws -> RandomWalk {
            let start: UnixMilliseconds = 1_640_995_200_000  // 2022-01-01
            return RandomWalk(
                .init(
                    symbols: [try Symbol("BTCUSD")], range: TimeRange(start, start + days * 86_400_000), seed: 5,
                    quiet: quiet))
        }

        private static func candles(_ source: some CandleSource) throws -> [Candle] {
            let rows = try source.rows(of: Series(series))
            return (0..<rows.count).compactMap { rows.candle(at: $0) }
        }

        @Test func `twenty planted corruptions in a million candles are found and repaired`() async throws {
            let walk = try Self.walk(days: 720)
            let damage = Damage(20, in: try Self.candles(walk), seed: 8)
            try await Exchange.run(ReplayMarket(walk)) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill(Self.series, "--end", "2023-12-22").run().status == 0)
                let database = try RawDatabase(place)
                try await database.remember()
                #expect(try await database.count("SELECT 1 FROM candle") > 1_000_000)
                try await database.execute(damage.statements)
                let planted = try await database.changes()

                let found = try await audit(place).run()
                #expect(found.status == 12, "\(found.err)")
                #expect(found.text("outcome") == "suspect")
                #expect((found.number("requests") ?? .max) <= 4 + damage.stretches, "\(found.err)")
                let rows = ["rows_differing", "rows_missing", "rows_made_up"].map { found.number($0) }
                #expect(rows == [15, 3, 2], "\(found.err)")
                #expect(try await database.changes() == planted)
                #expect(try await database.count("SELECT 1 FROM revisions") == 0)

                let repaired = try await audit(place, "--repair").run()
                #expect(repaired.status == 0, "\(repaired.err)")
                #expect((repaired.number("requests") ?? .max) <= 4 + damage.stretches)
                #expect(repaired.out.contains("\"repaired\" : true"))
                #expect(try await database.changes() == 0)
                #expect(try await database.count("SELECT 1 FROM revisions") == 20)

                let again = try await audit(place).run()
                #expect(again.status == 0, "\(again.err)")
                #expect(again.number("requests") == 2)
                #expect(again.number("bars_differing") == 0)
            }
        }

        @Test(.enabled(if: ScratchPostgres.isEnabled)) func `Postgres is audited and repaired in the same way`()
            async throws
        {
            let walk = try Self.walk(days: 20)
            let damage = Damage(7, in: try Self.candles(walk), seed: 9) { "from_unix_ms(\($0))" }
            try await Exchange.run(ReplayMarket(walk)) { exchange in
                let url = try await ScratchPostgres.shared().database()
                let place = try Workplace(exchange: exchange.url, database: url)
                #expect(try await place.backfill(Self.series, "--end", "2022-01-21").run().status == 0)
                let store = try await PostgresCandleStore(
                    PostgresSettings(conninfo: url), clock: ContinuousClock())
                let whole = try await Kept(series: Series(Self.series), in: store)
                let raw = PostgresConnection(try PostgresSettings(conninfo: url))
                try await raw.connect()
                for statement in damage.statements { try await raw.execute(script: statement) }
                #expect(try await Kept(series: Series(Self.series), in: store).rows != whole.rows)
                #expect(try await audit(place).run().status == 12)
                let repaired = try await audit(place, "--repair").run()
                #expect(repaired.status == 0, "\(repaired.err)")
                #expect((repaired.number("requests") ?? .max) <= 3 + damage.stretches, "\(repaired.err)")
                #expect(try await Kept(series: Series(Self.series), in: store) == whole)
                #expect(try await audit(place).run().number("requests") == 2)
                await raw.close()
                await store.close()
            }
        }

        @Test func `an exchange that disagrees with itself is told once, and is no fault of ours`() async throws {
            let odd = OddMarket(
                walk: try Self.walk(days: 6), hour: 1_641_092_400_000, day: 1_641_254_400_000)
            try await Exchange.run(ReplayMarket(odd)) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill(Self.series, "--end", "2022-01-07").run().status == 0)
                let before = try await place.kept()
                let first = try await audit(place, "--repair").run()
                #expect(first.status == 0, "\(first.err)")
                // An hour and its day, whose minutes are read again, and a day whose hours are as ours.
                #expect(first.number("self_disagreements") == 3, "\(first.err)")
                #expect(first.number("requests") == 4)
                #expect(first.err.contains("disagrees with itself"))
                #expect(try await place.kept().rows == before.rows)
                let second = try await audit(place).run()
                #expect(second.status == 0)
                #expect(second.number("requests") == 2)
                #expect(second.number("self_disagreements") == 0)
                #expect(!second.err.contains("disagrees with itself"))
                // What is ours is still seen beside it.
                try await RawDatabase(place).execute([
                    "UPDATE candle SET volume = volume + 7 WHERE open_time = 1641092460000"
                ])
                let third = try await audit(place, "--repair").run()
                #expect(third.status == 0, "\(third.err)")
                #expect(third.number("rows_differing") == 1)
                #expect(try await place.kept().rows == before.rows)
                #expect(try await audit(place).run().number("requests") == 2)
            }
        }

        @Test func `an hour's own open is not in its day, and is found where hours are compared`() async throws {
            try await Exchange.run(ReplayMarket(try Self.walk(days: 6))) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill(Self.series, "--end", "2022-01-07").run().status == 0)
                let database = try RawDatabase(place)
                try await database.remember()
                try await database.execute([
                    """
                    UPDATE candle SET open = (low + high) / 2 WHERE open_time = (
                        SELECT min(open_time) FROM candle WHERE open_time >= 1641178800000)
                    """
                ])
                #expect(try await audit(place).run().status == 0)
                let hours = try await audit(place, "--hours", "--repair").run()
                #expect(hours.status == 0, "\(hours.err)")
                #expect(hours.number("rows_differing") == 1)
                #expect(hours.number("requests") == 4)
                #expect(try await database.changes() == 0)
                #expect(try await audit(place, "--hours", "--full").run().status == 64)
            }
        }

        @Test func `a price inside an hour that no longer bar shows is found by a full audit only`() async throws {
            let walk = try Self.walk(days: 12, quiet: 0.2)
            try await Exchange.run(ReplayMarket(walk)) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill(Self.series, "--end", "2022-01-13").run().status == 0)
                let database = try RawDatabase(place)
                try await database.remember()
                try await database.execute([
                    """
                    UPDATE candle SET close = open + 0.01 WHERE open_time = (
                        SELECT open_time FROM candle WHERE open_time > 1641258000000 AND close < open LIMIT 1)
                    """
                ])
                let plain = try await audit(place).run()
                #expect(plain.status == 0, "\(plain.err)")
                #expect(plain.number("requests") == 2)
                let full = try await audit(place, "--full").run()
                #expect(full.status == 12, "\(full.err)")
                #expect(full.number("rows_differing") == 1)
                #expect(try await database.changes() == 2)
                #expect(try await audit(place, "--full", "--repair").run().status == 0)
                #expect(try await database.changes() == 0)
                let last = try await audit(place, "--full").run()
                #expect(last.status == 0, "\(last.err)")
                #expect(last.number("bars_compared") == (try await place.kept().rows.count))
            }
        }

        @Test func `hours and days that are known in part are left out, and days themselves are read again`()
            async throws
        {
            try await Exchange.run(ReplayMarket(try Self.walk(days: 12))) { exchange in
                let place = try Workplace(exchange: exchange.url)
                let part = try await place.backfill(
                    Self.series, "--start", "2022-01-03T05:10:00Z", "--end", "2022-01-08T12:00:00Z"
                ).run()
                #expect(part.status == 0)
                let outcome = try await audit(place).run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.number("bars_compared") == 4)
                #expect(outcome.number("days_not_compared") == 2)
                #expect(outcome.text("start") == "2022-01-04T00:00:00Z")
                #expect(outcome.text("end") == "2022-01-08T00:00:00Z")
                #expect(try await place.backfill("BTCUSD-1D", "--end", "2022-01-11").run().status == 0)
                try await RawDatabase(place).execute([
                    "UPDATE candle SET high = high + 1 WHERE open_time = 1641340800000"
                ])
                let days = try await place.ingest("audit", "--series", "BTCUSD-1D", "--json").run()
                #expect(days.status == 12, "\(days.err)")
                #expect(days.number("rows_differing") == 1)
                #expect(days.number("requests") == 2)
            }
        }

        @Test func `rows before the first candle are made up, and go`() async throws {
            let start: UnixMilliseconds = 1_641_013_800_000  // 2022-01-01T05:10
            let market = ReplayMarket(
                RandomWalk(
                    .init(
                        symbols: [try Symbol("BTCUSD")], range: TimeRange(start, start + 5 * 86_400_000), seed: 6,
                        quiet: 0.1)))
            try await Exchange.run(market) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill(Self.series, "--end", "2022-01-05").run().status == 0)
                let before = try await place.kept()
                for minutes in [5, 130] as [Int64] {
                    try await RawDatabase(place).execute([
                        """
                        INSERT INTO candle SELECT series_id, \(start - minutes * 60_000), open, high, low, close, volume, final
                        FROM candle LIMIT 1
                        """
                    ])
                }
                let outcome = try await audit(place, "--repair").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.number("rows_made_up") == 2)
                #expect(try await place.kept().rows == before.rows)
                #expect(try await audit(place).run().number("requests") == 2)
            }
        }

        @Test func `SIGTERM ends an audit after the stretch in hand`() async throws {
            let victim = NIOLockedValueBox<(pid: Int32, requests: Int)?>(nil)
            try await Exchange.run(ReplayMarket(try Self.walk(days: 40))) { _ in
                victim.withLockedValue { victim in
                    victim?.requests += 1
                    if let victim, victim.requests == 2 { kill(victim.pid, SIGTERM) }
                }
            } _: { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill(Self.series, "--end", "2022-02-10").run().status == 0)
                let outcome = try await audit(place, "--full").run { pid in victim.withLockedValue { $0 = (pid, 0) } }
                #expect(outcome.status == 10, "\(outcome.err)")
                #expect(outcome.text("outcome") == "partial")
                #expect((outcome.number("requests") ?? .max) < 6)
            }
        }

        @Test func `bars that the exchange cuts short are read on, and an answer without any proves nothing`()
            async throws
        {
            try await Exchange.run(ReplayMarket(try Self.walk(days: 12))) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill(Self.series, "--end", "2022-01-13").run().status == 0)
                exchange.server.script(ScriptedFault(.pageLimit(5), path: "/candles/trade:1D"))
                let cut = try await audit(place).run()
                #expect(cut.status == 0, "\(cut.err)")
                #expect(cut.number("bars_differing") == 0)
                exchange.server.reset()
                exchange.server.script(ScriptedFault(.empty, path: "/candles/trade:1D"))
                let empty = try await audit(place, "--repair").run()
                #expect(empty.status == 12, "\(empty.err)")
                #expect(empty.err.contains("bitfinex-unproven"))
                exchange.server.reset()
                exchange.server.script(ScriptedFault(.error(.parameter), path: "/candles/"))
                #expect(try await audit(place).run().status == 69)
                let unknown = try await place.ingest("audit", "--series", "ETHUSD-1m").run()
                #expect(unknown.status == 64)
                #expect(unknown.err.contains("series-not-kept"))
            }
        }
    }
}

/// Minutes, and hours and days that were folded from them except for one hour and one day, which are wrong.
private struct OddMarket: CandleSource {
    let walk: RandomWalk
    /// The open time of a bar that says more was traded; its day says so too.
    let hour: UnixMilliseconds
    let day: UnixMilliseconds

    var series: [Series] {
        walk.series.flatMap { minutes in
            [.minute1, .hour1, .day1].map { Series(symbol: minutes.symbol, timeframe: $0) }
        }
    }

    func rows(of series: Series) throws -> CandleRows {
        let minutes = try walk.rows(of: Series(symbol: series.symbol, timeframe: .minute1))
        if series.timeframe == .minute1 { return minutes }
        var rows = CandleRows()
        var bar: Candle?
        func end(_ done: Candle) {
            let isOdd =
                series.timeframe == .day1
                ? [day, Timeframe.day1.floor(hour)].contains(done.openTime) : done.openTime == hour
            let volume = done.volume + (isOdd ? 3 : 0)
            rows.append(
                done.openTime,
                printed: "[\(done.openTime),\(done.open),\(done.close),\(done.high),\(done.low),\(volume)]".utf8)
        }
        for index in 0..<minutes.count {
            guard let next = minutes.candle(at: index) else { continue }
            let start = series.timeframe.floor(next.openTime)
            guard var open = bar, open.openTime == start else {
                if let bar { end(bar) }
                bar = next
                bar?.openTime = start
                continue
            }
            open.high = max(open.high, next.high)
            open.low = min(open.low, next.low)
            open.close = next.close
            open.volume += next.volume
            bar = open
        }
        if let bar { end(bar) }
        return rows
    }
}
