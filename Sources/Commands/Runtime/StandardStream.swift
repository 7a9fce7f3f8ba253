import Candles
import NIOConcurrencyHelpers
package import SystemPackage

/// Where a program speaks to whoever started it.
///
/// What cannot be written, since the reader has gone or a disk is full, ends nothing: a service that cannot log still serves.
package enum StandardStream: Sendable {
    case output, error

    private static let firstLoss = NIOLockedValueBox<Errno?>(nil)

    /// Why something for stdout was lost; nil where nothing was, or where the reader had heard enough and closed it.
    package static var outputLoss: Errno? { firstLoss.withLockedValue { $0 } }

    /// A line, of which nothing steers a terminal.
    package func write(line: some StringProtocol) { write(line.visible + "\n") }

    /// Several lines at once.
    package func write(lines: [some StringProtocol]) { write(lines.map { $0.visible + "\n" }.joined()) }

    /// A piece of a line.
    package func write(piece: String) { write(piece.visible) }

    /// A document of ours in JSON.
    package func write(json: String) { write(json.visibleInJSON + "\n") }

    /// In the place of a terminal's last line, which the next text replaces.
    package func replaceLine(by text: String) { write("\r\u{1B}[2K" + text.visible) }

    private func write(_ text: String) {
        do {
            try descriptor.writeAll(text.utf8)
        } catch let reason as Errno where self == .output && reason != .brokenPipe {
            Self.firstLoss.withLockedValue { $0 = $0 ?? reason }
        } catch {}
    }

    private var descriptor: FileDescriptor {
        switch self {
        case .output: .standardOutput
        case .error: .standardError
        }
    }
}
