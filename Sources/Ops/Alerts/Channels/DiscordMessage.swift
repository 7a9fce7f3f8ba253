import Foundation

/// One message as Discord takes it.
struct DiscordMessage: Encodable {
    enum Form { case full, line }
    struct Mentions: Encodable { let parse: [String] = [] }

    /// UTF-16 units of the content as it is sent.
    static let limit = 2000
    private static let suppressNotifications = 4096

    let content: String
    let username = "cryptotrader"
    /// Else a log line with `@everyone` would ping everyone.
    let allowed_mentions = Mentions()
    let flags: Int?

    init(_ notice: AlertNotice, form: Form) {
        let text = NoticeText(notice)
        switch form {
        case .full: content = Self.content(text)
        case .line: content = Self.escaped(text.oneLine).shortenedUTF16(to: Self.limit)
        }
        flags = notice.alert.severity == .info ? Self.suppressNotifications : nil
    }

    private static func content(_ text: NoticeText) -> String {
        // 16 is more than the line ends, the stars and "Try: " take.
        let short = text.shortened(to: limit, frame: 16, cost: cost)
        let lines = [
            "**\(escaped(short.title))**", escaped(short.message), short.hint.map { "Try: \(escaped($0))" },
            escaped(short.footer),
        ]
        return lines.compactMap(\.self).joined(separator: "\n")
    }

    /// What has a meaning in Discord's markdown, lists, headings and mentions included.
    private static let special = Set("\\*_~|>`#-[]()<@:".unicodeScalars)

    private static func cost(_ scalar: Unicode.Scalar) -> Int {
        (scalar.value > 0xFFFF ? 2 : 1) + (special.contains(scalar) ? 1 : 0)
    }

    private static func escaped(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if special.contains(scalar) { scalars.append("\\") }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}

extension String {
    fileprivate func shortenedUTF16(to limit: Int) -> String { shortened(to: limit) { $0.value > 0xFFFF ? 2 : 1 } }
}
