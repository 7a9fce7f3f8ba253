import CommandRuntime
import Foundation
import Host
import Postgres
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite("Settings of backups") struct BackupSettingsTests {
    private func settings(_ environment: [String: String] = [:], flag: String? = nil) async throws -> Settings {
        let folder = try ScratchFolder()
        return try Settings(
            database: flag,
            source: await SettingsSource(environment: environment, file: FilePath(folder.path(".env"))))
    }

    private func problems(_ environment: [String: String]) async -> [String] {
        await #expect(throws: SettingsFault.self) { try await settings(environment) }?.problems ?? []
    }

    @Test func `without settings backups go to a folder of the working folder, and stay for a week`() async throws {
        let defaults = try await settings()
        #expect(defaults.backupFolder.path == FileManager.default.currentDirectoryPath + "/backups")
        #expect(defaults.retention.days == 7)
        #expect(defaults.retention.weekly == 0)
        #expect(defaults.retention.monthly == 0)
        #expect(defaults.backupPing == nil)
    }

    @Test(arguments: [("kept/here", "/kept/here"), ("./a/../b c", "/b c")])
    func `a relative folder of backups is one of the working folder`(setting: String, path: String) async throws {
        let folder = try await settings(["BACKUP_DIR": setting]).backupFolder
        #expect(folder.path == FileManager.default.currentDirectoryPath + path)
    }

    @Test func `an absolute folder of backups stays as it is`() async throws {
        let folder = try await settings(["BACKUP_DIR": "/var/backups/candles/"]).backupFolder
        #expect(folder.path == "/var/backups/candles")
        #expect(folder.appending(path: "a").path == "/var/backups/candles/a")
    }

    @Test(arguments: [
        ("RETENTION_DAYS", "1", true), ("RETENTION_DAYS", "36500", true), ("RETENTION_DAYS", "0", false),
        ("RETENTION_DAYS", "-1", false), ("RETENTION_DAYS", "NaN", false), ("RETENTION_DAYS", "inf", false),
        ("RETENTION_DAYS", "36501", false), ("RETENTION_DAYS", "7.5", false), ("RETENTION_DAYS", "7 days", false),
        ("RETENTION_WEEKLY", "0", true), ("RETENTION_WEEKLY", "1200", true), ("RETENTION_WEEKLY", "-1", false),
        ("RETENTION_WEEKLY", "1201", false), ("RETENTION_MONTHLY", "0", true), ("RETENTION_MONTHLY", "1200", true),
        ("RETENTION_MONTHLY", "nan", false), ("RETENTION_MONTHLY", "1201", false),
    ])
    func `a time to keep is a whole number in its range`(name: String, value: String, isRight: Bool) async throws {
        if isRight {
            let kept = try await settings([name: value]).retention
            #expect([kept.days, kept.weekly, kept.monthly].contains(Int(value) ?? .min))
        } else {
            let problems = await problems([name: value])
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix("\(name) is '\(value)'; use ") == true)
        }
    }

    @Test func `the address of the ping may come from a file, and is never shown`() async throws {
        let folder = try ScratchFolder()
        try "https://h.example/secret-key\n".write(
            toFile: folder.path("BACKUP_PING_URL"), atomically: true, encoding: .utf8)
        let places = [
            ["BACKUP_PING_URL": "https://h.example/secret-key"], ["CREDENTIALS_DIRECTORY": folder.path],
            ["BACKUP_PING_URL_FILE": folder.path("BACKUP_PING_URL")],
        ]
        for place in places {
            let settings = try await settings(place)
            #expect(settings.backupPing?.value.absoluteString == "https://h.example/secret-key")
            var shown = "\(settings) \(String(reflecting: settings))"
            dump(settings, to: &shown)
            #expect(!shown.contains("secret-key"))
        }
    }

    @Test(arguments: [
        "secret-key", "ftp://h.example/secret-key", "https:///secret-key", "https://h example/secret-key",
    ])
    func `a ping to what is no web address is a problem that does not quote it`(address: String) async {
        let problems = await problems(["BACKUP_PING_URL": address])
        #expect(problems == ["BACKUP_PING_URL is no web address; write it as in https://example.org/ping/…"])
    }

    @Test func `a file with the ping's address that cannot be read is a problem`() async {
        let problems = await problems(["BACKUP_PING_URL_FILE": "/nowhere/at/all"])
        #expect(problems == ["the file with the secret BACKUP_PING_URL cannot be read; check BACKUP_PING_URL_FILE"])
    }
}

@Suite("Settings: configured databases") struct ConfiguredDatabasesTests {
    private static let url = ["DATABASE_URL": "postgres://u@one:1/a"]
    private static let parts = ["POSTGRES_HOST": "two", "POSTGRES_PORT": "2", "POSTGRES_DB": "b"]
    private static let path = ["DATABASE_PATH": "/path.db"]

    private func identities(_ environment: [String: String], flag: String? = nil) async throws -> [String] {
        let folder = try ScratchFolder()
        let settings = try Settings(
            database: flag,
            source: await SettingsSource(environment: environment, file: FilePath(folder.path(".env"))))
        #expect(settings.database == settings.databases.first)
        return settings.databases.map(\.identity)
    }

    @Test func `each kind comes once, from the first name that has it`() async throws {
        let all = Self.url.merging(Self.parts) { $1 }.merging(Self.path) { $1 }
        #expect(try await identities(all) == ["postgres:one:1/a", "sqlite:/path.db"])
        #expect(try await identities(Self.parts.merging(Self.path) { $1 }) == ["postgres:two:2/b", "sqlite:/path.db"])
        #expect(try await identities(Self.url) == ["postgres:one:1/a"])
        #expect(try await identities(Self.path) == ["sqlite:/path.db"])
        let file = all.merging(["DATABASE_URL": "sqlite:/url.db"]) { $1 }
        #expect(try await identities(file) == ["sqlite:/url.db", "postgres:two:2/b"])
    }

    @Test func `the flag stands alone, and the embedded file where nothing is set`() async throws {
        let all = Self.url.merging(Self.path) { $1 }
        #expect(try await identities(all, flag: "sqlite:/flag.db") == ["sqlite:/flag.db"])
        let embedded = FileManager.default.currentDirectoryPath + "/data/cryptotrader.db"
        #expect(try await identities([:]) == ["sqlite:\(embedded)"])
    }

    @Test func `what is not looked at cannot be wrong, and what is, can`() async throws {
        let unread = Self.url.merging(["POSTGRES_HOST": "two", "POSTGRES_PORT": "x"]) { $1 }
        #expect(try await identities(unread) == ["postgres:one:1/a"])
        let wrong = ["POSTGRES_HOST": "two", "POSTGRES_PASSWORD_FILE": "/nowhere", "DATABASE_PATH": "/path.db"]
        let fault = await #expect(throws: SettingsFault.self) { try await identities(wrong) }
        #expect(
            fault?.problems
                == ["the file with the secret POSTGRES_PASSWORD cannot be read; check POSTGRES_PASSWORD_FILE"])
    }
}
