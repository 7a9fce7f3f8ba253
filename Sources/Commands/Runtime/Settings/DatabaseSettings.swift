import Postgres
import Resilience
import Storage

extension Setting {
    static let databases: [Setting] = [
        Setting(
            "DATABASE_URL",
            """
            A whole address: postgres://user:password@host:5432/name, libpq's keywords (host=... dbname=...), or \
            sqlite:PATH. Special characters of a password in the URL are percent-encoded (@ is %40, / is %2F, : \
            is %3A). What is not given follows libpq's own defaults, such as the password file ~/.pgpass. A \
            pooler such as pgbouncer must keep a session for each client.
            """,
            isSecret: true, example: "sqlite:data/cryptotrader.db"),
        Setting(
            "POSTGRES_HOST", "Host name, address or socket folder of a Postgres server.",
            otherwise: "not set, and then the other POSTGRES_ names are not read", example: "127.0.0.1"),
        Setting(
            "POSTGRES_PORT", "Port of the server.",
            default: "5432", in: 1...65_535),
        Setting(
            "POSTGRES_DB", "Name of the database, which must exist.",
            default: "cryptotrader"),
        Setting(
            "POSTGRES_USER", "Role to connect as; it creates the tables.",
            default: "postgres"),
        Setting(
            "POSTGRES_PASSWORD", "Password of the role; compose.yaml also sets it for the server that it starts.",
            otherwise: "not set, and libpq's own defaults apply", isSecret: true, example: "choose-one"),
        Setting(
            "DATABASE_PATH",
            """
            Path of the embedded SQLite file, from the working folder; the file and its folder are created.
            """,
            default: "data/cryptotrader.db"),
    ]

    static let state: [Setting] = [
        Setting(
            "STATE_DIR",
            """
            Absolute path of the folder with the host's journal: request budget, bans, breaker, runs and locks. \
            All jobs that share an internet address should share it, or each would have a budget of its own.
            """,
            otherwise: "$XDG_STATE_HOME/cryptotrader, else ~/.local/state/cryptotrader",
            example: "/home/me/.local/state/cryptotrader")
    ]
}

extension SettingsChecker {
    /// What `--database` names alone, else the first of each kind of `DATABASE_URL`, `POSTGRES_…` and `DATABASE_PATH`, in this
    /// order, else the embedded default; never empty.
    mutating func databases(flag: String?) -> [DatabaseLocation] {
        var found = Found()
        if let flag {
            found.add(location("--database") { _ in try DatabaseLocation(flag) })
        } else {
            found.add(location("DATABASE_URL"))
            if !found.hasPostgres { found.add(location("POSTGRES_PASSWORD") { try $0.postgres() }) }
            if !found.hasSQLite {
                found.add(location("DATABASE_PATH") { try $0.source.text("DATABASE_PATH").map { try .init(file: $0) } })
            }
        }
        return found.locations.isEmpty ? [.sqlite(path: text("DATABASE_PATH"))] : found.locations
    }

    private struct Found {
        var locations: [DatabaseLocation] = []
        var hasPostgres = false
        var hasSQLite = false

        mutating func add(_ location: DatabaseLocation?) {
            guard let location else { return }
            locations.append(location)
            switch location {
            case .sqlite: hasSQLite = true
            case .postgres: hasPostgres = true
            }
        }
    }

    /// What a secret with an address names.
    mutating func location(_ name: String) -> DatabaseLocation? {
        location(name) { try $0.source.secret(name).map { try DatabaseLocation($0) } }
    }

    /// Nil where nothing is set, and where it is wrong, which is noted under `name`.
    private mutating func location(
        _ name: String, read: (inout SettingsChecker) throws -> DatabaseLocation?
    ) -> DatabaseLocation? {
        do {
            return try read(&self)
        } catch let fault as StorageFault {
            problems.append("\(name): \(fault.summary); \(fault.hint ?? "")")
        } catch let fault as SecretFileFault {
            problems.append(fault.problem)
        } catch {
            problems.append("\(name) cannot be read")
        }
        return nil
    }

    private mutating func postgres() throws -> DatabaseLocation? {
        guard let host = source.text("POSTGRES_HOST") else { return nil }
        if !PostgresSettings.areHosts(host) {
            problems.append(
                "POSTGRES_HOST is no host name (it is not shown, since it may hold a password); "
                    + "write the host alone, or a whole address as DATABASE_URL")
        }
        return .postgres(
            PostgresSettings(
                host: host, port: port(),
                database: name("POSTGRES_DB"),
                user: name("POSTGRES_USER"),
                password: try source.secret("POSTGRES_PASSWORD")))
    }

    private mutating func port() -> Int {
        let text = text("POSTGRES_PORT")
        if !text.contains(","), PostgresSettings.arePorts(text), let port = Int(text) { return port }
        problems.append("POSTGRES_PORT is no port (it is not shown, since it may hold a password); use 1 to 65535")
        return 5432
    }

    private mutating func name(_ name: String) -> String {
        let text = text(name)
        if PostgresSettings.isName(text) { return text }
        problems.append(
            "\(name) is no name (it is not shown, since it may hold a password); "
                + "write the name alone, or a whole address as DATABASE_URL")
        return Setting.named(name).standard ?? ""
    }
}
