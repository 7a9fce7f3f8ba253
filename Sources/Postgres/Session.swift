import CPostgres
import Foundation
import Resilience

/// One libpq connection and the blocking ways to wait for it.
///
/// Nothing here calls libpq's blocking functions: each wait is a `poll` of the socket together with the wake signal, so
/// that the deadline and a cancellation are the same branch.
@safe final class Session {
    let pointer: OpaquePointer
    let wake: WakeSignal
    let place: String
    /// The server's process that answered at the beginning.
    private(set) var serverProcess: Int32?

    /// Connects, and sets what the text formats and the sort of every later call rely on.
    convenience init(_ settings: PostgresSettings, wake: WakeSignal, limits: CallLimits) throws {
        try self.init(connecting: settings, wake: wake, limits: limits)
        var limits = limits
        let settled = "SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO, YMD'; SET extra_float_digits TO 1"
        serverProcess = try run("\(settled); \(Self.serverProcessQuery)", &limits).serverProcess
    }

    init(connecting settings: PostgresSettings, wake: WakeSignal, limits: CallLimits) throws {
        guard let pointer = unsafe Self.start(settings) else {
            throw PostgresFault.unreachable(where: settings.place, reason: "out of memory")
        }
        unsafe self.pointer = unsafe pointer
        self.wake = wake
        place = settings.place
        unsafe PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        unsafe PQsetNoticeProcessor(pointer, { _, _ in }, nil)
        try finishConnecting(limits)
        unsafe PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        unsafe PQsetnonblocking(pointer, 1)
    }

    deinit { unsafe PQfinish(pointer) }

    var isUsable: Bool { unsafe PQstatus(pointer) == CONNECTION_OK }

    /// libpq's last message on one line, without the password.
    var message: String {
        let text = unsafe String(cString: PQerrorMessage(pointer))
        let password = unsafe PQpass(pointer).map { unsafe String(cString: $0) } ?? ""
        let line = text.hiding(password).split(whereSeparator: \.isNewline)
            .map { $0.drop(while: \.isWhitespace) }.joined(separator: "; ")
        return line.isEmpty ? "the server closed the connection" : line
    }

    var lost: PostgresFault { .lost(reason: message) }

    private static func start(_ settings: PostgresSettings) -> OpaquePointer? {
        var keywords = settings.keywords
        keywords["client_encoding"] = "UTF8"
        keywords["application_name"] = keywords["application_name"] ?? "cryptotrader"
        keywords["tcp_user_timeout"] = keywords["tcp_user_timeout"] ?? "30000"
        // One that only listens sends nothing, so that nothing else would tell it that the server's machine is gone.
        keywords["keepalives_idle"] = keywords["keepalives_idle"] ?? "30"
        keywords["keepalives_interval"] = keywords["keepalives_interval"] ?? "10"
        keywords["keepalives_count"] = keywords["keepalives_count"] ?? "3"
        let pairs = keywords.map { ($0.key, $0.value) }
        return unsafe withCStrings(pairs.map(\.0)) { names in
            unsafe withCStrings(pairs.map(\.1)) { values in unsafe PQconnectStartParams(names, values, 0) }
        }
    }

    private func finishConnecting(_ limits: CallLimits) throws {
        var state = PGRES_POLLING_WRITING
        guard isStarted else { throw connectFault }
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED else { throw connectFault }
            _ = try waitToConnect(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, limits)
            state = unsafe PQconnectPoll(pointer)
        }
    }

    private var isStarted: Bool { unsafe PQstatus(pointer) != CONNECTION_BAD }

    private func waitToConnect(_ events: Int32, _ limits: CallLimits) throws {
        while true {
            switch limits.due {
            case .cancelled: throw CancellationError()
            case .timedOut: throw PostgresFault.unreachable(where: place, reason: "no answer within the deadline")
            case nil: break
            }
            if try pollSocket(Int16(events), limits) != 0 { return }
        }
    }

    private var connectFault: PostgresFault {
        let message = message
        if unsafe PQconnectionNeedsPassword(pointer) == 1 {
            return .refused(where: place, reason: "it asks for a password")
        }
        let report = message.firstMatch(of: /: {2}([0-9A-Z]{5}): ([^;]*)/)
        return PostgresFault(
            connecting: place, sqlstate: report.map { String($0.1) }, message: report.map { String($0.2) } ?? message)
    }

    /// Sleeps until the socket is ready, the wake signal comes, or the time is over; gives the socket's events, 0 for
    /// none.
    func pollSocket(_ events: Int16, _ limits: CallLimits) throws(PostgresFault) -> Int16 {
        var descriptors = [
            pollfd(fd: unsafe PQsocket(pointer), events: events, revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        if unsafe poll(&descriptors, 2, limits.milliseconds) < 0, errno != EINTR {
            throw .lost(reason: "cannot wait for the server (errno \(errno))")
        }
        if descriptors[1].revents != 0 { wake.drain() }
        return descriptors[0].revents
    }
}

extension PostgresSettings {
    /// What messages call the server.
    var place: String { "\(host):\(port)/\(database)" }
}

/// Calls `body` with the strings as a C array that a null pointer ends.
func withCStrings<T>(
    _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> T
) rethrows -> T {
    let copies = unsafe strings.map { unsafe $0.flatMap { unsafe strdup($0) } }
    defer { unsafe copies.forEach { unsafe free($0) } }
    let pointers = unsafe copies.map { unsafe UnsafePointer($0) } + [nil]
    return try unsafe pointers.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("an array with an end mark is never empty") }
        return try unsafe body(base)
    }
}
