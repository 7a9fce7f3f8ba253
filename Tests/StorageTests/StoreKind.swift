import Dispatch
import Foundation
import GRDB
import Postgres
import Resilience
import Storage
import TestSupport
import Testing

/// Every kind of store that keeps the contract.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgres

    var testDescription: String { rawValue }

    /// An empty database; where no Postgres is installed, the case is skipped with that reason.
    func database() async throws -> ScratchDatabase {
        switch self {
        case .sqlite:
            let folder = try ScratchFolder()
            return ScratchDatabase(location: .sqlite(path: folder.path("candles.db")), folder: folder)
        case .postgres:
            if !ScratchPostgres.isEnabled { try Test.cancel("no initdb and postgres; apt-get install postgresql") }
            return ScratchDatabase(
                location: try DatabaseLocation(await ScratchPostgres.shared().database()), folder: nil)
        }
    }
}

/// A database of one test, with the ways in that a program and a person have.
struct ScratchDatabase: Sendable {
    let location: DatabaseLocation
    /// Kept for as long as the file in it is needed.
    let folder: ScratchFolder?

    /// Opens a store as a process of its own would, off the tasks' threads.
    func store(
        adding steps: [Migration] = [], backup: MigrationBackup = .required, pageLimit: Int? = nil
    ) async throws -> any CandleStore {
        switch location {
        case .sqlite(let path):
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(
                        with: Result {
                            try SQLiteCandleStore(
                                path: path, migrations: Migration.sqlite + steps, backup: backup, pageLimit: pageLimit)
                        })
                }
            }
        case .postgres(let settings):
            try await PostgresCandleStore(
                settings, clock: ContinuousClock(),
                retry: RetryPolicy(attempts: 20, backoff: Backoff(base: .milliseconds(5), cap: .milliseconds(50))),
                migrations: Migration.postgres + steps, backup: backup)
        }
    }

    /// The answer to plain SQL, as text; NULL is an empty text.
    func rows(_ sql: String) async throws -> [[String]] {
        switch location {
        case .sqlite(let path):
            let queue = try DatabaseQueue(path: path)
            return try await queue.read { db in
                try Row.fetchAll(db, sql: sql).map { $0.databaseValues.map(\.printed) }
            }
        case .postgres:
            let connection = try await connection()
            return try await connection.query(sql).rows.map { row in row.map { $0 ?? "" } }
        }
    }

    /// The first column of the first row, as a whole number.
    func number(_ sql: String) async throws -> Int64? {
        try await rows(sql).first?.first.flatMap { Int64($0) }
    }

    /// Changes the database behind the program's back.
    func execute(_ sql: String) async throws {
        switch location {
        case .sqlite(let path):
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: sql) }
        case .postgres: try await connection().execute(script: sql)
        }
    }

    /// Changes an SQLite file by statements that begin and end their own transaction.
    func detached(_ sql: String) async throws {
        guard case .sqlite(let path) = location else { preconditionFailure("not an SQLite database") }
        try await DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    func connection() async throws -> PostgresConnection {
        guard case .postgres(let settings) = location else { preconditionFailure("not a Postgres database") }
        let connection = PostgresConnection(settings)
        try await connection.connect()
        return connection
    }

    /// How SQL says a column of times in milliseconds.
    func milliseconds(_ column: String) -> String {
        if case .postgres = location { "unix_ms(\(column))" } else { column }
    }

    /// Makes every page fail after its rows were written, until `clearWay`.
    func blockCoverage() async throws {
        switch location {
        case .sqlite:
            try await execute(
                "CREATE TRIGGER block BEFORE INSERT ON coverage BEGIN SELECT RAISE(ABORT, 'blocked'); END")
        case .postgres:
            try await execute(
                """
                CREATE FUNCTION block() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'blocked'; END $$;
                CREATE TRIGGER block BEFORE INSERT ON coverage FOR EACH ROW EXECUTE FUNCTION block()
                """)
        }
    }

    func clearWay() async throws {
        if case .sqlite = location {
            try await execute("DROP TRIGGER block")
        } else {
            try await execute("DROP TRIGGER block ON coverage")
        }
    }
}

extension DatabaseValue {
    fileprivate var printed: String {
        switch storage {
        case .null: ""
        case .int64(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .blob(let value): "\(value.count) bytes"
        }
    }
}
