import Foundation
package import Postgres
import Resilience

/// A database beside the live one, for a restore to be tried in.
///
/// While it is used, a session in the maintenance database holds a lock of its name, and shares one of all names of its purpose. Where
/// the lock is free, nobody uses it any more.
package struct ScratchDatabase: Sendable {
    package enum Purpose: String, Sendable, CaseIterable {
        case restore = "ops_restore"
        case verify = "ops_verify"

        /// What the names of the scratch databases of one live database begin with.
        func prefix(_ live: PostgresSettings) -> String {
            "\(rawValue)_\(PostgresName.digest(of: live.database))_"
        }
    }

    package let name: String
    /// Whose objects it holds; nil where that is the role that connects.
    let owner: String?
    /// For sessions in it, which act as its owner.
    package let settings: PostgresSettings
    let maintenance: PostgresMaintenance
    /// Whether the role that connects is one.
    let isSuperuser: Bool
    /// Whether it may make a role for what nobody vouches for.
    let mayMakeRoles: Bool

    /// Creates one like the live database, or like the cluster's own where there is none.
    ///
    /// - Throws: `RestoreFault.mayNotCreate`, `PostgresFault`.
    package static func create(_ purpose: Purpose, like live: PostgresSettings) async throws -> ScratchDatabase {
        let maintenance = try await PostgresMaintenance.connect(beside: live)
        guard try await maintenance.mayCreate() else { throw RestoreFault.mayNotCreate(role: live.user) }
        let facts = try await maintenance.facts(of: live.database)
        if let facts, !facts.isOurs {
            throw PostgresFault.permissionDenied(
                message: "only \(facts.owner) may put another database in place of \(live.database)")
        }
        let name = purpose.prefix(live) + UUID().uuidString.prefix(8).lowercased()
        guard try await maintenance.connection.lock(lock(purpose.prefix(live)), shared: true, patience: .seconds(60)),
            try await maintenance.connection.tryLock(lock(name))
        else {
            throw PostgresFault.server(sqlstate: "42P04", message: "the database \(name) is in use", sql: nil)
        }
        let scratch = ScratchDatabase(
            name: name, live: live, owner: facts?.owner, maintenance, rights: try await maintenance.rights())
        try await scratch.fill(with: "CREATE DATABASE \(name) TEMPLATE template0 \(facts?.clauses ?? "")")
        return scratch
    }

    private init(
        name: String, live: PostgresSettings, owner: String?, _ maintenance: PostgresMaintenance,
        rights: (isSuperuser: Bool, mayMakeRoles: Bool)
    ) {
        (isSuperuser, mayMakeRoles) = rights
        self.name = name
        self.owner = owner == live.user ? nil : owner
        self.maintenance = maintenance
        let settings = live.naming(database: name)
        self.settings = self.owner.map { settings.acting(as: $0) } ?? settings
    }

    private func fill(with sql: String) async throws {
        do {
            try await maintenance.connection.query(sql, deadline: .seconds(600))
        } catch {
            await drop()
            throw error
        }
    }

    /// Removes it; what fails here is done by the next run.
    package func drop() async {
        do {
            if await !maintenance.connection.isConnected { try await maintenance.reconnect() }
            try await maintenance.drop(name)
            await maintenance.drop(role: name)
        } catch {
            // The server is gone, or takes no connections: `clean` finds the database once it does again.
        }
        await maintenance.connection.close()
    }

    /// Leaves it behind, as a run does that is killed.
    package func disown() async { await maintenance.connection.close() }

    /// Removes those that killed runs left behind; gives their names.
    ///
    /// The server goes on for a moment with what a killed run asked for: a database that it still makes is in no list yet. So this
    /// waits for the sessions that make or use one, though not for a verification that takes long.
    static func clean(_ purpose: Purpose, beside live: PostgresSettings, _ maintenance: PostgresMaintenance)
        async throws -> [String]
    {
        var removed: [String] = []
        _ = try await maintenance.connection.lock(lock(purpose.prefix(live)), shared: false, patience: .seconds(10))
        for name in try await maintenance.databases(beginning: purpose.prefix(live))
        where isGenerated(name, purpose, live) {
            guard try await maintenance.connection.tryLock(lock(name)) else { continue }
            try await maintenance.drop(name)
            removed.append(name)
        }
        for role in try await maintenance.roles(beginning: purpose.prefix(live))
        where isGenerated(role, purpose, live) {
            guard try await maintenance.connection.tryLock(lock(role)) else { continue }
            await maintenance.drop(role: role)
        }
        return removed
    }

    /// Eight hexadecimal digits behind the prefix, as `create` makes them; anything else is a person's.
    private static func isGenerated(_ name: String, _ purpose: Purpose, _ live: PostgresSettings) -> Bool {
        name.dropFirst(purpose.prefix(live).count).wholeMatch(of: /[0-9a-f]{8}/) != nil
    }

    private static func lock(_ name: String) -> String { "cryptotrader scratch \(name)" }
}
