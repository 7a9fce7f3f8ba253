import Foundation

/// Tells systemd how this service is doing; does nothing where systemd did not start it.
///
/// - Source: <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>
package struct SystemdNotify: Sendable {
    /// How often systemd expects `watchdog`, nil where it does not watch this process.
    ///
    /// Send it twice as often.
    package let watchdogInterval: Duration?
    private let socket: NotifySocket?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` of `environment`.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        socket = environment["NOTIFY_SOCKET"].flatMap(NotifySocket.init)
        watchdogInterval = Self.watchdogInterval(environment)
    }

    /// The service is up.
    @discardableResult package func ready() -> Bool { send("READY=1") }

    /// The service began to end.
    @discardableResult package func stopping() -> Bool { send("STOPPING=1") }

    /// One line for people, as `systemctl status` shows it.
    @discardableResult package func status(_ text: String) -> Bool {
        send("STATUS=" + text.split(whereSeparator: \.isNewline).joined(separator: " "))
    }

    /// The service makes progress; systemd restarts one that is silent for `watchdogInterval`.
    @discardableResult package func watchdog() -> Bool { send("WATCHDOG=1") }

    /// Whether the message left; nobody has to care, since systemd draws its own conclusions.
    private func send(_ state: String) -> Bool { socket?.send(state) ?? false }

    /// A watchdog meant for another process of the service is not ours.
    private static func watchdogInterval(_ environment: [String: String]) -> Duration? {
        guard let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0 else {
            return nil
        }
        if let pid = environment["WATCHDOG_PID"], Int32(pid) != ProcessInfo.processInfo.processIdentifier { return nil }
        return .microseconds(microseconds)
    }
}

/// The address that systemd listens at: a path, or `@name` in the abstract namespace.
struct NotifySocket: Sendable {
    private let path: [UInt8]

    /// - Returns: nil for a form that unix sockets do not have, or a name too long for one.
    init?(_ address: String) {
        var path = Array(address.utf8)
        guard address.hasPrefix("/") || address.hasPrefix("@"), path.count < Self.maximumLength else { return nil }
        if address.hasPrefix("@") { path[0] = 0 }
        self.path = path
    }

    private static let maximumLength = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// Sends one datagram; false when nobody takes it.
    func send(_ state: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let payload = Array(state.utf8)
        return unsafe withAddress { address, length in
            unsafe sendto(descriptor, payload, payload.count, Int32(MSG_NOSIGNAL), address, length)
        } == payload.count
    }

    /// Calls `body` with the C form; the length is exact, since every byte of an abstract name counts.
    private func withAddress<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
        }
    }
}
