import Foundation
import NIOConcurrencyHelpers
import SystemPackage

/// Sends the SQL of an archive down a socket, between a BEGIN and a COMMIT that comes only where all of it is right.
struct ArchiveFeed: Sendable {
    let archive: RestoreArchive
    let socket: LoadingSocket
    let gate: DumpGate
    /// What our own `\\restrict` says, behind which psql knows no command but its end; nil where it does not know it.
    let restriction: String?
    /// Gets the raw bytes so far, now and then.
    let progress: @Sendable (Int) -> Void

    private static let step = 16 << 20

    /// Blocks its thread until the last byte was taken.
    ///
    /// - Returns: The dump's tables with their rows.
    /// - Throws: `BackupFault.damaged`, `GzipFault`; `Errno` where the other end was closed.
    func run() throws -> [TableSum] {
        do {
            return try send()
        } catch let refusal as DumpGate.Refusal {
            throw BackupFault.refused(file: archive.name, what: refusal.what)
        }
    }

    private func send() throws -> [TableSum] {
        if let restriction { try socket.send("\\restrict \(restriction)\n") }
        try socket.send("BEGIN;\nSET standard_conforming_strings = on;\n")
        var scanner = DumpScanner()
        var gate = gate
        var (bytes, told) = (0, 0)
        let read = try ArchiveReader.read(archive.path) { piece in
            scanner.feed(piece)
            try gate.feed(piece) { try socket.send($0) }
            bytes += piece.count
            if bytes - told >= Self.step {
                told = bytes
                progress(bytes)
            }
        }
        if let problem = scanner.problem ?? problem(read.compressed, read.raw, scanner.tables) {
            throw BackupFault.damaged(file: archive.name, problem: problem)
        }
        try gate.finish { try socket.send($0) }
        try socket.send("\nCOMMIT;\n")
        if let restriction { try socket.send("\\unrestrict \(restriction)\n") }
        return scanner.tables
    }

    /// What does not agree with the manifest.
    private func problem(_ compressed: Manifest.Content, _ raw: Manifest.Content, _ tables: [TableSum]) -> String? {
        guard let manifest = archive.manifest else { return nil }
        if compressed != manifest.compressed || raw != manifest.raw { return "its bytes are not those of its manifest" }
        return TableSum.difference(tables, manifest.tables)
    }
}

/// Our end of the socket that is a program's standard input; closed once.
final class LoadingSocket: Sendable {
    private let descriptor: FileDescriptor
    private let isOpen = NIOLockedValueBox(true)

    init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    func send(_ text: String) throws { try descriptor.sendAll(Array(text.utf8).span) }
    func send(_ piece: Span<UInt8>) throws { if !piece.isEmpty { try descriptor.sendAll(piece) } }

    func close() {
        guard
            isOpen.withLockedValue({ wasOpen in
                defer { wasOpen = false }; return wasOpen
            })
        else { return }
        // Nothing is held back in a socket that was written to with waiting.
        try? descriptor.close()
    }
}

/// Runs what blocks for long on a thread of its own, since the threads of the cooperative pool are few.
enum OwnThread {
    static func run<T: Sendable>(_ name: String, _ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result(catching: body)) }
            thread.name = name
            thread.start()
        }
    }
}
