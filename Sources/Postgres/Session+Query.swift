import CPostgres
import Foundation

extension Session {
    /// Runs several statements without parameters and gives the last one's result.
    func run(_ script: String, _ limits: inout CallLimits) throws -> QueryResult {
        guard unsafe PQsendQuery(pointer, script) == 1 else { throw lost }
        return try collect(script, &limits)
    }

    /// Runs one statement; parameters and values in text format.
    func run(_ sql: String, _ parameters: [String?], _ limits: inout CallLimits) throws -> QueryResult {
        try send(sql, parameters, isBinary: false)
        return try collect(sql, &limits)
    }

    /// Runs one statement; parameters in text format, values in binary format.
    func runInBinary(_ sql: String, _ parameters: [String?], _ limits: inout CallLimits) throws -> BinaryResult {
        try send(sql, parameters, isBinary: true)
        return unsafe try collect(sql, copying: nil, receive: { _ in false }, &limits) { unsafe BinaryResult($0) }
            ?? .nothing
    }

    /// The form of a password that a server keeps (SCRAM-SHA-256).
    func hashed(_ password: String, of role: String) throws -> String {
        guard let text = unsafe PQencryptPasswordConn(pointer, password, role, "scram-sha-256") else { throw lost }
        defer { unsafe PQfreemem(text) }
        return unsafe String(cString: text)
    }

    private func send(_ sql: String, _ parameters: [String?], isBinary: Bool) throws {
        guard !parameters.contains(where: { $0?.utf8.contains(0) == true }) else {
            throw PostgresFault.server(sqlstate: "22021", message: "a text holds a NUL byte", sql: sql)
        }
        let isSent = unsafe withCStrings(parameters) { values in
            unsafe PQsendQueryParams(pointer, sql, Int32(parameters.count), nil, values, nil, nil, isBinary ? 1 : 0)
        }
        guard isSent == 1 else { throw lost }
    }

    /// Sends statements without parameters, and says whether an answer begins to come in time; `collect` reads it.
    func isAnswered(_ script: String, _ limits: CallLimits) throws -> Bool {
        guard unsafe PQsendQuery(pointer, script) == 1 else { throw lost }
        while unsafe PQisBusy(pointer) == 1 {
            let isUnsent = unsafe PQflush(pointer) == 1
            switch limits.due {
            case .cancelled: throw CancellationError()
            case .timedOut: return false
            case nil: break
            }
            let ready = try pollSocket(Int16(isUnsent ? POLLIN | POLLOUT : POLLIN), limits)
            if ready & ~Int16(POLLOUT) != 0, unsafe PQconsumeInput(pointer) == 0 { throw lost }
        }
        return true
    }

    func collect(
        _ sql: String, copying bytes: ArraySlice<UInt8>? = nil,
        receive: (inout CallLimits) throws -> Bool = { _ in false }, _ limits: inout CallLimits
    ) throws -> QueryResult {
        unsafe try collect(sql, copying: bytes, receive: receive, &limits) { unsafe QueryResult($0) } ?? .nothing
    }

    /// Reads all results of what was sent, since the next command cannot be sent before; `bytes` is what a COPY asks
    /// for, and `receive` takes what a COPY gives, or says that it takes nothing.
    private func collect<Result>(
        _ sql: String, copying bytes: ArraySlice<UInt8>?, receive: (inout CallLimits) throws -> Bool,
        _ limits: inout CallLimits, _ read: (OpaquePointer) -> Result
    ) throws -> Result? {
        var last: Result?
        var bytes = bytes
        var fault: PostgresFault?
        while let result = unsafe try next(&limits) {
            defer { unsafe PQclear(result) }
            switch unsafe PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: unsafe last = read(result)
            case PGRES_COPY_IN:
                guard let input = bytes.take() else { throw unexpectedCopy(sql) }
                try feed(input, &limits)
            case PGRES_COPY_OUT:
                guard try receive(&limits) else { throw unexpectedCopy(sql) }
            case PGRES_COPY_BOTH: throw unexpectedCopy(sql)
            default: fault = unsafe fault ?? self.fault(result, sql)
            }
        }
        if let fault { throw replaced(fault, sql, limits) }
        guard isUsable else { throw lost }
        return last
    }

    /// The next result of the command that runs; nil when there is none left.
    func next(_ limits: inout CallLimits) throws -> OpaquePointer? {
        while unsafe PQisBusy(pointer) == 1 {
            let isUnsent = unsafe PQflush(pointer) == 1
            try exchange(isUnsent ? POLLIN | POLLOUT : POLLIN, &limits)
        }
        return unsafe PQgetResult(pointer)
    }

    /// Waits for the socket and takes in what the server sent.
    func exchange(_ events: Int32, _ limits: inout CallLimits) throws(PostgresFault) {
        let ready = try wait(events, &limits)
        if ready & ~Int16(POLLOUT) != 0, unsafe PQconsumeInput(pointer) == 0 { throw lost }
    }

    /// Sleeps until the socket is ready; asks the server to stop when the call is cancelled or its time is over.
    ///
    /// - Throws: `PostgresFault.lost` when the server does not even answer that.
    func wait(_ events: Int32, _ limits: inout CallLimits) throws(PostgresFault) -> Int16 {
        while true {
            if limits.interruption != nil, limits.isOver {
                throw .lost(reason: "the server did not answer a cancel request")
            }
            interruptIfDue(&limits)
            let ready = try pollSocket(Int16(events), limits)
            if ready != 0 { return ready }
        }
    }

    func interruptIfDue(_ limits: inout CallLimits) {
        guard let reason = limits.due else { return }
        limits.interrupt(reason)
        cancelCommand()
    }

    /// Stops the command because its caller wants no more of it.
    func stopCommand(_ limits: inout CallLimits) {
        if limits.interruption != nil { return }
        limits.interrupt(.cancelled)
        cancelCommand()
    }

    /// Asks the server to stop the command, over a connection of its own.
    ///
    /// A failure is not reported: whoever waits for the answer gives up after the grace.
    private func cancelCommand() {
        let handle = unsafe PQgetCancel(pointer)
        defer { unsafe PQfreeCancel(handle) }
        var message = [CChar](repeating: 0, count: 256)
        _ = unsafe PQcancel(handle, &message, Int32(message.count))
    }

    private func fault(_ result: OpaquePointer, _ sql: String) -> PostgresFault {
        guard let sqlstate = unsafe PQresultErrorField(result, Int32(CT_DIAG_SQLSTATE)) else { return lost }
        let message = unsafe PQresultErrorField(result, Int32(CT_DIAG_MESSAGE_PRIMARY))
        return unsafe PostgresFault(
            sqlstate: String(cString: sqlstate), message: message.map { unsafe String(cString: $0) } ?? "no message",
            sql: sql)
    }

    /// What the caller hears of a command that was stopped because of the caller.
    private func replaced(_ fault: PostgresFault, _ sql: String, _ limits: CallLimits) -> any Error {
        guard fault.sqlstate == "57014" else { return fault }
        return switch limits.interruption {
        case .cancelled: CancellationError()
        case .timedOut: PostgresFault.timedOut(sql: sql)
        case nil: fault
        }
    }

    private func unexpectedCopy(_ sql: String) -> PostgresFault {
        .lost(reason: "COPY needs its own call, so the connection was given up" + PostgresFault.quoted(sql))
    }
}

extension Session {
    /// How much libpq is given at once; it keeps what the socket does not take.
    private static let pieceSize = 256 << 10

    /// Runs `COPY … FROM STDIN` with these bytes and gives the number of rows stored.
    func copyIn(_ sql: String, _ bytes: ArraySlice<UInt8>, _ limits: inout CallLimits) throws -> Int {
        guard unsafe PQsendQuery(pointer, sql) == 1 else { throw lost }
        return try collect(sql, copying: bytes, &limits).affected
    }

    /// Sends the data of a COPY and its end; an interrupted call ends it with an error, so that the server keeps
    /// nothing.
    ///
    /// Where libpq takes no more, the server has reported an error already: the results tell it.
    func feed(_ bytes: ArraySlice<UInt8>, _ limits: inout CallLimits) throws {
        var start = bytes.startIndex
        while start < bytes.endIndex, limits.interruption == nil {
            let end = min(start + Self.pieceSize, bytes.endIndex)
            guard put(bytes[start..<end]) else { return }
            try flush(&limits)
            interruptIfDue(&limits)
            start = end
        }
        _ = unsafe PQputCopyEnd(pointer, limits.interruption == nil ? nil : "stopped by the client")
    }

    private func put(_ piece: ArraySlice<UInt8>) -> Bool {
        unsafe piece.withUnsafeBytes { buffer in
            let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe PQputCopyData(pointer, start, Int32(buffer.count)) == 1
        }
    }

    private func flush(_ limits: inout CallLimits) throws {
        while unsafe PQflush(pointer) == 1 { try exchange(POLLIN | POLLOUT, &limits) }
    }
}

extension Session {
    /// Runs `COPY … TO STDOUT`, gives each row with its line feed, and returns the number of rows.
    ///
    /// What `emit` throws stops the server, and is thrown once it has stopped.
    func copyOut(
        _ sql: String, _ limits: inout CallLimits, _ emit: (Span<UInt8>) throws -> Void
    ) throws -> Int {
        guard unsafe PQsendQuery(pointer, sql) == 1 else { throw lost }
        var failure: (any Error)?
        do {
            let rows = try collect(sql, receive: { try receive(&$0, &failure, emit) }, &limits).affected
            if let failure { throw failure }
            return rows
        } catch {
            throw isUsable ? failure ?? error : error
        }
    }

    /// Takes rows until the server ends the COPY; after a failure or an interruption they are thrown away.
    private func receive(
        _ limits: inout CallLimits, _ failure: inout (any Error)?, _ emit: (Span<UInt8>) throws -> Void
    ) throws -> Bool {
        var row: UnsafeMutablePointer<CChar>?
        while true {
            switch unsafe PQgetCopyData(pointer, &row, 1) {
            case 0: try exchange(POLLIN, &limits)
            case let count where count > 0:
                defer { unsafe PQfreemem(row) }
                guard failure == nil, limits.interruption == nil, let row = unsafe row else { continue }
                do {
                    try unsafe row.withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
                        try emit(unsafe Span(_unsafeStart: $0, count: Int(count)))
                    }
                } catch {
                    failure = error
                    stopCommand(&limits)
                }
            default: return true
            }
        }
    }
}

extension Session {
    /// Sleeps until the server notifies of something, the limit is over, or the call is cancelled; gives what has come, in
    /// the server's order.
    ///
    /// - Throws: `PostgresFault.lost`, `CancellationError`.
    func notifications(_ limits: CallLimits) throws -> [PostgresNotification] {
        while true {
            let come = received()
            if !come.isEmpty { return come }
            switch limits.due {
            case .cancelled: throw CancellationError()
            case .timedOut: return []
            case nil: break
            }
            if try pollSocket(Int16(POLLIN), limits) != 0, unsafe PQconsumeInput(pointer) == 0 { throw lost }
        }
    }

    /// What libpq has read already: also while it waited for the answer to a command.
    private func received() -> [PostgresNotification] {
        var come: [PostgresNotification] = []
        while let next = unsafe PQnotifies(pointer) {
            defer { unsafe PQfreemem(next) }
            come.append(
                unsafe PostgresNotification(
                    channel: String(cString: next.pointee.relname), payload: String(cString: next.pointee.extra)))
        }
        return come
    }
}
