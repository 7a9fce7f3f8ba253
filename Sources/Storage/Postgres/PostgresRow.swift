import Candles
import Postgres
import Resilience

/// One row of a result in text format, read field by field.
struct PostgresRow {
    let fields: [String?]

    func integer(_ column: Int) throws -> Int64? {
        guard let text = fields[column] else { return nil }
        guard let value = Int64(text) else { throw unreadable(column) }
        return value.bounded
    }

    func required(_ column: Int) throws -> Int64 {
        guard let value = try integer(column) else { throw unreadable(column) }
        return value
    }

    func double(_ column: Int) throws -> Double {
        guard let value = fields[column].flatMap({ Double($0) }) else { throw unreadable(column) }
        return value
    }

    func optionalDouble(_ column: Int) throws -> Double? { fields[column] == nil ? nil : try double(column) }

    func text(_ column: Int) throws -> String {
        guard let value = fields[column] else { throw unreadable(column) }
        return value
    }

    func range(_ from: Int, _ to: Int) throws -> TimeRange { TimeRange(try required(from), try required(to)) }

    private func unreadable(_ column: Int) -> StorageFault {
        .failed(database: "Postgres", reason: "column \(column) of a result holds no value of its type")
    }
}

extension QueryResult {
    var typedRows: [PostgresRow] { rows.map { PostgresRow(fields: $0) } }
}
