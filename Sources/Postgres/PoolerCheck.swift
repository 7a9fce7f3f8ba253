import CPostgres

/// Notices a pooler between this program and the server, and refuses one that does not keep a session for us.
///
/// Locks, LISTEN and settings belong to a session of the server. A pooler that gives it away after each transaction loses them, and
/// leaves locks behind that nobody can give back.
/// - Source: <https://www.pgbouncer.org/features.html>, "SQL feature map for pooling modes".
struct PoolerCheck {
    let settings: PostgresSettings
    let wake: WakeSignal
    let limits: CallLimits

    /// Where many clients are at work, the session that we had may be with one of them at a moment.
    private static let rounds = 8
    /// How long a second connection may wait for a session of the server.
    private static let patience = Duration.seconds(2)

    /// - Throws: `PostgresFault.pooled`; what keeps it from being known.
    func refusePooled(_ session: Session) throws {
        if !session.isPooled { return }
        // Of several servers the same one: another one would say nothing of it.
        let settings = settings.reaching(session.host, at: session.hostAddress, port: session.port)
        for _ in 0..<Self.rounds {
            let other = try Session(connecting: settings, wake: wake, limits: limits)
            let others = try transactionProcess(of: other)
            if others == session.serverProcess { throw fault }
            // While the other one is in a transaction, or waits for a session.
            guard let mine = try process(of: session, by: Session.serverProcessQuery) else {
                // Whose turn it is to answer, if the other one can and we cannot?
                guard others != nil, try process(of: other, by: Session.serverProcessQuery) != nil else {
                    throw PostgresFault.timedOut(sql: Session.serverProcessQuery)
                }
                throw fault
            }
            if mine != session.serverProcess { throw fault }
            // It found no session that is free: ours is kept for us.
            if others == nil { return }
        }
    }

    /// The server's process that a connection has for a transaction, which it stays in; nil where it gets none.
    private func transactionProcess(of other: Session) throws -> Int32? {
        do {
            return try process(of: other, by: "BEGIN; \(Session.serverProcessQuery)")
        } catch is PostgresFault {
            // A pooler of statements refuses transactions.
            throw fault
        }
    }

    /// Nil where no answer comes in time; nothing more can be asked of that session then.
    private func process(of session: Session, by query: String) throws -> Int32? {
        let patience = CallLimits(deadline: Self.patience, stop: limits.stop)
        guard try session.isAnswered(query, patience) else { return nil }
        var limits = patience
        return try session.collect(query, &limits).serverProcess
    }

    private var fault: PostgresFault { .pooled(where: settings.place) }
}

extension Session {
    static let serverProcessQuery = "SELECT pg_backend_pid()"

    fileprivate var host: String { unsafe String(cString: PQhost(pointer)) }
    fileprivate var hostAddress: String { unsafe String(cString: PQhostaddr(pointer)) }
    fileprivate var port: String { unsafe String(cString: PQport(pointer)) }

    /// Whether who answers us is not the process of the server that works for us: a pooler gives a number of its own.
    var isPooled: Bool { unsafe PQbackendPID(pointer) != serverProcess }
}

extension QueryResult {
    /// Of `Session.serverProcessQuery`.
    var serverProcess: Int32? { rows.first?.first?.flatMap { Int32($0) } }
}
