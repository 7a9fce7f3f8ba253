import Foundation
import GRDB
import GRDBSQLite

/// Rows and sums of every table of an SQLite database; the same for the same rows, in whatever order and pages they lie.
enum SQLiteTableSums {
    static func read(_ db: Database) throws -> [TableSum] {
        try SQLiteContents.tables(db).map { try read($0, db) }
    }

    static func read(_ table: String, _ db: Database) throws -> TableSum {
        let name = table.replacing("\"", with: "\"\"")
        let prepared = try db.makeStatement(sql: "SELECT * FROM \"\(name)\"")
        return try withExtendedLifetime(prepared) { try unsafe read(prepared.sqliteStatement, of: table, db) }
    }

    private static func read(_ statement: OpaquePointer, of table: String, _ db: Database) throws -> TableSum {
        var sums = LineSums()
        var row: [UInt8] = []
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { return sums.table(named: table) }
            guard code == SQLITE_ROW else {
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage)
            }
            if sums.rows & 0xfff == 0 { try Task.checkCancellation() }
            row.removeAll(keepingCapacity: true)
            for column in unsafe 0..<sqlite3_column_count(statement) { unsafe append(column, of: statement, to: &row) }
            sums.add(row.span)
        }
    }

    /// The value's type, then its bytes.
    private static func append(_ column: Int32, of statement: OpaquePointer, to row: inout [UInt8]) {
        let type = unsafe sqlite3_column_type(statement, column)
        row.append(UInt8(type))
        switch type {
        case SQLITE_INTEGER: unsafe append(UInt64(bitPattern: sqlite3_column_int64(statement, column)), to: &row)
        case SQLITE_FLOAT: unsafe append(sqlite3_column_double(statement, column).bitPattern, to: &row)
        case SQLITE_NULL: break
        default:
            let bytes = unsafe sqlite3_column_blob(statement, column)
            let count = unsafe Int(sqlite3_column_bytes(statement, column))
            append(UInt64(count), to: &row)
            unsafe row.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        }
    }

    private static func append(_ word: UInt64, to row: inout [UInt8]) {
        for shift in stride(from: 0 as UInt64, to: 64, by: 8) { row.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
}
