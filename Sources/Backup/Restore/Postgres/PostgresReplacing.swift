package import Postgres
import Resilience

/// What took the live database's place, for a look at it afterwards.
package struct Replacement: Sendable {
    /// The name that it had.
    package let scratch: String
    let oid: String
    let tables: [String]

    /// - Throws: What keeps the live database from being what was restored.
    package func check(_ live: PostgresSettings) async throws {
        let connection = PostgresConnection(live)
        try await connection.connect()
        let found = try await connection.query("SELECT oid FROM pg_database WHERE datname = current_database()").rows
        await connection.close()
        let missing = Set(tables).subtracting(try await PostgresTableSums(settings: live).names())
        guard found.first?.first == oid, missing.isEmpty else {
            throw PostgresFault.server(
                sqlstate: "3D000", message: "\(live.database) is not the database that was restored", sql: nil)
        }
    }
}

/// The last step of a restore: the scratch database takes the live one's name, and gives it back where that fails.
struct PostgresReplacing {
    let target: PostgresRestoreTarget
    let scratch: ScratchDatabase

    private var live: String { target.name }
    private var maintenance: PostgresMaintenance { scratch.maintenance }
    private var swap: PostgresSwap { PostgresSwap(maintenance: maintenance, live: target.settings) }

    /// - Throws: `RestoreFault.rolledBack`, `.notRolledBack`; `CancellationError` as long as nothing was renamed.
    func run() async throws {
        let replacement: Replacement
        let there: [PostgresSwap.Renaming]
        do {
            there = try await renamings()
            replacement = Replacement(
                scratch: scratch.name,
                oid: try await maintenance.facts(of: scratch.name)?.oid ?? "",
                tables: try await PostgresTableSums(settings: scratch.settings).names())
            try await rename(there, replacement)
        } catch let fault as RestoreFault {
            throw fault
        } catch {
            await scratch.drop()
            throw error is CancellationError ? error : target.rolledBack(by: error)
        }
        try await lookOrGoBack(there, replacement)
        await maintenance.connection.close()
    }

    /// What the live database was keeps its name with a mark, and the restored one gets its comment, in one transaction.
    private func renamings() async throws -> [PostgresSwap.Renaming] {
        guard try await maintenance.exists(live) else { return [.init(from: scratch.name, to: live)] }
        let now = target.now()
        let kept = target.freeName(now, beside: try await maintenance.taken(beside: live))
        let comment = try await maintenance.comment(on: live)
        let mark = ReplacedMark(
            installation: target.installation, database: live,
            by: try await maintenance.facts(of: scratch.name)?.oid ?? "", at: now, comment: comment)
        return [
            .init(from: live, to: kept, comment: mark.text, before: comment),
            .init(from: scratch.name, to: live, comment: comment, before: nil),
        ]
    }

    /// A connection that breaks at COMMIT leaves open what happened: the new names tell.
    private func rename(_ renamings: [PostgresSwap.Renaming], _ replacement: Replacement) async throws {
        do {
            try await swap.rename(renamings)
        } catch PostgresFault.lost(let reason) {
            let isDone: Bool
            do {
                try await maintenance.reconnect()
                isDone = try await maintenance.facts(of: live)?.oid == replacement.oid
            } catch {
                throw notRolledBack(renamings, cause: reason)
            }
            if !isDone { throw PostgresFault.lost(reason: reason) }
        }
    }

    /// From here on the restored database is the live one, so a cancellation comes too late.
    private func lookOrGoBack(_ there: [PostgresSwap.Renaming], _ replacement: Replacement) async throws {
        do {
            try await target.look(target.settings, replacement)
        } catch is CancellationError {
            return
        } catch {
            let cause = target.rolledBack(by: error)
            do {
                if await !maintenance.connection.isConnected { try await maintenance.reconnect() }
                try await swap.rename(Self.back(there))
            } catch {
                throw notRolledBack(there, cause: "\(cause.cause); \((error as? any Fault)?.summary ?? "\(error)")")
            }
            await scratch.drop()
            throw cause
        }
    }

    private static func back(_ there: [PostgresSwap.Renaming]) -> [PostgresSwap.Renaming] {
        there.reversed().map { PostgresSwap.Renaming(from: $0.to, to: $0.from, comment: $0.before, before: nil) }
    }

    private func notRolledBack(_ there: [PostgresSwap.Renaming], cause: String) -> RestoreFault {
        let settings = maintenance.connection.settings
        let host = settings.environment["PGHOSTADDR"] ?? settings.environment["PGHOST"]
        let place =
            (host.map { "-h \(SQLiteOverwrite.shell($0)) " } ?? "")
            + "-p \(settings.port) -U \(SQLiteOverwrite.shell(settings.user)) -d \(settings.database)"
        let statements = ["BEGIN"] + Self.back(there).flatMap(\.sql) + ["COMMIT"]
        return .notRolledBack(
            database: target.database, cause: cause,
            commands: [
                "psql -X -v ON_ERROR_STOP=1 \(place) "
                    + statements.map { "-c \(SQLiteOverwrite.shell($0))" }.joined(separator: " ")
            ])
    }

}

extension RestoreFault {
    /// What went wrong, without what it means for the database.
    var cause: String {
        switch self {
        case .rolledBack(_, let cause), .notRolledBack(_, let cause, _): cause
        default: summary
        }
    }
}
