import Foundation
import Host

/// A mail program that is called as sendmail is: of postfix, exim, msmtp and others.
package struct Sendmail: Sendable {
    let path: String
    let deadline: Duration

    /// The first one in PATH, or where systems keep it.
    package static func installed(
        path: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
    ) -> String? {
        (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/lib"]).map { "\($0)/sendmail" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// - Throws: `ChannelFault`, or `CancellationError`.
    func send(_ message: EmailMessage) async throws {
        // -i: a line with nothing but a dot does not end the message.
        let arguments = ["-i", "-f", message.sender, "--"] + message.recipients
        let end: ProgramEnd
        do {
            end = try await Program(path, arguments, input: message.text, deadline: deadline).run()
        } catch let fault as ProgramFault {
            throw Self.fault(fault)
        }
        if let fault = Self.fault(end.status, end.lastWords) { throw fault }
    }

    private static func fault(_ fault: ProgramFault) -> ChannelFault {
        switch fault {
        // One that may not enter its own queue, as postfix's under NoNewPrivileges, tries again without end.
        case .missing, .overdue: .unavailable(channel: "email", reason: fault.summary, after: nil)
        }
    }

    /// By the codes of sysexits.h; nil where the mail was taken.
    static func fault(_ status: Int, _ words: String) -> ChannelFault? {
        let reason =
            words.isEmpty
            ? "sendmail ended with \(status)" : "sendmail ended with \(status): \(words.shortened(to: 200))"
        return switch status {
        case 0: nil
        case 65: .refused(channel: "email", reason: reason)
        // Host unknown, service unavailable, a fault of system or file, try later: as they end while the network is down.
        case 68, 69, 71, 74, 75: .unavailable(channel: "email", reason: reason, after: nil)
        case 64...78:
            .gone(
                channel: "email", reason: reason,
                remedy: "check ALERT_EMAIL and ALERT_EMAIL_FROM, and sendmail's own log, then run 'ops alert test'")
        case 129...: .unknownOutcome(channel: "email", reason: reason)
        default: .unavailable(channel: "email", reason: reason, after: nil)
        }
    }
}
