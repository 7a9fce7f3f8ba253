package import Resilience
package import SystemPackage

/// Sends requests whose body is a file, or whose reply becomes one: a piece at a time, whatever the size.
///
/// Any status is a reply, as with `HTTPTransport`. The errors are `TransportFault`, `FileTransferFault` and `CancellationError`.
package protocol FileTransport: Sendable {
    /// Sends a part of a file as the body of `call`, whose own body is not used.
    ///
    /// `call.deadline` is for the whole transfer; `idle` is how long it may stand still.
    func upload(_ call: HTTPCall, from part: FilePart, idle: Duration) async throws -> FileUpload

    /// Writes the body of a reply with status 200 or 206 into a file, which is made where it is not there.
    ///
    /// With an offset above 0 the file's first bytes are kept and the rest is asked for; a server that sends everything all the same
    /// (200) replaces them. The body of any other status stays in the reply, and the file is as it was. `call.bodyLimit` is the most
    /// that the file may hold. What was written before an error stays, so that the next call goes on from there.
    func download(_ call: HTTPCall, to path: FilePath, from offset: Int64, idle: Duration) async throws -> FileDownload
}

/// Some bytes of a file.
package struct FilePart: Sendable, Equatable {
    package let path: FilePath
    /// Where they begin, in bytes from the file's beginning.
    package let offset: Int64
    /// How many they are.
    package let count: Int64

    package init(_ path: FilePath, from offset: Int64 = 0, count: Int64) {
        self.path = path
        self.offset = offset
        self.count = count
    }

    /// A whole file as it is now.
    ///
    /// - Throws: `FileTransferFault.unreadable`.
    package init(whole path: FilePath) throws(FileTransferFault) {
        do {
            self.init(path, count: Int64(try path.stat().size))
        } catch {
            throw .unreadable(path: path.string, reason: "\(error)")
        }
    }

    /// As the header `Content-Range` of an upload in parts says it; `total` is the size of the whole.
    package func contentRange(of total: Int64) -> String {
        count == 0 ? "bytes */\(total)" : "bytes \(offset)-\(offset + count - 1)/\(total)"
    }
}

/// How an upload was answered.
package struct FileUpload: Sendable {
    package let reply: HTTPReply
    /// SHA-256 of the bytes that were sent, in hexadecimal; nil where the server answered before it had them all.
    package let sha256: String?
}

/// How a download was answered.
package struct FileDownload: Sendable {
    /// Without the body that went into the file.
    package let reply: HTTPReply
    /// What the file holds now; nil where the status was neither 200 nor 206.
    package let content: Content?

    package struct Content: Sendable, Equatable {
        /// In bytes, with those that were there before.
        package let size: Int64
        /// SHA-256 of the whole file, in hexadecimal.
        package let sha256: String

        package init(size: Int64, sha256: String) {
            self.size = size
            self.sha256 = sha256
        }
    }
}

/// What went wrong with the file of a transfer, or with what the server said of it.
package enum FileTransferFault: Fault, Equatable {
    case unreadable(path: String, reason: String)
    /// It holds less than was to be sent: somebody cut it.
    case shortened(path: String)
    case notWritten(path: String, reason: String)
    /// The server sent other bytes than it was asked for.
    case wrongRange(where: String, said: String)

    package var code: String {
        switch self {
        case .unreadable, .shortened: "transfer-file-unreadable"
        case .notWritten: "file-not-written"
        case .wrongRange: "transfer-wrong-range"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .unreadable, .shortened, .notWritten: .storage
        case .wrongRange: .unavailable
        }
    }
    package var origin: FaultOrigin {
        switch self {
        case .unreadable, .shortened, .notWritten: .host
        case .wrongRange: .service
        }
    }
    package var disposition: Disposition {
        switch self {
        case .unreadable, .shortened, .notWritten: .healable
        case .wrongRange: .retryable(after: nil)
        }
    }
    package var summary: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read '\(path)': \(reason)"
        case .shortened(let path): "'\(path)' became shorter while it was sent"
        case .notWritten(let path, let reason): "cannot write '\(path)': \(reason)"
        case .wrongRange(let place, let said): "\(place) sent another part of the file than it was asked for: \(said)"
        }
    }
    package var hint: String? {
        switch self {
        case .unreadable: "check that the file exists and that this user may read it"
        case .shortened: "let nothing change a file while it is sent, and run it again"
        case .notWritten: "check that the folder exists, that this user may write to it, and that the disk has room"
        case .wrongRange: "look for a proxy or a cache between this host and the service, then run it again"
        }
    }
}
