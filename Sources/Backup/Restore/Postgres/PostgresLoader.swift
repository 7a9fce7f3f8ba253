import Foundation
import NIOConcurrencyHelpers
import Postgres
import Resilience
import Subprocess
import SystemPackage

/// Loads an archive into an empty database by way of `psql`, in one transaction that is ours.
///
/// `psql` ends well on a dump that was cut, so COMMIT is sent only after the whole file was read and found right.
struct PostgresLoader: Sendable {
    /// It leads to the empty database.
    let psql: PostgresProgram
    private let knowsRestrict: Bool
    /// Nil for what this installation made.
    private let role: LimitedRole?
    private let superuser: DumpGate.Surrounding?

    /// What is not ours is loaded by a role that can do nothing else.
    ///
    /// - Throws: `RestoreFault.needsLimitedRole`, `PostgresFault`.
    init(
        psql: PostgresPrograms.Found, _ archive: RestoreArchive, into scratch: ScratchDatabase,
        beside live: PostgresSettings
    ) async throws {
        role = archive.isOurs ? nil : try await LimitedRole.take(for: scratch, beside: live)
        self.psql = PostgresProgram(name: "psql", path: psql.path, settings: role?.settings ?? scratch.settings)
        knowsRestrict = psql.version.knowsRestrict
        superuser =
            if role == nil, scratch.isSuperuser, let owner = scratch.owner {
                .init(before: "SET ROLE NONE;\n", after: "\nSET ROLE \(PostgresName.quoted(owner));\n")
            } else {
                nil
            }
    }

    /// Refuses what nobody vouches for where it would act later, by whoever reads or writes.
    ///
    /// - Throws: `RestoreFault.foreignObjects`, `PostgresFault`.
    func refuseActingExpressions(of archive: RestoreArchive) async throws {
        if role == nil || archive.allowsForeignObjects { return }
        let found = try await ActingExpressions(settings: psql.settings).found()
        if !found.isEmpty { throw RestoreFault.foreignObjects(file: archive.name, objects: found) }
    }

    /// What was loaded becomes its owner's.
    func handOver(to owner: String) async throws { try await role?.handOver(to: owner) }

    /// - Returns: The dump's tables with their rows, as they were read.
    /// - Throws: `BackupFault.damaged`, `.programFailed`, `GzipFault`, `CancellationError`; nothing is committed then.
    func load(_ archive: RestoreArchive, progress: @escaping @Sendable (Int) -> Void) async throws -> [TableSum] {
        let ends = try FileDescriptor.socketPair()
        let socket = LoadingSocket(ends.ours)
        defer { socket.close() }
        let feed = ArchiveFeed(
            archive: archive, socket: socket, gate: DumpGate(superuser: superuser, isLimited: role != nil),
            restriction: knowsRestrict ? UUID().uuidString.filter { $0 != "-" } : nil, progress: progress)
        let result = try await psql.stream(
            ["-q", "-X", "--no-password", "-v", "ON_ERROR_STOP=1"],
            input: .fileDescriptor(ends.theirs, closeAfterSpawningProcess: true), output: .discarded
        ) { try await Self.send(feed, hearing: $0.standardError) }
        return try outcome(result.closureResult, succeeded: result.terminationStatus.isSuccess)
    }

    /// Compares what the database holds now with the manifest, to the last bit of each row.
    ///
    /// Without a manifest the rows are counted: their text follows the time zone and other settings of whoever dumped.
    ///
    /// - Throws: `BackupFault.damaged`.
    func compare(_ archive: RestoreArchive, with tables: [TableSum]) async throws {
        let sums = PostgresTableSums(settings: psql.settings)
        let difference =
            if let manifest = archive.manifest {
                TableSum.difference(try await sums.sums(), manifest.tables)
            } else {
                TableSum.difference(
                    try await sums.counts().map { TableSum(name: $0.key, rows: $0.value, sum: 0, xor: 0) },
                    tables.map { TableSum(name: $0.name, rows: $0.rows, sum: 0, xor: 0) })
            }
        if let difference {
            throw BackupFault.damaged(file: archive.name, problem: "once it was loaded, \(difference)")
        }
    }

    private struct Sent: Sendable {
        let tables: Result<[TableSum], any Error>
        let lastWords: String
    }

    private static func send(_ feed: ArchiveFeed, hearing errors: SubprocessOutputSequence) async throws -> Sent {
        async let lastWords = PostgresProgram.lastWords(of: errors)
        let tables: Result<[TableSum], any Error>
        do {
            tables = .success(try await OwnThread.run("ops-restore") { try feed.run() })
        } catch {
            tables = .failure(error)
        }
        feed.socket.close()
        return Sent(tables: tables, lastWords: try await lastWords)
    }

    /// What is wrong with the file comes before what `psql` says of it, and that before the socket that it left.
    private func outcome(_ sent: Sent, succeeded: Bool) throws -> [TableSum] {
        try Task.checkCancellation()
        switch sent.tables {
        case .success(let tables) where succeeded: return tables
        case .failure(let error) where !(error is Errno): throw error
        default: throw psql.failed(sent.lastWords.isEmpty ? "it ended without a word" : sent.lastWords)
        }
    }
}

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
