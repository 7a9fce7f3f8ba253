import Backup
import Foundation
import Postgres
import TestSupport
import Testing

/// A pg_dump that does what a real one does on a bad day.
@Suite(
    "Backup by a failing pg_dump", .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"),
    .timeLimit(.minutes(3)))
struct FakeDumpTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// What the script does instead of dumping.
        let script: String
        let says: String
        var testDescription: String { name }
    }

    private static let head = """
        cat <<'END'
        --
        -- PostgreSQL database dump
        --
        -- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: -
        COPY public.t (a) FROM stdin;
        1
        END
        """
    private static let tail = #"printf '\\.\n-- PostgreSQL database dump complete\n'"#

    static let cases = [
        Case(
            name: "exit 1 after half", script: "\(head)\necho 'pg_dump: error: out of luck' >&2; exit 1",
            says: "out of luck"),
        Case(name: "exit 0 with half", script: head, says: "it ends amid the rows of public.t"),
        Case(
            name: "exit 0 without the trailer", script: "\(head)\nprintf '\\\\.\\n'",
            says: "before pg_dump had written all"),
        Case(
            name: "the trailer inside a row", script: "\(head)\necho '-- PostgreSQL database dump complete'",
            says: "it ends amid the rows of public.t"),
        Case(
            name: "an escaped end of rows",
            script: #"\#(head)\#nprintf '\\\\.\n-- PostgreSQL database dump complete\n'"#,
            says: "it ends amid the rows of public.t"),
        Case(
            name: "lines that end in CR LF",
            script: #"printf -- '-- PostgreSQL database dump\r\n-- PostgreSQL database dump complete\r\n'"#,
            says: "it is no plain dump of Postgres"),
        Case(name: "nothing at all", script: "true", says: "it is empty"),
        Case(name: "a signal", script: "\(head)\nkill -SEGV $$", says: "ended by signal 11"),
        Case(
            name: "a flood on stderr", script: "head -c 20000000 /dev/zero | tr '\\0' x >&2\n\(head)\nexit 3",
            says: "exit status 3"),
        Case(
            name: "\\restrict without its end", script: "\(head)\n\(tail)\nprintf '\\\\restrict KEY\\n'",
            says: "\\unrestrict"),
    ]

    /// A folder with a pg_dump of these words.
    private func programs(_ script: String, version: String = "99.1") throws -> (ScratchFolder, PostgresPrograms) {
        let folder = try ScratchFolder()
        let text =
            "#!/bin/bash\nif [ \"$1\" = --version ]; then echo 'pg_dump (PostgreSQL) \(version)'; exit; fi\n\(script)\n"
        try text.write(toFile: folder.path("pg_dump"), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("pg_dump"))
        return (folder, PostgresPrograms(path: folder.path, installations: nil))
    }

    private func run(_ programs: PostgresPrograms, silence: Duration = .seconds(600)) async throws -> (
        Result<Manifest, any Error>, files: [String]
    ) {
        let scratch = try ScratchFolder()
        let folder = BackupFolder(scratch.url)
        let settings = try PostgresSettings(conninfo: await ScratchPostgres.shared().networkURL())
        let result: Result<Manifest, any Error>
        do {
            result = .success(
                try await BackupRun(
                    PostgresSource(settings, programs: programs, silence: silence), in: folder, occasion: .manual,
                    now: { 0 }, emit: { _ in }
                ).run())
        } catch {
            result = .failure(error)
        }
        return (result, try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted())
    }

    @Test(arguments: cases)
    func `what is not whole is never published`(failing: Case) async throws {
        let (folder, programs) = try programs(failing.script)
        let (result, files) = try await run(programs)
        let fault = try #require(#expect(throws: BackupFault.self) { try result.get() })
        #expect(fault.code == "program-failed")
        #expect(fault.summary.contains(failing.says), "\(fault.summary)")
        #expect(!fault.summary.contains(ScratchPostgres.password))
        #expect(files == [])
        withExtendedLifetime(folder) {}
    }

    @Test func `the same script with nothing wrong is a backup`() async throws {
        let (folder, programs) = try programs("\(Self.head)\n\(Self.tail)")
        let (result, files) = try await run(programs)
        #expect(try result.get().tables.map { "\($0.name) \($0.rows)" } == ["public.t 1"])
        #expect(files == ["postgres_backup_19700101_000000.manifest.json", "postgres_backup_19700101_000000.sql.gz"])
        withExtendedLifetime(folder) {}
    }

    @Test func `a silent program is ended`() async throws {
        let (folder, programs) = try programs("\(Self.head)\necho $$ > \"$(dirname \"$0\")/pid\"; exec sleep 600")
        let (result, files) = try await run(programs, silence: .milliseconds(300))
        let fault = try #require(#expect(throws: BackupFault.self) { try result.get() })
        #expect(fault.summary.contains("said nothing"))
        #expect(files == [])
        #expect(try !isRunning(folder), "the program is gone")
    }

    @Test(arguments: ["", "trap '' TERM; "])
    func `a cancelled one is ended too, even if it does not want to`(trap: String) async throws {
        let waiting = "\(trap)echo $$ > \"$(dirname \"$0\")/pid\"\n\(Self.head)\nwhile :; do read -rt 60 <> <(:); done"
        let (folder, programs) = try programs(waiting)
        let (dumping, began) = AsyncStream.makeStream(of: Void.self)
        let settings = try PostgresSettings(conninfo: await ScratchPostgres.shared().networkURL())
        let backups = try ScratchFolder()
        await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                await #expect(throws: (any Error).self) {
                    try await BackupRun(
                        PostgresSource(settings, programs: programs), in: BackupFolder(backups.url), occasion: .manual,
                        now: { 0 }, emit: { if case .progress = $0 { began.yield() } }
                    ).run()
                }
            }
            for await _ in dumping { break }
            group.cancelAll()
            for await error in group { #expect(error is CancellationError, "\(String(describing: error))") }
        }
        #expect(try !isRunning(folder), "the program is gone")
        #expect(try FileManager.default.contentsOfDirectory(atPath: backups.path) == [])
    }

    /// Whether the process is there whose number the script wrote down.
    private func isRunning(_ folder: ScratchFolder) throws -> Bool {
        let pid = try String(contentsOfFile: folder.path("pid"), encoding: .utf8).trimmingCharacters(in: .newlines)
        return FileManager.default.fileExists(atPath: "/proc/\(pid)")
    }

    @Test func `what it says is repeated without passwords`() async throws {
        let words =
            "p=$PGPASSWORD; echo \"$p; password='a b' password=cd x postgres://e:f%20g@h/i; PGTZ=$PGTZ $*\" >&2; exit 1"
        let (folder, programs) = try programs(words)
        let (result, _) = try await run(programs)
        let fault = try #require(#expect(throws: BackupFault.self) { try result.get() })
        let hidden =
            "<redacted>; password=<redacted> password=<redacted> x postgres://e:<redacted>@h/i; PGTZ=UTC --format"
        #expect(fault.summary.contains(hidden), "\(fault.summary)")
        withExtendedLifetime(folder) {}
    }

    @Test func `without pg_dump, or with an old one only, it says which is needed`() async throws {
        let none = try ScratchFolder()
        let (missing, _) = try await run(PostgresPrograms(path: none.path, installations: nil))
        #expect(try #require(#expect(throws: BackupFault.self) { try missing.get() }).code == "program-missing")
        let (folder, programs) = try programs("exit 0", version: "9.6.24")
        let (old, _) = try await run(programs)
        let fault = try #require(#expect(throws: BackupFault.self) { try old.get() })
        #expect(fault.code == "program-too-old")
        #expect(fault.summary.contains("pg_dump 9.6 is too old"))
        withExtendedLifetime(folder) {}
    }

    @Test(arguments: ["exec sleep 600", "trap '' TERM; sleep 600 & wait"])
    func `a pg_dump that does not answer to --version is ended with all that it started, and said`(hangs: String)
        async throws
    {
        let folder = try ScratchFolder()
        try "#!/bin/bash\n\(hangs)\n".write(toFile: folder.path("pg_dump"), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("pg_dump"))
        let hanging = PostgresPrograms(path: folder.path, installations: nil, patience: .milliseconds(100))
        let (result, files) = try await run(hanging)
        let fault = try #require(#expect(throws: BackupFault.self) { try result.get() })
        #expect(fault.code == "program-failed")
        #expect(fault.summary.contains("did not answer to --version"))
        #expect(files == [])
    }

    @Test func `texts that are not UTF-8 are said with what to do`() async throws {
        let cluster = try await ScratchPostgres.shared()
        let settings = try PostgresSettings(conninfo: cluster.networkURL())
        let ascii = settings.naming(database: "ascii_only")
        try await RestorePlace.run(
            "CREATE DATABASE ascii_only ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", settings)
        try await RestorePlace.run("CREATE TABLE t (a bytea, b text)", ascii)
        try await RestorePlace.run("SET client_encoding = 'SQL_ASCII'; INSERT INTO t VALUES ('', E'caf\\xe9')", ascii)
        let scratch = try ScratchFolder()
        let fault = await #expect(throws: BackupFault.self) {
            try await BackupRun(
                PostgresSource(ascii), in: BackupFolder(scratch.url), occasion: .manual, now: { 0 }, emit: { _ in }
            ).run()
        }
        #expect(fault?.code == "backup-other-bytes")
        #expect(fault?.hint?.contains("UTF8") == true)
    }

    @Test func `no password stands among the arguments of any process`() async throws {
        let look = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' > \"$(dirname \"$0\")/seen\""
        let (folder, programs) = try programs("\(look)\n\(Self.head)\n\(Self.tail)")
        let (result, _) = try await run(programs)
        _ = try result.get()
        let seen = try String(contentsOfFile: folder.path("seen"), encoding: .utf8)
        #expect(seen.contains("--no-password"), "it looked while pg_dump ran")
        #expect(!Self.lines(seen, of: "pg_dump").contains(ScratchPostgres.password))
    }

    /// What stands after each mention of a program.
    private static func lines(_ text: String, of program: String) -> String {
        text.split(separator: program).dropFirst().map { $0.prefix(400) }.joined(separator: "\n")
    }
}
