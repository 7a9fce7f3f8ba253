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

/// One mail as RFC 5322 text in ASCII, with LF line ends, of which none is longer than 78, and none with encoded words longer than 76.
///
/// - Source: RFC 5322, RFC 2047 (words that are not ASCII), RFC 3834 (`Auto-Submitted`).
struct EmailMessage: Sendable {
    let sender: String
    let recipients: [String]
    private let notice: AlertNotice
    private let id: String
    private let now: UnixMilliseconds

    /// `id` is unique, for `Message-ID`.
    init(_ notice: AlertNotice, from sender: String, to recipients: [String], id: String, now: UnixMilliseconds) {
        self.notice = notice
        self.sender = sender
        self.recipients = recipients
        self.id = id
        self.now = now
    }

    var text: String { (headers + [""] + body).joined(separator: "\n") + "\n" }

    private var headers: [String] {
        let text = NoticeText(notice)
        var headers = [
            ("From", Self.plain(sender)), ("To", Self.plain(recipients.joined(separator: ",\n "))),
            ("Subject", Self.encoded(text.title, after: "Subject: ")), ("Date", Self.date(now)),
            ("Message-ID", "<\(Self.plain(id))@\(domain)>"), ("In-Reply-To", thread), ("References", thread),
            ("Auto-Submitted", "auto-generated"), ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "base64"),
        ]
        if notice.alert.severity == .critical, notice.kind == .firing {
            headers += [("X-Priority", "1"), ("Importance", "high")]
        }
        return headers.map { "\($0): \($1)" }
    }

    private var body: [String] {
        let plain = NoticeText(notice).shortened(to: 100_000, frame: 16) { _ in 1 }.plain
        // CRLF inside, since what is encoded is not converted on its way.
        let data = Data((plain.replacing("\n", with: "\r\n") + "\r\n").utf8)
        return data.base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
            .split(separator: "\n").map(String.init)
    }

    /// The same for all mails about one alert, so that mail programs show them as one thread.
    ///
    /// A key that is long, or has what no identifier may have, is told by its digest.
    private var thread: String {
        let token = Self.token(notice.key)
        let isWhole = token == notice.key && token.count <= Self.longestToken
        return "<alert-\(isWhole ? token : "\(token.prefix(14))-\(ChannelDigest.of(notice.key))")@\(domain)>"
    }

    /// What leaves room for the header's name and the domain.
    private static let longestToken = 31

    private var domain: String {
        let host = Self.token(notice.host).prefix(24).trimmingCharacters(in: CharacterSet(charactersIn: ".-"))
        return host.isEmpty ? "localhost" : host
    }

    /// `Sat, 21 Nov 2026 15:49:00 +0000`.
    static func date(_ time: UnixMilliseconds) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
        return formatter.string(from: Date(timeIntervalSince1970: Double(time) / 1000))
    }

    /// A header's value after its name: encoded words where it is not plain ASCII or not short, each on a line of at most 76 characters.
    static func encoded(_ text: String, after name: String) -> String {
        let text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        if text.utf8.count <= 60, text.utf8.allSatisfy({ (32..<127).contains($0) }), !text.contains("=?") {
            return text
        }
        var words: [String] = []
        var piece = ""
        for scalar in text.unicodeScalars {
            let room = bytes(besides: words.isEmpty ? name.utf8.count : 1)
            if piece.utf8.count + String(scalar).utf8.count > room {
                words.append(piece)
                piece = ""
            }
            piece.unicodeScalars.append(scalar)
        }
        words.append(piece)
        return words.map { "=?UTF-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\n ")
    }

    /// How many bytes a word holds in a line that has so many characters besides it: 3 bytes are 4 characters, and 12 stand around them.
    private static func bytes(besides used: Int) -> Int { (76 - used - 12) / 4 * 3 }

    /// Without what would end a header, but for the folds that are ours.
    private static func plain(_ text: String) -> String {
        text.split(separator: ",\n ", omittingEmptySubsequences: false)
            .map { part in String(part.unicodeScalars.filter { (32..<127).contains($0.value) }.map(Character.init)) }
            .joined(separator: ",\n ")
    }

    private static func token(_ text: String) -> String {
        String(
            text.unicodeScalars.filter {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
                    || $0 == "."
            }.map(Character.init))
    }
}

/// Whether a text can be the address of a mail: what a command line and a header take without harm.
enum EmailAddress {
    static func isUsable(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.hasPrefix("-") && text.utf8.count <= 254
            && text.unicodeScalars.allSatisfy {
                (33..<127).contains($0.value) && !",;<>\"()[]\\".unicodeScalars.contains($0)
            }
    }

    /// Those of a list with commas.
    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
    }
}

extension Substring {
    fileprivate func trimming(while isPadding: (Character) -> Bool) -> String {
        String(drop(while: isPadding).reversed().drop(while: isPadding).reversed())
    }
}
