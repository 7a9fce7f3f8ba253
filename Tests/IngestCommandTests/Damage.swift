import Candles
import Foundation
import GRDB
import Postgres
import TestSupport

/// Rows altered behind the program's back, each so that an hour's open, high, low, close or volume is no longer true.
struct Damage {
    enum Kind: CaseIterable {
        case open, high, low, close, volume, deleted, madeUp
    }

    /// The statements, and the hours that they alter.
    private(set) var statements: [String] = []
    private(set) var hours: Set<UnixMilliseconds> = []

    /// Alters so many hours of a history of minutes; `time` is how SQL writes a moment.
    init(
        _ count: Int, in candles: [Candle], seed: UInt64, time: (UnixMilliseconds) -> String = { "\($0)" }
    ) {
        var random = SeededGenerator(seed: seed)
        let byHour = Dictionary(grouping: candles) { Timeframe.hour1.floor($0.openTime) }
        let starts = byHour.keys.sorted()
        while hours.count < count, let hour = starts.randomElement(using: &random) {
            guard let rows = byHour[hour], !hours.contains(hour) else { continue }
            let kind = Kind.allCases[hours.count % Kind.allCases.count]
            guard let statement = Self.statement(kind, rows, hour, &random, time) else { continue }
            statements.append(statement)
            hours.insert(hour)
        }
    }

    private static func statement(
        _ kind: Kind, _ rows: [Candle], _ hour: UnixMilliseconds, _ random: inout SeededGenerator,
        _ time: (UnixMilliseconds) -> String
    ) -> String? {
        guard let first = rows.first, let last = rows.last,
            let any = rows.filter({ $0.volume > 0.1 }).randomElement(using: &random)
        else {
            return nil
        }
        func update(_ column: String, _ row: Candle) -> String {
            "UPDATE candle SET \(column) WHERE open_time = \(time(row.openTime))"
        }
        switch kind {
        case .open: return update("open = open + 0.01", first)
        case .high: return update("high = high + 100000", any)
        case .low: return update("low = low / 2", any)
        case .close: return update("close = close - 0.01", last)
        case .volume: return update("volume = volume * 1.01", any)
        case .deleted: return "DELETE FROM candle WHERE open_time = \(time(any.openTime))"
        case .madeUp:
            let taken = Set(rows.map(\.openTime))
            let free = (0..<60).map { hour + $0 * 60_000 }.filter { !taken.contains($0) }
            guard let minute = free.randomElement(using: &random) else { return nil }
            return """
                INSERT INTO candle (series_id, open_time, open, high, low, close, volume, final)
                SELECT id, \(time(minute)), 5, 5, 5, 5, 1, \(time(1) == "1" ? "1" : "true") FROM series
                """
        }
    }

    /// The fewest stretches of 10,000 minutes that hold all altered hours.
    var stretches: Int {
        var count = 0
        var end = UnixMilliseconds.min
        for hour in hours.sorted() where hour + 3_600_000 > end {
            count += 1
            end = hour + 10_000 * 60_000
        }
        return count
    }
}

/// Direct access to an SQLite file of a test.
struct RawDatabase {
    private let queue: DatabaseQueue

    init(_ place: Workplace) throws { queue = try DatabaseQueue(path: place.sqlitePath) }

    func execute(_ statements: [String]) async throws {
        try await queue.write { db in for statement in statements { try db.execute(sql: statement) } }
    }

    func count(_ select: String) async throws -> Int {
        try await queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM (\(select))") ?? 0 }
    }

    /// Remembers the candles as they are.
    func remember() async throws { try await execute(["CREATE TABLE truth AS SELECT * FROM candle"]) }

    /// How many rows are not as they were remembered.
    func changes() async throws -> Int {
        try await count("SELECT * FROM truth EXCEPT SELECT * FROM candle")
            + count("SELECT * FROM candle EXCEPT SELECT * FROM truth")
    }
}
