import Foundation
import TestSupport
import Testing

/// A test that looks: whatever piece of a password a reader of addresses takes for something else reaches nothing that can be seen.
@Suite("Malformed addresses", .timeLimit(.minutes(10))) struct MalformedAddressTests {
    private static let secret = "hunter2secret"

    /// `_` stands for the secret.
    private static let addresses = [
        "postgres://u:top@_@127.0.0.1:1/db", "postgres://u:top@_/db@127.0.0.1:1/db", "postgres://u:to/_@127.0.0.1/db",
        "postgres://u:12/_@127.0.0.1:1/db", "postgres://u:12/_/x@h/db", "postgres://u:12/_:x@h",
        "postgres://u:12/a?sslmode=_@h/db", "postgres://u:p@_?user=x@h/db", "postgres://u:p@_:1/db:x@h",
        "postgres://u:p@a,_@h/db", "postgres://u:p@[_]/db", "postgres://u:p@[_::1]/db", "postgres://me@corp:_@h/db",
        "postgres://u:p@127.0.0.1:_/db", "postgres://u:p@127.0.0.1:1_/db", "postgres://u:p@127.0.0.1:1@_/db",
        "postgres://u%3A_@127.0.0.1:1/db", "postgres://u%3Ap%40_@h/db", "postgres://127.0.0.1:1?password=a@_",
        "postgres://u:p@127.0.0.1:1/db/_", "postgres://u:p@127.0.0.1:1/db:_", "postgres://u:p@127.0.0.1:1/@_",
        "postgres://u:p@::1/_", "postgres://u:p@_\r", "host=u:top@_ dbname=db", "host=h dbname=postgres://u:_@h/db",
        "host=127.0.0.1 port=_", "host=postgres://u:_@h/db", " postgres://u:_@h/db?sslmode=prefer",
        "jdbc:postgresql://h/db?user=u&password=_", "\"postgres://u:_@h/db?sslmode=prefer\"",
        "postgres://h/db?password=a&_=b", "postgres://u:p@_?two=1@h/db", "sqlite:postgres://u:_@h/db",
        "sqlite://u:_@h/db", "sqlite:///u:_@h/db", "sqlite:/db?password=_", "postgres://127.0.0.1:1/db#_",
        "host=h dbname='password=_'", "host=h dbname=u:_@h/db",
    ].map { $0.replacing("_", with: secret) }

    private static let commands: [(String, [String])] = [
        ("ingest", ["backfill", "--series", "BTCUSD-1m", "--dry-run"]),
        ("ingest", ["realtime", "--series", "BTCUSD-1m"]),
        ("ingest", ["stream", "--series", "BTCUSD-1m"]), ("ingest", ["gap-repair", "--series", "BTCUSD-1m"]),
        ("ingest", ["audit", "--series", "BTCUSD-1m"]),
        ("ingest", ["bootstrap", "--series", "BTCUSD-1m", "--no-timers"]),
        ("ingest", ["export", "--series", "BTCUSD-1m"]), ("ingest", ["status"]), ("ingest", ["gaps"]),
        ("ingest", ["symbols"]), ("ingest", ["migrate"]), ("ingest", ["forget", "--series", "BTCUSD-1m", "--yes"]),
        ("ops", ["run"]), ("ops", ["status"]), ("ops", ["doctor"]), ("ops", ["doctor", "--settings"]),
        ("ops", ["health"]),
        ("ops", ["health", "--serve"]), ("ops", ["alert", "send", "x"]), ("ops", ["alert", "list"]),
        ("ops", ["alert", "silence", "x", "--for", "1h"]), ("ops", ["alert", "test"]), ("ops", ["breakers"]),
        ("ops", ["watchdog", "check"]), ("ops", ["watchdog", "run"]), ("ops", ["watchdog", "history"]),
        ("ops", ["logs", "show"]), ("ops", ["logs", "rotate"]), ("ops", ["backup"]), ("ops", ["backups"]),
        ("ops", ["verify"]), ("ops", ["restore", "--type", "postgres", "--yes"]),
        ("frontend", ["serve", "--port", "0"]),
    ]
    /// They use no database, and do not fail at the address of one.
    private static let withoutDatabase = [["alert", "silence"], ["breakers"], ["logs", "show"]]

    private func environment(_ folder: ScratchFolder) -> [String: String] {
        let own = ProcessInfo.processInfo.environment
        return [
            "PATH": own["PATH"] ?? "/usr/bin:/bin", "LD_LIBRARY_PATH": own["LD_LIBRARY_PATH"] ?? "",
            "HOME": folder.path,
            "STATE_DIR": folder.path("state"), "LOG_DIR": folder.path("logs"), "BACKUP_DIR": folder.path("backups"),
            "BITFINEX_REST_URL": "http://127.0.0.1:9", "HEALTH_CHECK_PORT": "0",
        ]
    }

    private func run(_ program: String, _ arguments: [String], _ environment: [String: String]) async throws
        -> Command.Outcome
    {
        // A command that took it would serve, or wait, for ever.
        try await Command(
            program: Command.folder.appending(path: program), arguments: arguments, environment: environment
        ).killed(after: 20).run()
    }

    private func check(_ text: String, _ place: String) {
        #expect(!text.contains(Self.secret), "\(place) holds the secret: \(text)")
    }

    /// Names and contents of all that was written.
    private func check(_ folder: ScratchFolder, _ place: String) {
        for file in FileManager.default.enumerator(atPath: folder.path)?.compactMap({ $0 as? String }) ?? [] {
            check(file, "the name of a file, by \(place)")
            guard let data = FileManager.default.contents(atPath: folder.path(file)) else { continue }
            #expect(data.range(of: Data(Self.secret.utf8)) == nil, "\(file) holds the secret, by \(place)")
        }
    }

    @Test(arguments: addresses) func `a malformed address ends each command with 78, and nothing of it is seen`(
        address: String
    ) async throws {
        let folder = try ScratchFolder()
        var given = environment(folder)
        given["DATABASE_URL"] = address
        let index = Self.addresses.firstIndex(of: address) ?? 0
        // Each address goes to every third command, and the first ones to all, so that each pair of a kind is met.
        for (number, (program, arguments)) in Self.commands.enumerated() where index < 2 || (number + index) % 3 == 0 {
            for arguments in [arguments, arguments + ["--json"]]
            where program != "frontend" || !arguments.contains("--json") {
                let outcome = try await run(program, arguments, given)
                let usesNone = Self.withoutDatabase.contains { arguments.starts(with: $0) }
                #expect(
                    [64, usesNone ? 0 : 78].contains(outcome.status),
                    "\(program) \(arguments) with \(address): \(outcome.err)")
                check(outcome.out + outcome.err, "\(program) \(arguments)")
            }
        }
        check(folder, address)
    }

    @Test(arguments: [
        "FRONTEND_DATABASE_URL", "--database", "DATABASE_URL_FILE", ".env", "PGHOST", "PGPORT", "PGDATABASE",
    ])
    func `wherever it was written, it is refused`(place: String) async throws {
        let folder = try ScratchFolder()
        var given = environment(folder)
        var arguments = ["serve", "--port", "0"]
        let address = Self.addresses[0]
        switch place {
        case "--database": arguments += ["--database", address]
        case "DATABASE_URL_FILE":
            try (address + "\r\n").write(toFile: folder.path("url"), atomically: true, encoding: .utf8)
            given[place] = folder.path("url")
        case ".env": break
        case "PGHOST", "PGPORT", "PGDATABASE":
            given["DATABASE_URL"] = "user=u"
            given[place] = place == "PGHOST" ? "u:p@\(Self.secret)" : "postgres://u:\(Self.secret)@h/db"
        default: given[place] = address
        }
        let work = try ScratchFolder()
        if place == ".env" {
            try "DATABASE_URL='\(address)'\r\n".write(toFile: work.path(".env"), atomically: true, encoding: .utf8)
        }
        let script = "cd '\(work.path)'; exec timeout -s KILL 20 \"$0\" \"$@\""
        for (program, arguments) in [("frontend", arguments), ("ops", ["status"]), ("ingest", ["status"])] {
            if program != "frontend", ["FRONTEND_DATABASE_URL", "--database"].contains(place) { continue }
            let command = Command(
                program: URL(filePath: "/bin/sh"),
                arguments: ["-c", script, Command.folder.appending(path: program).path] + arguments, environment: given)
            let outcome = try await command.run()
            #expect(outcome.status == 78, "\(program): \(outcome.err)")
            check(outcome.out + outcome.err, program)
        }
        try? FileManager.default.removeItem(atPath: folder.path("url"))
        check(folder, place)
    }
}
