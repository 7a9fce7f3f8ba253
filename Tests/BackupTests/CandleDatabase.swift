import Candles
import Foundation
import GRDB
import Storage
import TestSupport

/// An SQLite database with this program's schema and made-up candles, in a folder of its own.
struct CandleDatabase: Sendable {
    let folder: ScratchFolder
    let path: String

    /// `name` may hold spaces and quotes.
    init(candles: Int = 500, name: String = "candles.db") async throws {
        folder = try ScratchFolder()
        path = folder.path(name)
        let store = try SQLiteCandleStore(path: path)
        try await store.fill(candles, from: 0)
        await store.close()
    }

    var location: DatabaseLocation { .sqlite(path: path) }

    func execute(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    func number(_ sql: String) throws -> Int? { try Self.number(sql, in: path) }

    static func number(_ sql: String, in path: String) throws -> Int? {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: sql) }
    }
}

extension CandleStore {
    /// Stores so many minutes of BTCUSD in one page, `from` minutes after the beginning of 2024.
    func fill(_ count: Int, from: Int) async throws {
        let series = try await track(Series("BTCUSD-1m"), from: CandleDatabase.minute(0))
        let candles = (from..<from + count).map { index in
            let price = 40_000 + 1000 * Foundation.sin(Double(index) / 700) + Double(index % 7) / 3
            return Candle(
                openTime: CandleDatabase.minute(index), open: price, high: price + 12.5, low: price - 11.125,
                close: price + 1 / 3, volume: Double(index % 97) / 13)
        }
        let range = TimeRange(CandleDatabase.minute(from), CandleDatabase.minute(from + count))
        _ = try await store(
            ProvenPage(candles: candles, proven: [range], checkedAt: CandleDatabase.minute(1_000_000)), of: series)
    }
}

extension CandleDatabase {
    static func minute(_ index: Int) -> UnixMilliseconds { 1_704_067_200_000 + Int64(index) * 60_000 }
}
