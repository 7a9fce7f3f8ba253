package import Resilience

/// What went wrong between this program and a Postgres server.
///
/// No case ever holds a password: libpq's texts are filtered before they get here.
package enum PostgresFault: Fault, Equatable {
    /// The URL or keyword string cannot be read; libpq's own explanation would quote the password, so it is not kept.
    case malformedURL
    /// The URL has a parameter that libpq lacks.
    case unknownParameter(name: String)
    /// No server answers there, or it takes no connections now.
    case unreachable(where: String, reason: String)
    /// The server refuses this role, password or database.
    case refused(where: String, reason: String)
    /// A pooler in between gives each transaction another session of the server.
    case pooled(where: String)
    /// The connection broke, or the server is going down; what was in flight has an unknown outcome.
    case lost(reason: String)
    /// The server did not finish within the deadline of the call.
    case timedOut(sql: String?)
    /// The server's disk is full.
    case storageFull(message: String)
    /// The server or the transaction only reads.
    case readOnly(message: String)
    /// The role may not do this.
    case permissionDenied(message: String)
    /// Any other error that the server reports.
    case server(sqlstate: String, message: String, sql: String?)

    package var code: String {
        switch self {
        case .malformedURL, .unknownParameter: "database-url-malformed"
        case .unreachable: "database-unreachable"
        case .refused: "database-refused"
        case .pooled: "database-pooled"
        case .lost: "database-lost"
        case .timedOut: "database-timeout"
        case .storageFull: "storage-full"
        case .readOnly: "database-read-only"
        case .permissionDenied: "database-permission"
        case .server: "database-error"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .malformedURL, .unknownParameter, .refused, .pooled, .permissionDenied: .configuration
        case .unreachable, .lost, .timedOut: .unavailable
        case .storageFull, .readOnly, .server: .storage
        }
    }
    package var origin: FaultOrigin { .database }

    package var disposition: Disposition {
        switch self {
        case .malformedURL, .unknownParameter, .refused, .pooled, .permissionDenied: .permanent
        case .unreachable, .lost, .timedOut: .retryable(after: nil)
        case .storageFull, .readOnly: .healable
        case .server(let sqlstate, _, _): Self.isTransient(sqlstate) ? .retryable(after: nil) : .permanent
        }
    }

    package var summary: String {
        switch self {
        case .malformedURL: "the Postgres URL or keyword string cannot be read"
        case .unknownParameter(let name): "the Postgres URL has the parameter '\(name)', which libpq does not know"
        case .unreachable(let place, let reason): "cannot reach Postgres at \(place): \(reason)"
        case .refused(let place, let reason): "Postgres at \(place) refuses the connection: \(reason)"
        case .pooled(let place):
            "at \(place) a pooler gives each transaction another session of Postgres, in which no lock of this program holds"
        case .lost(let reason): "the connection to Postgres is lost: \(reason)"
        case .timedOut(let sql): "Postgres did not finish in time" + Self.quoted(sql)
        case .storageFull(let message): "the disk of the Postgres server is full: \(message)"
        case .readOnly(let message): "this Postgres is read-only: \(message)"
        case .permissionDenied(let message): "Postgres denies permission: \(message)"
        case .server(let sqlstate, let message, let sql): "Postgres reports \(sqlstate): \(message)" + Self.quoted(sql)
        }
    }

    package var hint: String? {
        switch self {
        case .malformedURL:
            "write postgres://user:password@host:5432/database and percent-encode special characters of the password; "
                + "a service belongs into PGSERVICE"
        case .unknownParameter(let name):
            "leave '\(name)' out of the URL; a schema is set by options=-csearch_path%3Dname, encryption by sslmode"
        case .unreachable: "start the server, or correct host and port of the database setting"
        case .refused: "correct user, password and database name, or create the role and the database"
        case .pooled:
            "connect past the pooler: write the host and the port of the server itself into DATABASE_URL, or let the pooler keep "
                + "a session for each client (pool_mode = session)"
        case .lost: "look into the server's log; the work resumes with the next run"
        case .timedOut: "look for locks and long queries in pg_stat_activity"
        case .storageFull: "free space on the server's disk; the work resumes with the next run"
        case .readOnly: "connect to the primary server with a role that may write"
        case .permissionDenied: "grant the role what it needs, or connect with its owner's role"
        case .server: nil
        }
    }
}

extension PostgresFault {
    /// The fault that a server error of this SQLSTATE is.
    ///
    /// - Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    init(sqlstate: String, message: String, sql: String?) {
        switch sqlstate {
        case "53100": self = .storageFull(message: message)
        case "25006": self = .readOnly(message: message)
        case "42501": self = .permissionDenied(message: message)
        case "57P01", "57P02", "57P03": self = .lost(reason: message)
        case _ where sqlstate.hasPrefix("08"): self = .lost(reason: message)
        default: self = .server(sqlstate: sqlstate, message: message, sql: sql)
        }
    }

    /// The fault of a connection that was not made.
    init(connecting place: String, sqlstate: String?, message: String) {
        let isRefusal = sqlstate.map { $0.hasPrefix("28") || $0 == "3D000" } ?? false
        self = isRefusal ? .refused(where: place, reason: message) : .unreachable(where: place, reason: message)
    }

    /// The server's five-character code, where the server reported one that has no case of its own, or only one code
    /// has this case.
    package var sqlstate: String? {
        switch self {
        case .server(let sqlstate, _, _): sqlstate
        case .storageFull: "53100"
        case .readOnly: "25006"
        case .permissionDenied: "42501"
        case .malformedURL, .unknownParameter, .unreachable, .refused, .pooled, .lost, .timedOut: nil
        }
    }

    /// Whether a row with this key exists already (23505).
    package var isUniqueViolation: Bool { sqlstate == "23505" }

    /// Serialization failure, deadlock, query cancelled by somebody else, lock not available, too many connections.
    static func isTransient(_ sqlstate: String) -> Bool {
        ["40001", "40P01", "57014", "55P03", "53300"].contains(sqlstate)
    }

    /// The statement as one short line, for the end of a summary.
    static func quoted(_ sql: String?) -> String {
        guard let sql else { return "" }
        let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= 120 ? " in: \(line)" : " in: \(line.prefix(117))..."
    }
}
