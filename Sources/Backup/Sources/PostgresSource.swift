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
            schemaVersion: try await connection.transaction { try $0.candleSchemaVersion() },
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

/// What a Postgres database says of itself.
enum PostgresContents {
    static func serverVersion(_ connection: PostgresConnection) async throws -> PostgresVersion {
        let number = try await connection.query("SHOW server_version_num").rows[0][0]
        return PostgresVersion(number: number) ?? PostgresVersion(major: 0, minor: 0)
    }

    /// Tells it from another that takes its place; nil in a database of an older schema, or of somebody else.
    static func databaseID(_ connection: PostgresConnection) async throws -> String? {
        try await value("SELECT value FROM meta WHERE key = 'database_id'", connection)
    }

    /// Open time of the newest candle.
    static func newestCandle(_ connection: PostgresConnection) async throws -> String? {
        try await value("SELECT unix_ms(max(last_open)) FROM series_stats", connection).flatMap { Int64($0) }?.iso8601
    }

    /// What the role that is connected could not create again, in words; empty for a superuser.
    ///
    /// Columns that only some versions of Postgres have are read from a row's JSON.
    static func unrestorable(_ connection: PostgresConnection) async throws -> [String] {
        try await connection.query(
            """
            SELECT found.what FROM (
                SELECT format('the extension "%s"', e.extname) AS what FROM pg_extension e
                LEFT JOIN pg_available_extensions a ON a.name = e.extname
                LEFT JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
                WHERE e.extname <> 'plpgsql' AND (v.name IS NULL
                    OR v.superuser AND NOT coalesce((to_jsonb(v)->>'trusted')::boolean, false))
                UNION ALL
                SELECT format('the event trigger "%s"', evtname) FROM pg_event_trigger t
                WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass
                    AND d.objid = t.oid AND d.deptype = 'e')
                UNION ALL
                SELECT format('the function %s in the language %s', p.oid::regprocedure, l.lanname) FROM pg_proc p
                JOIN pg_language l ON l.oid = p.prolang JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE NOT l.lanpltrusted AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                        AND d.objid = p.oid AND d.deptype = 'e')
                UNION ALL
                SELECT format('the foreign data wrapper "%s"', fdwname) FROM pg_foreign_data_wrapper f
                WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_foreign_data_wrapper'::regclass
                    AND d.objid = f.oid AND d.deptype = 'e')
                UNION ALL
                SELECT format('the publication "%s" of all tables', pubname) FROM pg_publication WHERE puballtables
            ) AS found
            WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) ORDER BY 1
            """
        ).rows.compactMap { $0[0] }
    }

    /// Nil also where the table or what it should have is missing: it may be somebody else's, with the same name.
    private static func value(_ sql: String, _ connection: PostgresConnection) async throws -> String? {
        do {
            return try await connection.query(sql).rows.first?[0]
        } catch PostgresFault.server(let sqlstate, _, _) where ["42P01", "42703", "42883"].contains(sqlstate) {
            return nil
        }
    }
}

/// A version of Postgres or of one of its programs, such as 15.18.
package struct PostgresVersion: Sendable, Hashable, CustomStringConvertible {
    package let major: Int
    package let minor: Int

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads the first number of `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `15.18`; of a version in the making, such
    /// as `19beta1`, the minor is 0.
    package init?(_ text: String) {
        let digits = text.drop { !$0.isNumber }
        let major = digits.prefix { $0.isNumber }
        let rest = digits.dropFirst(major.count)
        guard let number = Int(major) else { return nil }
        self.init(major: number, minor: rest.first == "." ? Int(rest.dropFirst().prefix { $0.isNumber }) ?? 0 : 0)
    }

    /// Reads `server_version_num`, such as 150018.
    init?(number: String?) {
        guard let number = number.flatMap({ Int($0) }) else { return nil }
        self.init(major: number / 10_000, minor: number % 10_000)
    }

    package var description: String { "\(major).\(minor)" }

    /// Whether a psql of this version knows `\restrict`, without which it cannot read newer dumps.
    var knowsRestrict: Bool {
        let first = [13: 22, 14: 19, 15: 14, 16: 10, 17: 6]
        return major >= 18 || first[major].map { minor >= $0 } ?? false
    }
}
