import Resilience

extension DatabaseCondition {
    /// There is a database, or will be, and nothing is in it.
    package static func empty(_ kind: Kind) -> DatabaseCondition {
        DatabaseCondition(
            kind: kind, state: .empty, message: "no candles are kept yet",
            hint: "run 'ingest bootstrap', or 'ingest backfill --series BTCUSD-1m --lookback-days 30'; "
                + "if there were candles, see that the disk of the database is mounted first")
    }

    /// A read took longer than it may.
    static func late(_ kind: Kind) -> DatabaseCondition {
        let (message, hint) = words("database-timeout")
        return DatabaseCondition(kind: kind, state: .unavailable, message: message, hint: hint)
    }

    /// Says of an error what a reader of the page may know: no path, no address, no secret.
    package init(_ kind: Kind, unavailable error: any Error) {
        let (message, hint) = Self.words((error as? any Fault)?.code ?? "")
        self.init(kind: kind, state: .unavailable, message: message, hint: hint)
    }

    private static func words(_ code: String) -> (message: String, hint: String) {
        switch code {
        case "database-unreachable", "database-lost":
            ("the database server cannot be reached", "start it, and this goes on by itself")
        case "database-timeout", "dashboard-database-away":
            ("the database does not answer in time", "see what else keeps it busy; this goes on by itself")
        case "database-refused", "database-permission":
            (
                "the database refuses what the dashboard was given to log in with",
                "make a role with 'scripts/create-frontend-role', and name it in FRONTEND_DATABASE_URL"
            )
        case "database-cannot-open", "database-read-only":
            ("the database file cannot be opened", "let the user of 'frontend serve' read it and its folder")
        case "database-not-there":
            (
                "the database has gone",
                "bring its disk or server's data back, and this goes on by itself; or restore a backup with 'ops restore'"
            )
        case "database-not-sqlite":
            ("the file that is named is no database", "name the right one in DATABASE_PATH, or restore a backup")
        case "schema-older":
            ("the database was written by an older version", "run 'ingest migrate' on the host that writes it")
        case "schema-newer":
            ("the database was written by a newer version", "install the newer version here, too")
        case "database-busy":
            ("another process keeps the database locked", "wait until it is done; this goes on by itself")
        default: ("the database cannot be read", "see what 'frontend serve' logs of it")
        }
    }
}
