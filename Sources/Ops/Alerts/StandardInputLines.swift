import Foundation
import NIOConcurrencyHelpers

/// What comes on stdin, line by line, read no faster than it is taken.
struct StandardInputLines: AsyncSequence {
    /// A longer line is cut here, and its rest is a line of its own.
    private static let longest = 64 << 10

    func makeAsyncIterator() -> Iterator { Iterator() }

    struct Iterator: AsyncIteratorProtocol {
        private var rest = Data()
        private var isAtEnd = false

        mutating func next() async throws -> String? {
            while true {
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { rest = Data(rest[rest.index(after: end)...]) }
                    return String(decoding: rest[..<end], as: UTF8.self)
                }
                if isAtEnd || rest.count > longest {
                    defer { rest = Data() }
                    return rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
                }
                let piece = try await piece()
                isAtEnd = piece.isEmpty
                rest += piece
            }
        }

        /// Empty at the end; a plain read could not be cancelled.
        private func piece() async throws -> Data {
            let (pieces, next) = AsyncStream.makeStream(of: Data.self)
            let isTaken = NIOLockedValueBox(false)
            FileHandle.standardInput.readabilityHandler = { handle in
                // Called once more while it is being taken away, it would read what nobody gets.
                let isFirst = isTaken.withLockedValue { taken in
                    defer { taken = true }
                    return !taken
                }
                guard isFirst else { return }
                handle.readabilityHandler = nil
                next.yield(handle.availableData)
                next.finish()
            }
            defer { FileHandle.standardInput.readabilityHandler = nil }
            for await piece in pieces { return piece }
            try Task.checkCancellation()
            return Data()
        }
    }
}
