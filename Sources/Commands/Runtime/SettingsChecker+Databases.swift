import Postgres
import Resilience
import Storage

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
        return found.locations.isEmpty ? [.sqlite(path: "data/cryptotrader.db")] : found.locations
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
                database: name("POSTGRES_DB", default: "cryptotrader"),
                user: name("POSTGRES_USER", default: "postgres"),
                password: try source.secret("POSTGRES_PASSWORD")))
    }

    private mutating func port() -> Int {
        guard let text = source.text("POSTGRES_PORT") else { return 5432 }
        if !text.contains(","), PostgresSettings.arePorts(text), let port = Int(text) { return port }
        problems.append("POSTGRES_PORT is no port (it is not shown, since it may hold a password); use 1 to 65535")
        return 5432
    }

    private mutating func name(_ name: String, default fallback: String) -> String {
        guard let text = source.text(name) else { return fallback }
        if PostgresSettings.isName(text) { return text }
        problems.append(
            "\(name) is no name (it is not shown, since it may hold a password); "
                + "write the name alone, or a whole address as DATABASE_URL")
        return fallback
    }
}
