import Foundation
import Glibc
import Host

/// Shows notices on the desktop, through `notify-send`.
///
/// On a host where nobody is logged in, or where nothing shows notices, they are let go: others tell them.
package struct DesktopChannel: AlertChannel {
    package let name = "desktop"
    package let configuration = "notify-send"
    package let threshold: Severity
    private let program: String
    private let environment: [String: String]

    /// `program` is a name that is looked up in PATH, or a path; `environment` is the process's own.
    package init(
        threshold: Severity = .info, program: String = "notify-send", environment: [String: String]
    ) {
        self.threshold = threshold
        self.program = program
        self.environment = environment
    }

    package func deliver(_ notice: AlertNotice) async throws {
        if let reason = try await show(notice) { throw ChannelFault.unattended(channel: name, reason: reason) }
    }

    /// Why it was not shown; nil where it was.
    private func show(_ notice: AlertNotice) async throws -> String? {
        do {
            let end = try await Program(
                program, Self.arguments(notice), environment: bus, deadline: .seconds(3)
            ).run()
            return end.succeeded ? nil : end.lastWords.shortened(to: 200)
        } catch let fault as ProgramFault {
            return fault.summary
        }
    }

    /// The user's session bus, which cron and system units are not told of.
    private var bus: [String: String?] {
        let name = "DBUS_SESSION_BUS_ADDRESS"
        if let address = environment[name] { return [name: address] }
        let path = "/run/user/\(getuid())/bus"
        return FileManager.default.fileExists(atPath: path) ? [name: "unix:path=\(path)"] : [:]
    }

    static func arguments(_ notice: AlertNotice) -> [String] {
        let text = NoticeText(notice).shortened(to: 800, frame: 16) { _ in 1 }
        let isOver = notice.kind == .resolved
        let severity = notice.alert.severity
        let urgency = isOver || severity == .info ? "low" : severity == .critical ? "critical" : "normal"
        let body = [text.message, text.hint.map { "Try: \($0)" }, text.footer].compactMap(\.self).joined(
            separator: "\n")
        return [
            "-a", "cryptotrader", "-u", urgency, "-t", urgency == "critical" ? "0" : "10000",
            "-c", isOver ? "device" : "device.error",
            "-i", isOver ? "dialog-information" : severity == .critical ? "dialog-error" : "dialog-warning",
            // The next notice of the same alert takes this one's place.
            "-h", "string:x-canonical-private-synchronous:\(notice.key.filter { $0 != "\0" })",
            "--", text.title, escaped(body),
        ]
    }

    /// Most desktops read a body as markup.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
