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

    package func write(_ text: String) {
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
