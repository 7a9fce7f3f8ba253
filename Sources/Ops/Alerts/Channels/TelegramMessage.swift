/// One message in the forms that are tried one after another.
struct TelegramMessage: Sendable {
    enum Form: CaseIterable { case html, plain, line }

    /// Unicode scalars after Telegram has parsed the text; neither bytes, UTF-16 nor characters.
    static let limit = 4096

    private let text: NoticeText

    init(_ notice: AlertNotice) {
        // 16 is more than the line ends and "Try: " take.
        text = NoticeText(notice).shortened(to: Self.limit, frame: 16) { _ in 1 }
    }

    func body(_ form: Form) -> String {
        switch form {
        case .html: html
        case .plain: text.plain
        case .line: text.oneLine
        }
    }

    private var html: String {
        let lines = [
            "<b>\(Self.escaped(text.title))</b>", Self.escaped(text.message),
            text.hint.map { "Try: \(Self.escaped($0))" }, "<i>\(Self.escaped(text.footer))</i>",
        ]
        return lines.compactMap(\.self).joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
