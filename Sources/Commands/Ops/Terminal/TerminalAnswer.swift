import Foundation

/// What a person types on the terminal.
enum TerminalAnswer {
    /// One line without its end; nil where the terminal says that nothing more comes, or the time is over.
    ///
    /// - Throws: `CancellationError`, at once: a plain read would wait for the next key.
    static func line(within patience: Duration) async throws -> String? {
        try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask { try await line() }
            group.addTask {
                try await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private static func line() async throws -> String? {
        let terminal = FileHandle.standardInput
        let (pieces, next) = AsyncStream.makeStream(of: Data.self)
        terminal.readabilityHandler = { handle in
            let piece = handle.availableData
            if piece.isEmpty { next.finish() } else { next.yield(piece) }
        }
        defer { terminal.readabilityHandler = nil }
        var text = Data()
        for await piece in pieces {
            text += piece
            if let end = text.firstIndex(of: UInt8(ascii: "\n")) {
                return String(decoding: text[..<end], as: UTF8.self)
            }
        }
        try Task.checkCancellation()
        return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }
}
