package import Resilience

/// What can go wrong between us and a database, beyond what the Postgres connection itself reports.
package enum StorageFault: Fault, Equatable {
    case malformedURL
    /// The URL has a parameter that libpq lacks.
    case unknownParameter(name: String)
    /// SQLite would keep it in memory, and forget it with the process.
    case inMemory
    case full(database: String)
    case readOnly(database: String)
    case notADatabase(path: String)
    case cannotOpen(path: String, reason: String)
    case busy(database: String)
    case failed(database: String, reason: String)
    case schemaNewer(database: String, found: Int, known: Int)
    /// Only where nobody may migrate: whoever writes brings the schema up to date.
    case schemaOlder(database: String, found: Int, known: Int)
    /// Nothing is there to read: no file, or none of our tables.
    case notThere(database: String)
    case migrationNeedsBackup(database: String, from: Int, to: Int, reason: String)
    case otherExchange(database: String, stored: String, configured: String)
    /// Something stands there that has a name of ours and that this program has not made, or not so.
    case notOurs(database: String, problems: [String])
    /// Another database has the name or the file of the one that was opened: what is known of its series is void.
    case replaced(database: String)

    /// A job that began before the series was removed must not write into whatever came after it.
    static func forgotten(_ series: StoredSeries, in database: String) -> StorageFault {
        .failed(database: database, reason: "\(series.series) was removed while a job was at work on it")
    }

    static func migrationNeedsBackup(_ plan: MigrationPlan, of database: String) -> StorageFault {
        .migrationNeedsBackup(database: database, from: plan.found, to: plan.known, reason: "has no backup from before")
    }

    package var code: String {
        switch self {
        case .malformedURL, .unknownParameter, .inMemory: "database-url-malformed"
        case .full: "storage-full"
        case .readOnly: "database-read-only"
        case .notADatabase: "database-not-sqlite"
        case .cannotOpen: "database-cannot-open"
        case .busy: "database-busy"
        case .failed: "database-failed"
        case .schemaNewer: "schema-newer"
        case .schemaOlder: "schema-older"
        case .notThere: "database-not-there"
        case .migrationNeedsBackup: "migration-needs-backup"
        case .otherExchange: "database-other-exchange"
        case .notOurs: "database-not-ours"
        case .replaced: "database-replaced"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .malformedURL, .unknownParameter, .inMemory, .schemaNewer, .schemaOlder, .migrationNeedsBackup,
            .otherExchange, .notOurs:
            .configuration
        case .full, .readOnly, .notADatabase, .cannotOpen, .failed: .storage
        case .busy: .busy
        case .notThere, .replaced: .unavailable
        }
    }
    package var origin: FaultOrigin { .database }

    package var disposition: Disposition {
        switch self {
        case .busy, .notThere: .retryable(after: nil)
        case .full: .healable
        default: .permanent
        }
    }

    package var summary: String {
        switch self {
        case .malformedURL: "the database URL cannot be understood (it is not shown, since it may hold a password)"
        case .unknownParameter(let name): "the database URL has the parameter '\(name)', which libpq does not know"
        case .inMemory: "a database in memory would be lost at the end of each command"
        case .full(let database): "no room left to write to \(database)"
        case .readOnly(let database): "\(database) is read-only"
        case .notADatabase(let path): "\(path) is not an SQLite database"
        case .cannotOpen(let path, let reason): "cannot open \(path): \(reason)"
        case .busy(let database): "another process kept \(database) locked for too long"
        case .failed(let database, let reason): "\(database) failed: \(reason)"
        case .schemaNewer(let database, let found, let known):
            "\(database) has schema version \(found), and this program knows versions up to \(known)"
        case .schemaOlder(let database, let found, let known):
            "\(database) has schema version \(found), and this program reads version \(known)"
        case .notThere(let database): "there is no database yet: \(database) has no tables of this program"
        case .migrationNeedsBackup(let database, let from, let to, let reason):
            "\(database) holds candles and must be migrated from schema version \(from) to \(to), and \(reason)"
        case .otherExchange(let database, let stored, let configured):
            "\(database) holds candles of \(stored), not of \(configured)"
        case .notOurs(let database, let problems):
            "\(database) is not a database of this program: \(problems.prefix(3).joined(separator: ", "))"
                + (problems.count > 3 ? " and \(problems.count - 3) more" : "")
        case .replaced(let database):
            "\(database) is no longer the database that this job began with: it was restored, replaced or moved away"
        }
    }

    package var hint: String? {
        switch self {
        case .malformedURL:
            "write DATABASE_URL as postgres://user@host:5432/name or sqlite:data/cryptotrader.db, and in a password "
                + "@ as %40, / as %2F, : as %3A, ? as %3F, % as %25"
        case .unknownParameter(let name):
            "leave '\(name)' out of the URL; a schema is set by options=-csearch_path%3Dname, encryption by sslmode"
        case .inMemory: "name a file, as in sqlite:data/cryptotrader.db"
        case .full: "free some space and run the same command again; nothing half-written was left"
        case .readOnly: "give this user the right to write there, or name another database with --database"
        case .notADatabase: "name another file with --database sqlite:PATH"
        case .cannotOpen: "check that the folder exists and that this user may write to it"
        case .busy: "see which process uses the database, and run the same command again"
        case .failed: "run the same command again, and read the database's own log if it fails again"
        case .schemaNewer: "install the newer version of this program that wrote it"
        case .schemaOlder: "run 'ingest migrate', or let any job of 'ingest' run, which does it too"
        case .notThere: "run 'ingest backfill' or 'ingest stream', which makes it, or name another database"
        case .migrationNeedsBackup:
            "remove the cause that kept the backup from being made, or run 'ingest migrate --no-backup' if you have one of your own"
        case .notOurs:
            "nothing was changed; name another database with --database, or give what is there another name (if it was this "
                + "program's, restore a backup)"
        case .replaced: "nothing was written to it; run the same command again, which begins with what is there now"
        case .otherExchange: "name another database with --database, or set BITFINEX_REST_URL back"
        }
    }
}
