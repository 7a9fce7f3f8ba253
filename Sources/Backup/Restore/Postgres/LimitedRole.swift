import Foundation
import Postgres
import Resilience

/// The role that loads what nobody vouches for: it owns a scratch database, and can do nothing elsewhere.
///
/// Its sessions log in as it. A session that only took it by `SET ROLE` could be led out of it again by any expression of
/// what it loads (`set_config('role', …)`); one that logged in has no other role to go back to.
struct LimitedRole: Sendable {
    let name: String
    /// For sessions in the scratch database.
    let settings: PostgresSettings
    private let scratch: ScratchDatabase
    /// Who connects, in the scratch database.
    private let administrator: PostgresSettings
    private let isOurs: Bool

    /// The one that is taken where none can be made.
    static let standing = "cryptotrader_restore"

    /// Who may make roles makes one for this time; else the standing one is taken, with a password that libpq finds by itself.
    ///
    /// - Throws: `RestoreFault.needsLimitedRole`, `PostgresFault`.
    static func take(for scratch: ScratchDatabase, beside live: PostgresSettings) async throws -> LimitedRole {
        let administrator = live.naming(database: scratch.name)
        let name = scratch.mayMakeRoles ? scratch.name : standing
        let password = scratch.mayMakeRoles ? "\(UUID())\(UUID())" : nil
        let role = LimitedRole(
            name: name, settings: administrator.loggingIn(as: name, password: password), scratch: scratch,
            administrator: administrator, isOurs: scratch.mayMakeRoles)
        if let password {
            try await make(name, password, scratch, for: live.user)
        } else {
            try await find(scratch.maintenance, for: live.user)
        }
        try await scratch.maintenance.connection.query(
            "ALTER DATABASE \(PostgresName.quoted(scratch.name)) OWNER TO \(PostgresName.quoted(role.name))")
        try await role.tryLogin(live.user)
        return role
    }

    private static func make(
        _ name: String, _ password: String, _ scratch: ScratchDatabase, for user: String
    ) async throws {
        let (connection, role) = (scratch.maintenance.connection, PostgresName.quoted(name))
        // The server may log statements: the password itself is in none.
        let hash = try await connection.hashed(password, of: name)
        do {
            try await connection.query("CREATE ROLE \(role) LOGIN PASSWORD '\(hash)'")
        } catch let fault as PostgresFault where fault.sqlstate != nil {
            // Its own words would have the statement, with what stands for the password.
            throw RestoreFault.needsLimitedRole(
                role: user, cause: "the server refuses to make one (SQLSTATE \(fault.sqlstate ?? ""))")
        }
        // Only who is a member of a role may give it a database.
        try await connection.query("GRANT \(role) TO CURRENT_USER")
    }

    /// What it loaded becomes the owner's.
    func handOver(to owner: String) async throws {
        // Settings that were loaded would hold for our own sessions, too.
        try await scratch.maintenance.connection.query(
            "ALTER DATABASE \(PostgresName.quoted(scratch.name)) RESET ALL")
        let connection = PostgresConnection(administrator)
        try await connection.connect()
        let (role, owner) = (PostgresName.quoted(name), PostgresName.quoted(owner))
        try await connection.query("REASSIGN OWNED BY \(role) TO \(owner)")
        if isOurs { try await connection.query("DROP OWNED BY \(role)") }
        await connection.close()
        if isOurs { await scratch.maintenance.drop(role: name) }
    }

    /// A pooler or a map of names may let us in as somebody else.
    private func tryLogin(_ user: String) async throws {
        let connection = PostgresConnection(settings)
        do {
            try await connection.connect()
        } catch PostgresFault.refused(_, let reason) {
            throw RestoreFault.noLogin(role: name, isMade: isOurs, cause: reason)
        }
        let found = try await connection.query(
            "SELECT session_user, session_user = current_user AND NOT rolsuper FROM pg_roles WHERE rolname = session_user"
        ).rows.first
        await connection.close()
        guard found == [name, "t"] else {
            throw RestoreFault.noLogin(
                role: name, isMade: isOurs, cause: "whoever logs in as it becomes \((found?.first ?? nil) ?? "another")"
            )
        }
    }

    private static func find(_ maintenance: PostgresMaintenance, for user: String) async throws {
        let sql = """
            SELECT FROM pg_roles r
            WHERE r.rolname = $1 AND r.rolname <> current_user AND r.rolcanlogin
                AND NOT (r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls)
                AND pg_has_role(r.oid, 'MEMBER')
                AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
                AND NOT EXISTS (SELECT FROM pg_database d WHERE d.datdba = r.oid)
                AND NOT EXISTS (SELECT FROM pg_tablespace t WHERE t.spcowner = r.oid)
            """
        guard try await maintenance.connection.query(sql, [standing]).rows.isEmpty else { return }
        throw RestoreFault.needsLimitedRole(
            role: user,
            cause:
                "\(user) may make no role, and is a member of no role \(standing) that may log in, has no rights of its own and owns no database"
        )
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

    /// Whether whoever is connected may do everything, and may make roles.
    func rights() async throws -> (isSuperuser: Bool, mayMakeRoles: Bool) {
        let sql = """
            SELECT s.rolsuper, r.rolsuper OR r.rolcreaterole FROM pg_roles s, pg_roles r
            WHERE s.rolname = session_user AND r.rolname = current_user
            """
        let row = try await connection.query(sql).rows.first
        return (row?[0] == "t", row?[1] == "t")
    }
}
