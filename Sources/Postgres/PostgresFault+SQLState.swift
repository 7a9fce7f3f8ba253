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
