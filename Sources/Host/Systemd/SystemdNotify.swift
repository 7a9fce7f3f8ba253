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
