import Postgres
import Resilience

/// The databases of one cluster, seen from a database beside the one that is restored.
///
/// A database cannot be created, renamed or dropped from within itself.
struct PostgresMaintenance: Sendable {
    let connection: PostgresConnection

    /// Connects to `postgres`, or else to `template1`; never to the live database itself.
    ///
    /// - Throws: `PostgresFault`.
    static func connect(beside live: PostgresSettings) async throws -> PostgresMaintenance {
        let names = ["postgres", "template1"].filter { $0 != live.database }
        for name in names.dropLast() {
            do {
                return try await connect(to: live.naming(database: name))
            } catch PostgresFault.refused {
                continue
            }
        }
        return try await connect(to: live.naming(database: names.last ?? "template1"))
    }

    private static func connect(to settings: PostgresSettings) async throws -> PostgresMaintenance {
        let maintenance = PostgresMaintenance(connection: PostgresConnection(settings))
        try await maintenance.reconnect()
        return maintenance
    }

    func reconnect() async throws {
        try await connection.connect()
        try await connection.withoutTimeouts()
    }

    func exists(_ database: String) async throws -> Bool { try await facts(of: database) != nil }

    /// The names that begin like this, sorted.
    func databases(beginning prefix: String) async throws -> [String] {
        let sql = "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname COLLATE \"C\""
        return try await connection.query(sql, [prefix]).rows.compactMap { $0[0] }
    }

    /// Drops a database and ends whoever is connected to it; a cancellation does not stop it.
    func drop(_ database: String) async throws {
        let sql = "DROP DATABASE IF EXISTS \(PostgresName.quoted(database)) WITH (FORCE)"
        try await connection.runToTheEnd(sql, deadline: .seconds(600))
    }

    /// What a database is made of; nil where there is none of that name.
    func facts(of database: String) async throws -> PostgresDatabaseFacts? {
        try await connection.query(PostgresDatabaseFacts.sql, [database]).rows.first.flatMap(PostgresDatabaseFacts.init)
    }

    /// Whether the role that is connected may do so.
    func mayCreate() async throws -> Bool {
        let sql = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        return try await connection.query(sql).rows.first?.first == "t"
    }
}

extension PostgresPrograms {
    /// The `psql` for the cluster of this database.
    ///
    /// - Throws: `BackupFault.programMissing`, `.programTooOld`; `PostgresFault`.
    func psql(for live: PostgresSettings) async throws -> Found {
        let maintenance = try await PostgresMaintenance.connect(beside: live)
        let version = try await PostgresContents.serverVersion(maintenance.connection)
        await maintenance.connection.close()
        return try await find("psql", for: version)
    }
}

extension PostgresConnection {
    /// Lets this session wait and work for as long as it takes, whatever its role's settings say.
    nonisolated func withoutTimeouts() async throws {
        try await query(
            """
            SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout',
                'idle_session_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
            """)
    }

    /// Takes an advisory lock of this session unless another one has it.
    nonisolated func tryLock(_ name: String) async throws -> Bool {
        try await query("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", [name]).rows.first?.first == "t"
    }

    /// Takes an advisory lock of this session, as soon as others let it; false where they do not within `patience`.
    nonisolated func lock(_ name: String, shared: Bool, patience: Duration) async throws -> Bool {
        let function = shared ? "pg_advisory_lock_shared" : "pg_advisory_lock"
        try await query("SELECT set_config('lock_timeout', $1, false)", ["\(patience.components.seconds)s"])
        let isTaken: Bool
        do {
            try await query(
                "SELECT \(function)(hashtextextended($1, 0))", [name], deadline: patience + .seconds(30))
            isTaken = true
        } catch let fault as PostgresFault where fault.sqlstate == "55P03" {
            isTaken = false
        }
        try await query("SELECT set_config('lock_timeout', '0', false)")
        return isTaken
    }
}

/// What another database must be given to be like this one.
struct PostgresDatabaseFacts: Sendable, Equatable {
    /// The same database under whatever name.
    let oid: String
    let owner: String
    /// Whether the role that is connected may act as the owner.
    let isOurs: Bool
    /// The clauses of CREATE DATABASE.
    let clauses: String

    /// Columns that only some versions of Postgres have are read from a row's JSON.
    fileprivate static let sql = """
        SELECT oid, owner, pg_has_role(owner, 'MEMBER'), concat_ws(' ',
            format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', encoding, j->>'datcollate', j->>'datctype'),
            CASE j->>'datlocprovider'
                WHEN 'i' THEN format('LOCALE_PROVIDER icu ICU_LOCALE %L', locale)
                WHEN 'b' THEN format('LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', locale)
                WHEN 'c' THEN 'LOCALE_PROVIDER libc' END,
            'ICU_RULES ' || quote_literal(j->>'daticurules'),
            CASE WHEN spcname <> 'pg_default' THEN format('TABLESPACE %I', spcname) END,
            format('OWNER %I CONNECTION LIMIT %s', owner, j->>'datconnlimit'))
        FROM (SELECT d.oid, pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding, spcname,
                to_jsonb(d) AS j, coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale') AS locale
            FROM pg_database d JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname = $1) AS found
        """

    fileprivate init?(row: [String?]) {
        guard let oid = row[0], let owner = row[1], let clauses = row[3] else { return nil }
        self.oid = oid
        self.owner = owner
        isOurs = row[2] == "t"
        self.clauses = clauses
    }
}
