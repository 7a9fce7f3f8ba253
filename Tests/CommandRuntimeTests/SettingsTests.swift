import Foundation
import Host
import Jobs
import Postgres
import Resilience
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import CommandRuntime

@Suite("Settings") struct SettingsTests {
    private func settings(
        _ environment: [String: String] = [:], file: String = "", flag: String? = nil
    ) async throws -> Settings {
        let folder = try ScratchFolder()
        try file.write(toFile: folder.path(".env"), atomically: true, encoding: .utf8)
        return try Settings(
            database: flag,
            source: await SettingsSource(environment: environment, file: FilePath(folder.path(".env"))))
    }

    @Test func `a flag comes before the environment, and that before the file`() async throws {
        let file = "DATABASE_PATH=file.db\nCT_LOOKBACK_DAYS=7\n# a comment\n"
        #expect(try await settings(file: file).database == .sqlite(path: "file.db"))
        #expect(try await settings(["DATABASE_PATH": "env.db"], file: file).database == .sqlite(path: "env.db"))
        #expect(
            try await settings(["DATABASE_PATH": "e.db"], file: file, flag: "sqlite:f.db").database
                == .sqlite(path: "f.db"))
        #expect(try await settings(file: file).lookbackDays == 7)
    }

    @Test func `the defaults stand where nothing is set`() async throws {
        let defaults = try await settings(["HOME": "/home/flip"])
        #expect(defaults.database == .sqlite(path: "data/cryptotrader.db"))
        #expect(defaults.stateFolder.path == "/home/flip/.local/state/cryptotrader")
        #expect(defaults.exchange.absoluteString == "https://api-pub.bitfinex.com")
        #expect(defaults.requestsPerMinute == 20)
        #expect(defaults.lookbackDays == 30)
    }

    @Test func `DATABASE_URL comes before POSTGRES_HOST, and that before DATABASE_PATH`() async throws {
        let all = ["DATABASE_URL": "sqlite:url.db", "POSTGRES_HOST": "db", "DATABASE_PATH": "path.db"]
        #expect(try await settings(all).database == .sqlite(path: "url.db"))
        guard case .postgres(let place) = try await settings(all.filter { $0.key != "DATABASE_URL" }).database else {
            Issue.record("Postgres expected")
            return
        }
        #expect(place.identity == "db:5432/cryptotrader")
    }

    @Test func `a secret may come from a file, or from systemd's credentials`() async throws {
        let folder = try ScratchFolder()
        try "sqlite:secret.db\n".write(toFile: folder.path("url"), atomically: true, encoding: .utf8)
        try "sqlite:credential.db\n".write(toFile: folder.path("DATABASE_URL"), atomically: true, encoding: .utf8)
        #expect(try await settings(["DATABASE_URL_FILE": folder.path("url")]).database == .sqlite(path: "secret.db"))
        let credentials = ["CREDENTIALS_DIRECTORY": folder.path, "DATABASE_URL": "sqlite:environment.db"]
        #expect(try await settings(credentials).database == .sqlite(path: "credential.db"))
    }

    @Test func `a scheme may be written in any case, and is remembered in one`() async throws {
        let written = try await settings([
            "BITFINEX_REST_URL": "HTTP://127.0.0.1:8/", "BITFINEX_WS_URL": "Wss://h/ws/2",
        ])
        #expect(written.exchange.absoluteString == "http://127.0.0.1:8")
        #expect(written.exchangeStream.absoluteString == "wss://h/ws/2")
        for name in ["BACKUP_PING_URL", "ALERT_PING_URL"] {
            _ = try await settings([name: "HTTPS://example.org/ping"])
        }
        let odd = await #expect(throws: SettingsFault.self) { try await settings(["BITFINEX_REST_URL": "FTP://h"]) }
        #expect(odd?.problems.first?.contains("BITFINEX_REST_URL") == true)
    }

    @Test(arguments: [
        ("BITFINEX_REST_URL", "http://h:65536"), ("BITFINEX_REST_URL", "http://h:0"),
        ("BITFINEX_REST_URL", "https://h:99999999999999999999"), ("BITFINEX_REST_URL", "https://h/?key=1"),
        ("BITFINEX_REST_URL", "https://h#part"), ("BITFINEX_WS_URL", "ws://h:65536/ws/2"),
        ("BITFINEX_WS_URL", "wss://h/ws/2#part"), ("TELEGRAM_API_BASE", "http://h:999999"),
        ("ALERT_PING_URL", "http://h:999999/p"), ("BACKUP_PING_URL", "http://h:0/p"), ("SMTP_URL", "smtps://h:70000"),
        ("ADMIN_ALERT_WEBHOOK", "https://h:70000/x"),
    ])
    func `an address that nothing can be connected to is a problem, of whichever setting`(name: String, text: String)
        async
    {
        let fault = await #expect(throws: SettingsFault.self) { try await settings([name: text]) }
        #expect(
            fault?.problems.count == 1 && fault?.problems.first?.hasPrefix(name) == true, "\(fault?.problems ?? [])")
    }

    @Test func `certificates to trust are read, or refused in words`() async throws {
        #expect(try await settings().trustedCertificates == nil)
        let folder = try ScratchFolder()
        let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        try pem.write(toFile: folder.path("ca.pem"), atomically: true, encoding: .utf8)
        try "hello\n".write(toFile: folder.path("other"), atomically: true, encoding: .utf8)
        #expect(
            try await settings(["SSL_CERT_FILE": folder.path("ca.pem")]).trustedCertificates == folder.path("ca.pem"))
        for path in [folder.path("none"), folder.path("other"), folder.path, "/"] {
            let fault = await #expect(throws: SettingsFault.self) { try await settings(["SSL_CERT_FILE": path]) }
            #expect(fault?.problems.count == 1)
            #expect(fault?.problems.first?.contains("SSL_CERT_FILE is '\(path)'") == true)
            let folders = await #expect(throws: SettingsFault.self) { try await settings(["SSL_CERT_DIR": path]) }
            #expect(folders?.problems.count == 1)
            #expect(folders?.problems.first?.contains("SSL_CERT_DIR is '\(path)'") == true)
        }
        try pem.write(toFile: folder.path("0123abcd.0"), atomically: true, encoding: .utf8)
        #expect(try await settings(["SSL_CERT_DIR": folder.path]).trustedCertificates == folder.path)
        let both = ["SSL_CERT_DIR": folder.path, "SSL_CERT_FILE": folder.path("ca.pem")]
        #expect(try await settings(both).trustedCertificates == folder.path("ca.pem"))
    }

    @Test func `a misspelt name of ours is an error that names the nearest, wherever it stands`() async throws {
        let environment = await #expect(throws: SettingsFault.self) { try await settings(["CT_SYMBL": "BTCUSD"]) }
        #expect(environment?.problems == ["CT_SYMBL: did you mean CT_SYMBOL?"])
        let file = await #expect(throws: SettingsFault.self) {
            try await settings(file: "# CT_OLD=1\n CT_LOOKBACKDAYS = 3\nOTHER_NAME=1\n")
        }
        #expect(file?.problems == ["CT_LOOKBACKDAYS: did you mean CT_LOOKBACK_DAYS?"])
        let far = await #expect(throws: SettingsFault.self) { try await settings(["CT_QQQQQQQQQQQQ": ""]) }
        #expect(far?.problems == ["CT_QQQQQQQQQQQQ: there is no such setting"])
    }

    @Test func `a symbol or a timeframe that cannot be understood is a wrong setting`() async throws {
        let right = try await settings(["CT_SYMBOL": "DUSK:USD", "CT_TIMEFRAME": "1m"])
        #expect(right.symbol.map { "\($0)" } == "DUSK:USD")
        #expect(right.timeframe.map { "\($0)" } == "1m")
        let fault = await #expect(throws: SettingsFault.self) {
            try await settings(["CT_SYMBOL": "btc", "CT_TIMEFRAME": "2m"])
        }
        #expect(fault?.problems.count == 2)
        #expect(fault?.problems.first?.hasPrefix("CT_SYMBOL: 'btc' is not a symbol") == true)
        #expect(fault?.problems.last?.contains("did you mean") == true)
    }

    @Test func `a command reads its own parts alone, and fails at nothing else`() async throws {
        let folder = try ScratchFolder()
        let wrong = [
            "TELEGRAM_BOT_TOKEN_FILE": folder.path("none"), "SMTP_URL": "nonsense", "BACKUP_PING_URL": "nonsense",
            "HEALTH_CHECK_PORT": "x", "WATCHDOG_MAX_RESTARTS": "-1", "GIT_BACKUP_DIR": "a\nb",
        ]
        let source = try await SettingsSource(environment: wrong, file: FilePath(folder.path(".env")))
        _ = try Settings(database: nil, reading: SettingPart.ingest, source: source)
        let backup = #expect(throws: SettingsFault.self) {
            _ = try Settings(database: nil, reading: SettingPart.backup, source: source)
        }
        #expect(backup?.problems.count == 1 && backup?.problems.first?.hasPrefix("BACKUP_PING_URL") == true)
        let operations = #expect(throws: SettingsFault.self) {
            _ = try Settings(database: nil, reading: SettingPart.operations, source: source)
        }
        #expect(operations?.problems.count == wrong.count)
        let token = ["TELEGRAM_BOT_TOKEN": "1:token"]
        let told = try await SettingsSource(environment: token, file: FilePath(folder.path(".env")))
        #expect(try told.secret("TELEGRAM_BOT_TOKEN") == "1:token")
        #expect(try told.limited(to: SettingPart.ingest).secret("TELEGRAM_BOT_TOKEN") == nil)
    }

    @Test func `all problems are reported at once, without values of secrets`() async throws {
        let wrong = [
            "DATABASE_URL": "postgres://u:hunter2%zz@h/d", "STATE_DIR": "here", "CT_LOOKBACK_DAYS": "0",
            "BITFINEX_REQUESTS_PER_MINUTE": "x", "BITFINEX_REST_URL": "https://api-pub.bitfinex.com/v2",
        ]
        let fault = await #expect(throws: SettingsFault.self) { try await settings(wrong) }
        #expect(fault?.problems.count == 5)
        #expect(fault?.description.contains("hunter2") == false)
    }
}

@Suite("Exit status") struct ExitStatusTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// Every kebab-case literal inside a `var code` of the sources.
    private func codesInSources() throws -> Set<String> {
        let files = FileManager.default.enumerator(
            at: Self.root.appending(path: "Sources"), includingPropertiesForKeys: nil)
        var codes = Set<String>()
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let source = try String(contentsOf: file, encoding: .utf8)
            for body in source.matches(of: /var code: String \{(?s:.*?)\n    \}|var code: String \{[^\n]*\}/) {
                for literal in source[body.range].matches(of: /"([a-z]+(?:-[a-z]+)*)"/) {
                    codes.insert(String(literal.1))
                }
            }
        }
        return codes
    }

    @Test func `each kind of fault has one exit code`() throws {
        let codes: [FaultKind: Int32] = [
            .partial: 10, .rateLimited: 11, .suspect: 12, .rolledBack: 20, .notRolledBack: 21, .usage: 64,
            .unavailable: 69,
            .storage: 74, .busy: 75, .configuration: 78,
        ]
        let rows = try text("docs/EXIT_CODES.md")
        for kind in FaultKind.allCases {
            #expect(ExitStatus(kind).rawValue == codes[kind], "\(kind)")
            #expect(rows.contains("\n| \(ExitStatus(kind).rawValue) |"), "\(kind)")
        }
    }

    @Test func `every fault code has its heading in the runbook`() throws {
        let runbook = try text("docs/RUNBOOK.md").split(separator: "\n").filter { $0.hasPrefix("#") }
        let codes = try codesInSources()
        #expect(codes.count > 100)
        for code in codes { #expect(runbook.contains { $0.contains("`\(code)`") }, "\(code)") }
    }

    @Test func `the worst of several endings says most about what is left to do`() {
        #expect(ExitStatus.worst(of: []) == .complete)
        #expect(ExitStatus.worst(of: [.partial, .complete]) == .partial)
        #expect(ExitStatus.worst(of: [.unavailable, .rateLimited, .configuration]) == .configuration)
        for status in ExitStatus.allCases where status != .complete {
            #expect(ExitStatus.worst(of: [.complete, status]) == status, "\(status)")
        }
    }

    @Test func `the example file is what the declarations say`() throws {
        let path = Self.root.appending(path: ".env.example")
        if ProcessInfo.processInfo.environment["WRITE_EXAMPLE"] != nil {
            try ExampleFile.text.write(to: path, atomically: true, encoding: .utf8)
        }
        #expect(
            try text(".env.example") == ExampleFile.text,
            "WRITE_EXAMPLE=1 scripts/test --filter ExitStatus writes it anew")
    }

    @Test func `no program of others gets a setting that is declared a secret`() {
        // libpq's own name of a password is none of our settings.
        #expect(SecretNames.all == Settings.secretNames.union(["PGPASSWORD"]))
    }

    @Test func `each default is a value that its range allows`() {
        for setting in SettingPart.allCases.flatMap(\.settings) {
            guard let range = setting.range, let standard = setting.standard else { continue }
            #expect(Double(standard).map(range.contains) == true, "\(setting.name)")
        }
    }
}
