import Foundation
import HTTPServer
import Host

/// Hands a mail to a server through `curl`, which reads password and addresses from its stdin.
struct CurlSMTP: Sendable {
    let server: Secret<URL>
    let deadline: Duration
    var program = "curl"

    /// - Throws: `ChannelFault`, or `CancellationError`.
    func send(_ message: EmailMessage) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "mail-\(UUID().uuidString)").path
        // Where it is gone already, nothing is left to do.
        defer { try? FileManager.default.removeItem(atPath: file) }
        do {
            try DurableFile.create(file, Array(message.text.replacing("\n", with: "\r\n").utf8))
        } catch {
            throw ChannelFault.unavailable(channel: "email", reason: "a temporary file: \(error)", after: nil)
        }
        let input = config(message, file: file)
        do {
            // -q: nobody's .curlrc; it must come first.
            let end = try await Program(program, ["-q", "-K", "-"], input: input, deadline: deadline + .seconds(5))
                .run()
            if let fault = CurlEnd(end).fault { throw fault }
        } catch ProgramFault.missing {
            throw ChannelFault.gone(
                channel: "email", reason: "curl is not installed, which SMTP_URL needs",
                remedy: "install curl, or a sendmail such as msmtp-mta and no SMTP_URL")
        } catch let fault as ProgramFault {
            throw ChannelFault.unknownOutcome(channel: "email", reason: fault.summary)
        }
    }

    /// curl's options, a line each.
    private func config(_ message: EmailMessage, file: String) -> String {
        var lines = [
            option("url", address), option("mail-from", message.sender), option("upload-file", file),
            option("write-out", "%{response_code} %{size_upload}"), option("noproxy", "*"),
            option("max-time", String(deadline.components.seconds)), option("connect-timeout", "15"),
            "mail-rcpt-allowfails", "silent", "show-error",
        ]
        lines += message.recipients.map { option("mail-rcpt", $0) }
        if !isLoopback { lines.append("ssl-reqd") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func option(_ name: String, _ value: String) -> String {
        let value = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").filter { !$0.isNewline }
        return "\(name) = \"\(value)\""
    }

    /// With this host's name as path, which is what EHLO says.
    private var address: String {
        guard var parts = URLComponents(url: server.value, resolvingAgainstBaseURL: false) else { return "" }
        if parts.path.isEmpty || parts.path == "/" { parts.path = "/\(ProcessInfo.processInfo.hostName)" }
        return parts.string ?? ""
    }

    /// Whether nobody but this host hears the password.
    private var isLoopback: Bool { HostAddress.isLoopback(server.value.host() ?? "") }
}

/// How curl ended, and what the mail server had said last.
struct CurlEnd: Sendable, Equatable {
    let status: Int
    /// Of SMTP; 0 where the server said nothing.
    let code: Int
    /// Bytes of the mail that went out.
    let sent: Int

    init(status: Int, code: Int, sent: Int) {
        self.status = status
        self.code = code
        self.sent = sent
    }

    init(_ end: ProgramEnd) {
        let numbers = end.output.split(separator: " ").compactMap { Int($0) }
        self.init(status: end.status, code: numbers.first ?? 0, sent: numbers.dropFirst().first ?? 0)
    }

    /// Nil where the mail was taken.
    var fault: ChannelFault? {
        let words = code >= 400 ? "the mail server answered \(code)" : "curl ended with \(status)"
        return switch (status, code) {
        case (0, _): nil
        case (_, 400..<500): .unavailable(channel: "email", reason: words, after: nil)
        case (_, 500...) where sent > 0: .refused(channel: "email", reason: words)
        case (_, 500...), (67, _): gone(words, "check SMTP_URL, ALERT_EMAIL and ALERT_EMAIL_FROM")
        case (64, _): gone("\(words): it offers no TLS", "use a mail server that offers STARTTLS, or smtps://")
        case (1, _), (3, _): gone("\(words): it cannot use the address", "correct SMTP_URL")
        case _ where sent > 0: .unknownOutcome(channel: "email", reason: "\(words) after the mail was sent")
        case _: .unavailable(channel: "email", reason: words, after: nil)
        }
    }

    private func gone(_ reason: String, _ remedy: String) -> ChannelFault {
        .gone(channel: "email", reason: reason, remedy: "\(remedy), then run 'ops alert test'")
    }
}
