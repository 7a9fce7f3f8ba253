import CPostgres

/// The rows that one statement gave in Postgres' binary format: numbers, times and truth values, which need no text in between.
///
/// - Source: <https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES>
package struct BinaryResult: Sendable, Equatable {
    /// Microseconds from 1970 to 2000, where Postgres' time begins.
    private static let epoch: Int64 = 946_684_800_000_000

    package let rowCount: Int
    private let width: Int
    /// Row after row; nil is NULL, and what is no number of 1, 2, 4 or 8 bytes.
    private let fields: [Int64?]

    /// Copies everything out of `result`, which stays the caller's to clear.
    init(_ result: OpaquePointer) {
        let (rows, width) = unsafe (PQntuples(result), PQnfields(result))
        (rowCount, self.width) = (Int(rows), Int(width))
        var fields: [Int64?] = []
        fields.reserveCapacity(Int(rows) * Int(width))
        for row in 0..<rows {
            for column in 0..<width {
                unsafe fields.append(Self.field(of: result, row, column))
            }
        }
        self.fields = fields
    }

    static let nothing = BinaryResult()

    private init() { (rowCount, width, fields) = (0, 0, []) }

    private static func field(of result: OpaquePointer, _ row: Int32, _ column: Int32) -> Int64? {
        guard unsafe PQgetisnull(result, row, column) == 0, let value = unsafe PQgetvalue(result, row, column) else {
            return nil
        }
        let bytes = UnsafeRawPointer(value)
        return switch unsafe PQgetlength(result, row, column) {
        case 1: unsafe Int64(bytes.load(as: Int8.self))
        case 2: unsafe Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        case 4: unsafe Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case 8: unsafe Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        default: nil
        }
    }

    /// Of `smallint`, `integer` and `bigint`; nil is NULL.
    package func integer(_ row: Int, _ column: Int) -> Int64? { fields[row * width + column] }

    /// Of `double precision`; nil is NULL.
    package func double(_ row: Int, _ column: Int) -> Double? {
        integer(row, column).map { Double(bitPattern: UInt64(bitPattern: $0)) }
    }

    /// Of `boolean`; nil is NULL.
    package func bool(_ row: Int, _ column: Int) -> Bool? { integer(row, column).map { $0 != 0 } }

    /// Of `timestamptz`, in Unix milliseconds, rounded down; nil is NULL.
    package func milliseconds(_ row: Int, _ column: Int) -> Int64? {
        integer(row, column).map { microseconds in
            let (sum, isTooLate) = microseconds.addingReportingOverflow(Self.epoch)
            let whole = isTooLate ? Int64.max : sum
            return whole / 1000 - (whole % 1000 < 0 ? 1 : 0)
        }
    }
}

/// The rows and the row count that one statement gave.
package struct QueryResult: Sendable, Equatable {
    /// Names of the columns, as the server spells them.
    package let columns: [String]
    /// Values in Postgres' text format; nil is NULL.
    package let rows: [[String?]]
    /// Rows that the statement returned or changed.
    package let affected: Int
    /// The server's word for what it did, such as `COMMIT` or `INSERT 0 3`.
    package let command: String

    /// Copies everything out of `result`, which stays the caller's to clear.
    init(_ result: OpaquePointer) {
        let width = unsafe PQnfields(result)
        columns = (0..<width).map { unsafe String(cString: PQfname(result, $0)) }
        rows = unsafe (0..<PQntuples(result)).map { row in
            (0..<width).map { column in
                guard unsafe PQgetisnull(result, row, column) == 0 else { return nil }
                return unsafe String(cString: PQgetvalue(result, row, column))
            }
        }
        affected = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
        command = unsafe String(cString: PQcmdStatus(result))
    }

    static let nothing = QueryResult()

    private init() { (columns, rows, affected, command) = ([], [], 0, "") }
}
