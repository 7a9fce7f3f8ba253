package import Foundation

/// Reads a text file, compressed or not, as blocks of whole lines.
package struct LineBlocks {
    /// Whole lines, each with its line feed; the last line of a file gets one where it has none.
    package struct Block {
        package let bytes: [UInt8]
        /// For each line, the index of its line feed.
        package let ends: [Int]
    }

    private var rest: [UInt8] = []

    /// Gives the lines of `file`, which is taken for compressed where its name ends in `.gz`.
    ///
    /// Blocks on the file; memory is bounded by the longest line.
    /// - Throws: `GzipFault`, or what `emit` throws.
    package static func read(_ file: URL, _ emit: (Block) throws -> Void) throws {
        var lines = LineBlocks()
        if file.pathExtension == "gz" {
            try Gzip.inflate(contentsOf: file) { try lines.feed($0, emit) }
        } else {
            try Gzip.readPieces(of: file) { try lines.feed($0, emit) }
        }
        if lines.rest.isEmpty { return }
        try lines.feed([lineFeed].span, emit)
    }

    private mutating func feed(_ piece: Span<UInt8>, _ emit: (Block) throws -> Void) throws {
        rest.append(copying: piece)
        let ends = LineBlocks.lineFeeds(in: rest)
        guard let last = ends.last else { return }
        let tail = Array(rest[(last + 1)...])
        rest.removeSubrange((last + 1)...)
        try emit(Block(bytes: rest, ends: ends))
        rest = tail
    }

    private static let lineFeed = UInt8(ascii: "\n")

    private static func lineFeeds(in bytes: [UInt8]) -> [Int] {
        var ends: [Int] = []
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            var at = 0
            while at < buffer.count, let hit = unsafe memchr(base + at, Int32(lineFeed), buffer.count - at) {
                let end = unsafe base.distance(to: UnsafeRawPointer(hit))
                ends.append(end)
                at = end + 1
            }
        }
        return ends
    }
}
