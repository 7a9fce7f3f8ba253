import CommandRuntime
import Foundation
import Postgres
import Resilience
import Storage
import SystemPackage
import TestSupport
import Testing

/// A `.env` and the files of secrets, as editors and people write them.
@Suite("Files of settings") struct EnvFileTests {
    private func settings(_ bytes: [UInt8], _ environment: [String: String] = [:]) async throws -> Settings {
        let folder = try ScratchFolder()
        try Data(bytes).write(to: URL(filePath: folder.path(".env")))
        return try Settings(
            database: nil,
            source: await SettingsSource(environment: environment, file: FilePath(folder.path(".env"))))
    }

    private func settings(_ text: String) async throws -> Settings { try await settings(Array(text.utf8)) }

    private static let plain = [
        "# settings of mine", "POSTGRES_HOST=db.example", "", "POSTGRES_PORT=6000", "POSTGRES_PASSWORD=s3=cret",
        "BACKUP_DIR=/tmp/my backups", "CT_LOOKBACK_DAYS=7",
    ]

    private static func written(_ line: (String) -> String, end: String = "\n", mark: String = "") -> String {
        mark + plain.map(line).joined(separator: end) + end
    }

    /// `value` in place of each value.
    private static func valued(_ value: @escaping (Substring) -> String) -> (String) -> String {
        { line in line.replacing(/=(.*)/) { match in value(match.1) } }
    }

    private static let forms: [String] = [
        written { $0 }, written({ $0 }, end: "\r\n"), written({ $0 }, end: "\r"), written({ $0 }, mark: "\u{FEFF}"),
        written({ $0 }, end: "\r\n", mark: "\u{FEFF}"),
        written { $0.first == "#" ? $0 : $0.isEmpty ? $0 : "export \($0)" },
        written(valued { "=\"\($0)\"" }), written(valued { "='\($0)'" }, end: "\r\n"),
        written(valued { " = '\($0)'  # a word on it" }), written { "\t\($0)  " },
    ]

    @Test(arguments: forms) func `a file means the same however it is written`(text: String) async throws {
        let settings = try await settings(text)
        let plain = try await self.settings(Self.plain.joined(separator: "\n"))
        #expect(settings.database == plain.database)
        #expect("\(settings.database)".contains("db.example:6000/cryptotrader"))
        #expect(settings.backupFolder.path == "/tmp/my backups" && settings.lookbackDays == 7)
    }

    @Test(arguments: [
        ("POSTGRES_PASSWORD=\"a\\\"b\\\\c\"", "a\"b\\c"), ("POSTGRES_PASSWORD='a\\\"b'", "a\\\"b"),
        ("POSTGRES_PASSWORD=#a#b", "#a#b"),
        ("POSTGRES_PASSWORD=a\\nb", "a\\nb"), ("POSTGRES_PASSWORD=\"a #b\"", "a #b"),
        ("POSTGRES_PASSWORD=a\"b'", "a\"b'"),
        ("POSTGRES_PASSWORD=\"$HOME\"", "$HOME"), ("POSTGRES_PASSWORD=a\nPOSTGRES_PASSWORD=b", "b"),
    ]) func `a value is what stands there`(line: String, value: String) async throws {
        let read = try await settings("POSTGRES_HOST=h\n\(line)\n")
        guard case .postgres(let place) = read.database else { return #expect(Bool(false), "Postgres expected") }
        #expect(place.environment["PGPASSWORD"] == value)
    }

    @Test(arguments: [
        "POSTGRES_PASSWORD", "POSTGRES_PASSWORD: hunter2", "set POSTGRES_PASSWORD=hunter2", "hunter2", "=hunter2",
        "POSTGRES_PASSWORD=\"hunter2", "POSTGRES_PASSWORD='hunter2\"", "POSTGRES_PASSWORD=\"hunter2\"x",
        "POSTGRES_PASSWORD=\"hun\"ter2\"", "POSTGRES_PASSWORD=\u{201C}hunter2\u{201D}",
        "POSTGRES_PASSWORD=hunter2 # mine",
        "POSTGRES_PASSWORD=hunter2\u{1B}[2J", "POSTGRES_PASSWORD=hun\u{85}ter2", "P\u{F6}STGRES=hunter2",
        "\u{A0}POSTGRES_PASSWORD hunter2", "postgres_password=hunter2", "Postgres_Password=hunter2",
        "POSTGRES-PASSWORD=hunter2", "POSTGRES.PASSWORD=hunter2", "breaker_timeout=hunter2",
        "BREAKER_alert-ping_TIMEOUT=hunter2",
    ]) func `a line that cannot be read as it was meant is named, and not shown`(line: String) async throws {
        let fault = await #expect(throws: SettingsFault.self) {
            try await settings("# first\r\n\r\nLOG_LEVEL=info\r\n\(line)\r\nLOG_PLAIN=1\r\n")
        }
        #expect(fault?.problems.count == 1)
        #expect(fault?.problems.first?.hasPrefix("line 4 of ") == true, "\(fault?.problems ?? [])")
        #expect(fault?.description.contains("ter2") == false)
    }

    @Test(arguments: [
        [0xFF, 0xFE, 0x4C, 0, 0x3D, 0], Array("LOG_LEVEL=info\nX=\u{0}\n".utf8), Array("LOG_LEVEL=inf".utf8) + [0xE9],
    ]) func `a file that is no text is refused`(bytes: [UInt8]) async throws {
        let fault = await #expect(throws: SettingsFault.self) { try await settings(bytes) }
        #expect(fault?.problems.count == 1)
        #expect(fault?.problems.first?.contains("no text in UTF-8") == true)
    }

    @Test func `a file that cannot be read is never taken for none`() async throws {
        let folder = try ScratchFolder()
        func problems() async throws -> [String]? {
            do {
                _ = try Settings(
                    database: nil, source: await SettingsSource(environment: [:], file: FilePath(folder.path(".env"))))
                return nil
            } catch let fault as SettingsFault {
                return fault.problems
            }
        }
        #expect(try await problems() == nil)
        try FileManager.default.createSymbolicLink(atPath: folder.path(".env"), withDestinationPath: "elsewhere")
        #expect(try await problems()?.first?.contains("link to a file that is not there") == true)
        try "LOG_LEVEL=info\n".write(toFile: folder.path("elsewhere"), atomically: true, encoding: .utf8)
        #expect(try await problems() == nil)
        try FileManager.default.removeItem(atPath: folder.path(".env"))
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: ".env"), withIntermediateDirectories: false)
        #expect(try await problems()?.first?.contains("is a folder") == true)
    }

    @Test(arguments: [
        "s3cret", "s3cret\n", "s3cret\r\n", "s3cret\r", "\u{FEFF}s3cret\r\n", "s3cret\nmore\n", "s3cret\n\n",
    ])
    func `the file of a secret means the same however it ends`(content: String) async throws {
        let folder = try ScratchFolder()
        try Data(content.utf8).write(to: URL(filePath: folder.path("POSTGRES_PASSWORD")))
        let named = ["POSTGRES_PASSWORD_FILE": folder.path("POSTGRES_PASSWORD"), "POSTGRES_HOST": "h"]
        let credentials = ["CREDENTIALS_DIRECTORY": folder.path, "POSTGRES_HOST": "h"]
        for environment in [named, credentials] {
            guard case .postgres(let place) = try await settings([], environment).database else { continue }
            #expect(place.environment["PGPASSWORD"] == "s3cret")
        }
    }

    @Test(arguments: [
        [], [0x0A], Array(" \r\n".utf8), [0xEF, 0xBB, 0xBF], Array("\nhunter2\n".utf8), Array("hun\u{1B}ter2\n".utf8),
        [0xFF, 0xFE, 0x68, 0], Array("hun\u{0}ter2".utf8),
    ]) func `the file of a secret that cannot be what was meant is refused`(content: [UInt8]) async throws {
        let folder = try ScratchFolder()
        try Data(content).write(to: URL(filePath: folder.path("secret")))
        for name in ["POSTGRES_PASSWORD", "DATABASE_URL", "TELEGRAM_BOT_TOKEN"] {
            let environment = ["\(name)_FILE": folder.path("secret"), "POSTGRES_HOST": "h"]
            let fault = await #expect(throws: SettingsFault.self) { try await settings([], environment) }
            #expect(fault?.problems.count == 1)
            #expect(fault?.problems.first?.contains(name) == true)
            #expect(fault?.description.contains("ter2") == false)
        }
    }

    @Test(arguments: ["POSTGRES_HOST", "POSTGRES_PASSWORD", "DATABASE_URL", "BACKUP_DIR", "DATABASE_PATH", "LOG_DIR"])
    func `a line end in a value of the environment is refused, and nothing shown`(name: String) async throws {
        let fault = await #expect(throws: SettingsFault.self) { try await settings([], [name: "hunter2\r"]) }
        #expect(fault?.problems.contains { $0.hasPrefix("\(name) holds a line end") } == true)
        #expect(fault?.description.contains("hunter2") == false)
    }

    @Test(arguments: [
        "sqlite::memory:", "sqlite:file::memory:?cache=shared", "sqlite:file:c.db?mode=memory", "sqlite:///:memory:",
    ])
    func `a database in memory is refused`(url: String) async throws {
        #expect(throws: StorageFault.inMemory) { try DatabaseLocation(url) }
        let path = await #expect(throws: SettingsFault.self) {
            try await settings([], ["DATABASE_PATH": String(url.dropFirst("sqlite:".count))])
        }
        #expect(path?.problems.count == 1)
    }

    @Test(arguments: [
        ["POSTGRES_HOST": "u:hunter2@h"], ["POSTGRES_HOST": "postgres://u:hunter2@h/db"],
        ["POSTGRES_HOST": "h password=hunter2"],
        ["POSTGRES_HOST": "h", "POSTGRES_DB": "postgres://u:hunter2@h/db"],
        ["POSTGRES_HOST": "h", "POSTGRES_DB": "password=hunter2"], ["POSTGRES_HOST": "h", "POSTGRES_PORT": "hunter2"],
        ["POSTGRES_HOST": "h", "POSTGRES_USER": "u:hunter2@h"], ["POSTGRES_HOST": "h", "POSTGRES_PORT": "1,hunter2"],
        ["POSTGRES_HOST": "h", "POSTGRES_USER": "postgres://u:hunter2@h/db"],
        ["DATABASE_PATH": "postgres://u:hunter2@h/db"],
        ["DATABASE_URL": "sqlite:postgres://u:hunter2@h/db"], ["DATABASE_URL": "sqlite://u:hunter2@h/db"],
    ]) func `an address in the place of a name is refused, and not shown`(environment: [String: String]) async throws {
        let fault = await #expect(throws: SettingsFault.self) { try await settings([], environment) }
        #expect(fault?.problems.count == 1)
        #expect(fault?.description.contains("hunter2") == false)
    }
}
