import Candles
internal import GRDB
import GRDBSQLite

/// Writes candle rows through SQLite's own statement handle: twice as fast as bound argument arrays.
struct SQLiteRowWriter {
    /// A statement with the parameters `(series_id, open_time, open, high, low, close, volume, final)`.
    let sql: String

    static let insert = SQLiteRowWriter(sql: "INSERT INTO candle VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    static let stage = SQLiteRowWriter(sql: "INSERT INTO temp.stage VALUES (?, ?, ?, ?, ?, ?, ?, ?)")

    func write(_ candles: ArraySlice<Candle>, seriesID: Int64, final: Bool, in db: Database) throws {
        let statement = try db.cachedStatement(sql: sql)
        let handle = unsafe statement.sqliteStatement
        unsafe sqlite3_bind_int64(handle, 1, seriesID)
        unsafe sqlite3_bind_int64(handle, 8, final ? 1 : 0)
        for candle in candles {
            unsafe sqlite3_bind_int64(handle, 2, candle.openTime)
            unsafe sqlite3_bind_double(handle, 3, candle.open)
            unsafe sqlite3_bind_double(handle, 4, candle.high)
            unsafe sqlite3_bind_double(handle, 5, candle.low)
            unsafe sqlite3_bind_double(handle, 6, candle.close)
            unsafe sqlite3_bind_double(handle, 7, candle.volume)
            let code = unsafe sqlite3_step(handle)
            unsafe sqlite3_reset(handle)
            guard code == SQLITE_DONE else {
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage)
            }
        }
    }
}
