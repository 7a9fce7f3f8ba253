package import Foundation
package import Resilience

/// Whole files and whole arrays over `Inflater` and `Deflater`.
package enum Gzip {
    private static let pieceSize = 1 << 16

    /// Decompresses a file in constant memory; `emit` gets its text piece by piece.
    ///
    /// Blocks on the file.
    /// - Throws: `GzipFault`, or what `emit` throws.
    package static func inflate(contentsOf file: URL, _ emit: (Span<UInt8>) throws -> Void) throws {
        let inflater = try Inflater()
        try readPieces(of: file) { try inflater.feed($0, emit) }
        try inflater.finish()
    }

    package static func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
        var result: [UInt8] = []
        let inflater = try Inflater()
        try inflater.feed(bytes.span) { result.append(copying: $0) }
        try inflater.finish()
        return result
    }

    package static func deflate(_ bytes: [UInt8], level: Int32 = 4) throws -> [UInt8] {
        var result: [UInt8] = []
        let deflater = try Deflater(level: level)
        try deflater.feed(bytes.span) { result.append(copying: $0) }
        try deflater.finish { result.append(copying: $0) }
        return result
    }

    /// Reads a file as it lies; `emit` gets at most 64 KiB at a time.
    package static func readPieces(of file: URL, _ emit: (Span<UInt8>) throws -> Void) throws {
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: file)
        } catch {
            throw GzipFault.unreadable(path: file.path, reason: reason(of: error))
        }
        defer { try? handle.close() }  // it was only read: closing can lose nothing
        while let piece = try read(handle, file) { try emit(piece.span) }
    }

    private static func read(_ handle: FileHandle, _ file: URL) throws -> [UInt8]? {
        do {
            guard let data = try handle.read(upToCount: pieceSize), !data.isEmpty else { return nil }
            return [UInt8](data)
        } catch {
            throw GzipFault.unreadable(path: file.path, reason: reason(of: error))
        }
    }

    private static func reason(of error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        return (underlying ?? error as NSError).localizedDescription
    }
}

extension [UInt8] {
    /// Appends a span's bytes.
    package mutating func append(copying span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

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
