package import Candles
package import Foundation
package import Host

/// Sends notices by mail: to a mail server by `curl` where one is set, else through `sendmail`.
///
/// Its deadline is shorter than the time that an attempt has.
package struct EmailChannel: AlertChannel {
    package let name = "email"
    package let configuration: String
    package let threshold: Severity
    private let sender: String
    private let recipients: [String]
    private let server: Secret<URL>?
    private let deadline: Duration
    private let sendmail: @Sendable () -> String?
    private let now: @Sendable () -> UnixMilliseconds

    /// `server` is smtp or smtps, with user and password; `sendmail` gives the program's path, or nil where there is none.
    package init(
        from sender: String, to recipients: [String], server: Secret<URL>?, threshold: Severity = .info,
        deadline: Duration = .seconds(22), sendmail: @escaping @Sendable () -> String? = { Sendmail.installed() },
        now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.sender = sender
        self.recipients = recipients
        self.server = server
        self.threshold = threshold
        self.deadline = deadline
        self.sendmail = sendmail
        self.now = now
        configuration = ChannelDigest.of(
            "email", sender, recipients.joined(separator: ","), server?.value.absoluteString)
    }

    package func deliver(_ notice: AlertNotice) async throws {
        let message = EmailMessage(notice, from: sender, to: recipients, id: UUID().uuidString, now: now())
        if let server {
            try await CurlSMTP(server: server, deadline: deadline).send(message)
        } else if let path = sendmail() {
            try await Sendmail(path: path, deadline: deadline).send(message)
        } else {
            throw ChannelFault.gone(
                channel: name, reason: "there is no sendmail and no SMTP_URL",
                remedy: "set SMTP_URL, or install msmtp-mta")
        }
    }
}
