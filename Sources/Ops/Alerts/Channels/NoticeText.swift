import Candles

/// The words of a notice, as fields that are shortened before they are escaped and put together.
struct NoticeText: Sendable, Equatable {
    /// One line: severity or `RESOLVED`, environment, rule and target.
    var title: String
    var message: String
    var hint: String?
    /// The id that finds all messages about the same alert, since when, how often, and where.
    var footer: String

    init(_ notice: AlertNotice) {
        let alert = notice.alert
        let word = notice.kind == .resolved ? "RESOLVED" : alert.severity.name.uppercased()
        let environment = notice.environment.map { "[\(Self.line($0, 60))] " } ?? ""
        let target = alert.target.isEmpty ? "" : " \(Self.line(alert.target, 200))"
        title = "\(environment)\(word) \(Self.line(alert.source, 60)): \(Self.line(alert.rule, 100))\(target)"
        message = Self.clean(alert.message)
        hint = notice.kind == .resolved ? nil : alert.hint.map { Self.clean($0).shortened(to: 600) }
        let again = notice.suppressed > 0 ? " (+\(notice.suppressed) more)" : ""
        let host = Self.line(notice.host, 100)
        footer = "id \(Self.line(notice.key, 100)) · since \(notice.firstAt.iso8601)\(again) · \(host)"
    }

    /// With fields that are short enough for all of it, as `cost` counts, to be at most `limit`; the message gives way first.
    ///
    /// `frame` is what is added around the fields.
    func shortened(to limit: Int, frame: Int, cost: (Unicode.Scalar) -> Int) -> NoticeText {
        var text = self
        text.title = title.shortened(to: limit / 4, cost: cost)
        text.hint = hint?.shortened(to: limit / 4, cost: cost)
        text.footer = footer.shortened(to: limit / 8, cost: cost)
        let others = [text.title, text.hint ?? "", text.footer].reduce(frame) { $0 + $1.cost(cost) }
        text.message = message.shortened(to: max(0, limit - others), cost: cost)
        return text
    }

    /// All of it as plain text.
    var plain: String {
        [title, message, hint.map { "Try: \($0)" }, footer].compactMap(\.self).joined(separator: "\n")
    }

    /// One line for where all else is refused.
    var oneLine: String { "\(title) · \(footer)".shortened(to: 400) }

    /// Control characters would be refused or hidden; line ends stay.
    private static func clean(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.replacing("\r\n", with: "\n").unicodeScalars {
            scalars.append(scalar != "\n" && scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return String(scalars)
    }

    private static func line(_ text: String, _ limit: Int) -> String {
        clean(text).replacing("\n", with: " ").shortened(to: limit)
    }
}

extension String {
    /// As much of the beginning as costs at most `limit`, and an ellipsis where something is missing.
    ///
    /// Cuts between characters where it can. `cost` of a scalar is 1 by default.
    func shortened(to limit: Int, cost: (Unicode.Scalar) -> Int = { _ in 1 }) -> String {
        if self.cost(cost) <= limit { return self }
        let mark: Unicode.Scalar = "…"
        var left = limit - cost(mark)
        guard left >= 0 else { return "" }
        var kept = String.UnicodeScalarView()
        for character in self {
            left -= character.unicodeScalars.reduce(0) { $0 + cost($1) }
            if left < 0 { break }
            kept.append(contentsOf: character.unicodeScalars)
        }
        kept.append(mark)
        return String(kept)
    }

    fileprivate func cost(_ cost: (Unicode.Scalar) -> Int) -> Int { unicodeScalars.reduce(0) { $0 + cost($1) } }
}
