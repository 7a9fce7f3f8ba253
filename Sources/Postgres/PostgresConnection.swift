/// One connection to a Postgres server, on a thread of its own.
///
/// A call that is cancelled, or whose deadline passes, is stopped in the server too, and the connection stays usable.
/// After `PostgresFault.lost` the connection is closed: `connect` opens it again.
package actor PostgresConnection {
    /// How long a call may take unless it says otherwise.
    package static let defaultDeadline = Duration.seconds(60)

    package nonisolated let settings: PostgresSettings
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private let executor = ThreadExecutor(name: "postgres")
    private let wake = WakeSignal()
    private var session: Session?
    /// Who may stop the call that runs.
    private var stop: StopRequest?

    /// Makes a connection that is not open yet.
    package init(_ settings: PostgresSettings) { self.settings = settings }

    deinit { executor.stop() }

    /// Opens the connection; an open one is closed first.
    ///
    /// - Throws: `PostgresFault`; `.pooled` where a pooler would not keep a session for it.
    package nonisolated func connect(deadline: Duration = .seconds(5)) async throws {
        try await stoppable { connection in
            connection.session = nil
            let limits = CallLimits(deadline: deadline, stop: connection.stop)
            let session = try Session(connection.settings, wake: connection.wake, limits: limits)
            try PoolerCheck(settings: connection.settings, wake: connection.wake, limits: limits).refusePooled(session)
            connection.session = session
        }
    }

    /// Closes the connection; every later call throws `PostgresFault.lost` until `connect`.
    package func close() { session = nil }

    package var isConnected: Bool { session?.isUsable ?? false }

    /// Runs one statement with its parameters in text format.
    @discardableResult
    package nonisolated func query(
        _ sql: String, _ parameters: [String?] = [], deadline: Duration? = defaultDeadline
    ) async throws -> QueryResult {
        try await stoppable { try $0.runQuery(sql, parameters, deadline: deadline) }
    }

    /// Runs several statements without parameters; gives the last one's result.
    @discardableResult
    package nonisolated func execute(
        script: String, deadline: Duration? = defaultDeadline
    ) async throws -> QueryResult {
        try await stoppable { try $0.runScript(script, deadline: deadline) }
    }

    /// The form of a password that the server keeps.
    ///
    /// In `CREATE ROLE … PASSWORD`, it spares the password itself the server's log.
    package nonisolated func hashed(_ password: String, of role: String) async throws -> String {
        try await stoppable { connection in
            try connection.use(CallLimits(deadline: Self.defaultDeadline, stop: connection.stop)) { session, _ in
                try session.hashed(password, of: role)
            }
        }
    }

    /// Waits until somebody notified a channel that this connection listens to (`LISTEN`), at most `limit`; empty where nobody
    /// did.
    ///
    /// What came since the last call is given at once. Other calls wait meanwhile, so this wants a connection of its own.
    ///
    /// - Throws: `PostgresFault.lost`, after which `connect` and `LISTEN` are needed again.
    package nonisolated func notifications(within limit: Duration) async throws -> [PostgresNotification] {
        try await stoppable { connection in
            try connection.use(CallLimits(deadline: limit, stop: connection.stop)) { try $0.notifications($1) }
        }
    }

    /// Runs `body` on the connection's thread as one call that the cancellation of the task stops.
    nonisolated func stoppable<T: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> T
    ) async throws -> T {
        let stop = StopRequest(wake: wake)
        return try await withTaskCancellationHandler {
            try await perform(stop, body)
        } onCancel: {
            stop.request()
        }
    }

    private func perform<T: Sendable>(
        _ stop: StopRequest, _ body: @Sendable (isolated PostgresConnection) throws -> T
    ) throws -> T {
        guard !stop.isRequested else { throw CancellationError() }
        self.stop = stop
        defer { self.stop = nil }
        return try body(self)
    }
}

/// What runs on the connection's thread, inside `transaction`.
extension PostgresConnection {
    @discardableResult
    package func runQuery(
        _ sql: String, _ parameters: [String?] = [], deadline: Duration? = defaultDeadline
    ) throws -> QueryResult {
        try use(CallLimits(deadline: deadline, stop: stop)) { try $0.run(sql, parameters, &$1) }
    }

    /// Runs one statement whose columns are numbers, times or truth values: as `runQuery`, but faster where rows are many.
    package func runBinaryQuery(
        _ sql: String, _ parameters: [String?] = [], deadline: Duration? = defaultDeadline
    ) throws -> BinaryResult {
        try use(CallLimits(deadline: deadline, stop: stop)) { try $0.runInBinary(sql, parameters, &$1) }
    }

    @discardableResult
    package func runScript(_ script: String, deadline: Duration? = defaultDeadline) throws -> QueryResult {
        try use(CallLimits(deadline: deadline, stop: stop)) { try $0.run(script, &$1) }
    }

    /// Stores the rows of `buffer`; `sql` is `COPY table (columns) FROM STDIN (FORMAT binary)`.
    ///
    /// - Returns: The number of rows stored.
    @discardableResult
    package func copyIn(_ sql: String, _ buffer: CopyBuffer, deadline: Duration? = defaultDeadline) throws -> Int {
        var buffer = buffer
        let bytes = buffer.finish().bytes
        return try use(CallLimits(deadline: deadline, stop: stop)) { try $0.copyIn(sql, bytes, &$1) }
    }

    /// Gives each row of `COPY … TO STDOUT` to `emit`, on the connection's thread, as text with its line feed.
    ///
    /// What `emit` throws stops the COPY; the connection stays usable.
    ///
    /// - Returns: The number of rows.
    @discardableResult
    package func copyOut(
        _ sql: String, deadline: Duration? = defaultDeadline, _ emit: (Span<UInt8>) throws -> Void
    ) throws -> Int {
        try use(CallLimits(deadline: deadline, stop: stop)) { try $0.copyOut(sql, &$1, emit) }
    }

    /// Runs a statement whose outcome the caller must know, so that no cancellation stops it.
    @discardableResult
    package func runToTheEnd(_ sql: String, deadline: Duration? = defaultDeadline) throws -> QueryResult {
        try use(CallLimits(deadline: deadline, stop: nil)) { try $0.run(sql, &$1) }
    }

    private func use<T>(_ limits: CallLimits, _ body: (Session, inout CallLimits) throws -> T) throws -> T {
        guard let session else { throw PostgresFault.lost(reason: "it is not open") }
        var limits = limits
        do {
            return try body(session, &limits)
        } catch let fault as PostgresFault {
            if case .lost = fault { self.session = nil }
            throw fault
        }
    }
}

extension PostgresConnection {
    /// Runs `body` between BEGIN and COMMIT on the connection's thread; an error that leaves it rolls everything back.
    ///
    /// `body` works with `runQuery`, `runScript` and `copyIn`, which wait on that thread: the caller hops to it once
    /// for a whole page. A cancellation stops `body`, but not COMMIT, so whoever gets a result knows that it is stored.
    ///
    /// - Throws: What `body` throws; `PostgresFault.lost` when nobody knows whether COMMIT arrived.
    package nonisolated func transaction<T: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> T
    ) async throws -> T {
        try await stoppable { connection in
            try connection.runScript("BEGIN")
            let value: T
            do {
                value = try body(connection)
            } catch {
                connection.rollBack()
                throw error
            }
            try connection.commit()
            return value
        }
    }

    /// Ends the transaction; a connection that cannot even do this is closed, which rolls back too.
    private func rollBack() {
        do {
            _ = try runToTheEnd("ROLLBACK")
        } catch {
            close()
        }
    }

    /// The server answers COMMIT with ROLLBACK when a statement failed and `body` did not pass the error on.
    private func commit() throws {
        let command = try runToTheEnd("COMMIT").command
        guard command == "COMMIT" else {
            throw PostgresFault.server(sqlstate: "25P02", message: "the transaction was rolled back", sql: nil)
        }
    }
}

/// What a `NOTIFY` of another session, or of this one, said.
package struct PostgresNotification: Sendable, Equatable {
    package let channel: String
    /// Empty where nothing was said beside the channel.
    package let payload: String
}
