import Candles
import Foundation
package import Postgres
import Storage
import Subprocess

/// A Postgres database, as pg_dump sees one moment of it.
package struct PostgresSource: BackupSource {
    package let type = BackupType.postgres
    package let database: String
    private let settings: PostgresSettings
    private let programs: PostgresPrograms
    private let silence: Duration

    /// `silence`: how long pg_dump may say nothing before it is ended; it waits for locks for at most a minute.
    package init(
        _ settings: PostgresSettings, programs: PostgresPrograms = PostgresPrograms(), silence: Duration = .seconds(600)
    ) {
        database = DatabaseLocation.postgres(settings).identity
        self.settings = settings
        self.programs = programs
        self.silence = silence
    }

    package func look() async throws -> SourceFacts {
        let connection = PostgresConnection(settings)
        do {
            try await connection.connect()
            let facts = try await facts(connection)
            await connection.close()
            return facts
        } catch {
            await connection.close()
            throw error
        }
    }

    private func facts(_ connection: PostgresConnection) async throws -> SourceFacts {
        let server = try await PostgresContents.serverVersion(connection)
        let program = try await programs.find("pg_dump", for: server)
        let size = try await connection.query("SELECT pg_database_size(current_database())").rows[0][0]
        return SourceFacts(
            source: .postgres(server: "\(server)", dump: "\(program.version)"),
            expectedBytes: max(1, size.flatMap { Int($0) } ?? 1), scratchBytes: 0,
            schemaVersion: try await PostgresContents.schemaVersion(connection),
            newestCandle: try await PostgresContents.newestCandle(connection),
            unrestorable: try await PostgresContents.unrestorable(connection))
    }

    package func copy(
        into archive: ArchiveWriter, scratch: String, progress: @Sendable (Int) -> Void
    ) async throws -> [TableSum] {
        let program = try await program()
        return try await dump(by: program, into: archive, progress: progress)
    }

    private func dump(
        by program: PostgresProgram, into archive: ArchiveWriter, progress: @Sendable (Int) -> Void
    ) async throws -> [TableSum] {
        var scanner = DumpScanner()
        let watch = SilenceWatch(limit: silence)
        let result = try await program.stream(Self.arguments, input: .none, output: .sequence) { execution in
            async let words = PostgresProgram.lastWords(of: execution.standardError)
            async let _ = watch.end { try execution.send(signal: .kill) }
            for try await buffer in execution.standardOutput {
                watch.heard()
                try buffer.withSpan { piece in
                    scanner.feed(piece)
                    try archive.feed(piece)
                }
                progress(archive.bytes)
            }
            return try await words
        }
        try Task.checkCancellation()
        if watch.wasSilent {
            throw program.failed("it said nothing for \(silence.components.seconds) s, and was ended")
        }
        if let fault = program.failure(result.terminationStatus, lastWords: result.closureResult) {
            // The server says it where a text cannot be sent as the UTF-8 that dumps are made in.
            let isOfTexts =
                result.closureResult.contains("invalid byte sequence for encoding")
                || result.closureResult.contains("has no equivalent in encoding")
            throw isOfTexts ? BackupFault.otherBytes(database: database, words: fault.summary) : fault
        }
        if let problem = scanner.problem { throw program.failed("it ended well, but of its dump \(problem)") }
        return scanner.tables
    }

    /// The keepalives have no variable: with them a server that is gone is noticed after two minutes.
    private static let arguments = [
        "--format=plain", "--no-password", "--encoding=UTF8", "--no-owner", "--no-privileges",
        "--lock-wait-timeout=60s", "--dbname=keepalives_idle=60 keepalives_interval=15 keepalives_count=4",
    ]

    private func program() async throws -> PostgresProgram {
        let connection = PostgresConnection(settings)
        try await connection.connect()
        let server = try await PostgresContents.serverVersion(connection)
        await connection.close()
        return PostgresProgram(
            name: "pg_dump", path: try await programs.find("pg_dump", for: server).path, settings: settings)
    }
}
