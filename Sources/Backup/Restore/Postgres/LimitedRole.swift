import Foundation
import Postgres
import Resilience

/// The role that loads what nobody vouches for: it owns a scratch database, and can do nothing elsewhere.
struct LimitedRole: Sendable {
    let name: String
    /// For sessions in the scratch database.
    let settings: PostgresSettings
    private let scratch: ScratchDatabase
    /// Who connects, in the scratch database.
    private let administrator: PostgresSettings
    private let isOurs: Bool

    /// A superuser makes one for this time, which logs in by itself; else one is taken that the role is a member of.
    ///
    /// - Throws: `RestoreFault.needsLimitedRole`, `PostgresFault`.
    static func take(for scratch: ScratchDatabase, beside live: PostgresSettings) async throws -> LimitedRole {
        let administrator = live.naming(database: scratch.name)
        let role: LimitedRole
        if scratch.isSuperuser {
            let password = "\(UUID())\(UUID())"
            try await make(scratch.name, password, scratch.maintenance, for: live.user)
            role = LimitedRole(
                name: scratch.name, settings: administrator.loggingIn(as: scratch.name, password: password),
                scratch: scratch, administrator: administrator, isOurs: true)
        } else {
            guard let name = try await find(scratch.maintenance, owner: scratch.owner ?? live.user) else {
                throw RestoreFault.needsLimitedRole(
                    role: live.user,
                    cause: "\(live.user) is a member of no role that has no rights of its own and owns no database")
            }
            role = LimitedRole(
                name: name, settings: administrator.acting(as: name), scratch: scratch, administrator: administrator,
                isOurs: false)
        }
        try await scratch.maintenance.connection.query(
            "ALTER DATABASE \(PostgresName.quoted(scratch.name)) OWNER TO \(PostgresName.quoted(role.name))")
        try await role.tryLogin(live.user)
        return role
    }

    private static func make(
        _ name: String, _ password: String, _ maintenance: PostgresMaintenance, for user: String
    ) async throws {
        do {
            try await maintenance.connection.query(
                "CREATE ROLE \(PostgresName.quoted(name)) LOGIN PASSWORD '\(password)'")
        } catch let fault as PostgresFault where fault.sqlstate != nil {
            // Its own words would have the statement, with the password.
            throw RestoreFault.needsLimitedRole(
                role: user, cause: "the server refuses to make one (SQLSTATE \(fault.sqlstate ?? ""))")
        }
    }

    /// What it loaded becomes the owner's.
    func handOver(to owner: String) async throws {
        let connection = PostgresConnection(administrator)
        try await connection.connect()
        let (role, owner) = (PostgresName.quoted(name), PostgresName.quoted(owner))
        try await connection.query("REASSIGN OWNED BY \(role) TO \(owner)")
        if isOurs { try await connection.query("DROP OWNED BY \(role)") }
        await connection.close()
        if isOurs { await scratch.maintenance.drop(role: name) }
    }

    private func tryLogin(_ user: String) async throws {
        let connection = PostgresConnection(settings)
        do {
            try await connection.connect()
            await connection.close()
        } catch let fault as PostgresFault {
            throw RestoreFault.needsLimitedRole(
                role: user,
                cause: "the server does not let the role \(name) in, which was made for it: \(fault.summary)")
        }
    }

    private static func find(_ maintenance: PostgresMaintenance, owner: String) async throws -> String? {
        let sql = """
            SELECT r.rolname FROM pg_roles r
            WHERE NOT (r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls)
                AND r.rolname !~ '^pg_' AND r.rolname <> current_user AND r.rolname <> $1
                AND pg_has_role(r.oid, 'MEMBER')
                AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
                AND NOT EXISTS (SELECT FROM pg_database d WHERE d.datdba = r.oid)
                AND NOT EXISTS (SELECT FROM pg_tablespace t WHERE t.spcowner = r.oid)
            ORDER BY r.rolname <> 'cryptotrader_restore', r.rolname COLLATE "C" LIMIT 1
            """
        return try await maintenance.connection.query(sql, [owner]).rows.first?.first ?? nil
    }
}

extension PostgresMaintenance {
    /// Drops a role that a scratch database was loaded by; one that is not there, or that may not be dropped, stays.
    func drop(role: String) async {
        let found = try? await connection.query("SELECT FROM pg_roles WHERE rolname = $1", [role]).rows
        guard found?.isEmpty == false else { return }
        _ = try? await connection.query("DROP ROLE \(PostgresName.quoted(role))")
    }

    /// The roles whose names begin like this.
    func roles(beginning prefix: String) async throws -> [String] {
        try await connection.query("SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)", [prefix]).rows
            .compactMap { $0[0] }
    }

    /// Whether whoever is connected may do everything.
    func isSuperuser() async throws -> Bool {
        try await connection.query("SELECT rolsuper FROM pg_roles WHERE rolname = session_user").rows.first?.first
            == "t"
    }
}
