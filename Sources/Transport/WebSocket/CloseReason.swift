import NIOCore

/// What a close frame says.
struct CloseReason: Equatable {
    /// 1005 where the frame had none.
    let code: UInt16
    /// Printable characters only, at most 123 bytes by the protocol.
    let text: String

    init(_ data: ByteBuffer) {
        var data = data
        code = data.readInteger() ?? 1005
        let words = String(decoding: data.readableBytesView.prefix(123), as: UTF8.self)
        text = String(words.unicodeScalars.filter { !$0.properties.generalCategory.isControl })
    }

    /// The other side was done, or goes away for a while.
    var isOrderly: Bool { code == 1000 || code == 1001 }
}

extension Unicode.GeneralCategory {
    fileprivate var isControl: Bool { self == .control || self == .format || self == .lineSeparator }
}
