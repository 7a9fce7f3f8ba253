import CPostgres

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
