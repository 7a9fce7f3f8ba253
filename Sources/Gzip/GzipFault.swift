package import Resilience

/// Why a compressed stream could not be read or written.
package enum GzipFault: Fault, Equatable {
    /// The bytes are no gzip stream, or were changed: zlib's own code.
    case corrupt(status: Int32)
    /// The input ended before the stream did.
    case truncated
    /// Bytes follow the end of the stream.
    case trailingBytes(count: Int)
    case unreadable(path: String, reason: String)
    case unavailable(status: Int32)

    package var code: String {
        switch self {
        case .corrupt, .trailingBytes: "gzip-corrupt"
        case .truncated: "gzip-truncated"
        case .unreadable, .unavailable: "gzip-unavailable"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .corrupt, .trailingBytes, .truncated: .suspect
        case .unreadable, .unavailable: .unavailable
        }
    }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .corrupt(let status): "the compressed data are corrupt (zlib status \(status))"
        case .truncated: "the compressed data end too early"
        case .trailingBytes(let count): "\(count) or more bytes follow the end of the compressed data"
        case .unreadable(let path, let reason): "cannot read '\(path)': \(reason)"
        case .unavailable(let status): "zlib could not be started (status \(status))"
        }
    }
    package var hint: String? {
        switch self {
        case .corrupt, .trailingBytes: "take another copy of the file"
        case .truncated: "the file was cut while it was written or copied; take another copy"
        case .unreadable: "check that the file exists and may be read"
        case .unavailable: "check the memory that is free"
        }
    }
}
