import Candles
import Postgres

extension BinaryResult {
    /// From the columns open_time, open, high, low, close, volume, final, and whatever follows them.
    func storedCandles() throws -> [StoredCandle] {
        try (0..<rowCount).map { row in
            guard let openTime = milliseconds(row, 0), let open = double(row, 1), let high = double(row, 2),
                let low = double(row, 3), let close = double(row, 4), let volume = double(row, 5),
                let final = bool(row, 6)
            else { throw StorageFault.failed(database: "Postgres", reason: "a candle lacks a value") }
            return StoredCandle(
                candle: Candle(openTime: openTime, open: open, high: high, low: low, close: close, volume: volume),
                final: final)
        }
    }
}
