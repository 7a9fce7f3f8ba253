import Foundation
import Host
import Logging
import TestSupport
import Testing
import Transport

@testable import Alerts

@Suite struct AlertConfigurationTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func file(_ text: String? = nil, mode: Int = 0o600) throws -> AlertConfigurationFile {
        let path = folder.path("alert_config.json")
        if let text {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        return AlertConfigurationFile(URL(filePath: path))
    }

    private func problems(_ body: () throws -> Void) -> [String] {
        do {
            try body()
            return []
        } catch AlertConfigurationFault.wrong(let problems) {
            return problems
        } catch { return ["\(error)"] }
    }

    private static let seed = """
        {"telegram": {"enabled": true, "bot_token": "123456:ABC-DEF", "chat_id": "987654321"}, "desktop_notify": true,
         "min_interval_sec": {"info": 3600, "warning": 1800, "critical": 300}, "log_retention_days": 7}
        """

    @Test(
        arguments: [
            ("{}", []), (Self.seed, ["telegram", "desktop"]),
            (#"{"telegram": {"enabled": false, "bot_token": "123456:ABC-DEF", "chat_id": "9"}}"#, []),
            (#"{"discord": {"webhook_url": "https://discord.com/api/webhooks/1/a"}}"#, ["discord"]),
            (
                #"{"webhook": {"url": "https://example.org/hook"}, "email": {"to": "a@example.org"}}"#,
                ["webhook", "email"]
            ),
        ] as [(String, [String])])
    func `what the file switches on has a name`(text: String, names: [String]) throws {
        let environment = ChannelEnvironment(
            telegramBase: try #require(URL(string: "https://api.telegram.org")), host: "here")
        #expect(try AlertChannels(environment, try file(text).read()).names == Set(names))
    }

    @Test func `the documented shape is read`() throws {
        let configuration = try file(Self.seed).read()
        #expect(configuration.telegram.token?.value == "123456:ABC-DEF" && configuration.telegram.chat == "987654321")
        #expect(configuration.telegram.isEnabled && configuration.desktop && configuration.logRetentionDays == 7)
        #expect(configuration.intervals == [.info: .seconds(3600), .warning: .seconds(1800), .critical: .seconds(300)])
        #expect(!"\(configuration)".contains("ABC-DEF"))
    }

    @Test func `without a file, and without a value, the defaults hold`() throws {
        #expect(try file().read() == AlertConfiguration())
        #expect(try file("{}").read() == AlertConfiguration())
        let some = try file(#"{"min_interval_sec":{"critical":60},"telegram":{"chat_id":-100123},"other":[1,null]}"#)
            .read()
        #expect(some.intervals[.critical] == .seconds(60) && some.intervals[.info] == .seconds(3600))
        #expect(some.telegram.chat == "-100123" && !some.telegram.isEnabled)
    }

    @Test func `everything that is wrong is named at once, and no secret is`() throws {
        let text = """
            {"telegram": {"enabled": "yes", "bot_token": "s3cret", "chat_id": "a b", "min_severity": "loud"},
             "desktop_notify": 1, "min_interval_sec": {"info": -1, "warning": "x"}, "log_retention_days": 0,
             "discord": {"webhook_url": "https://s3cret:65536/x"}, "email": 5, "webhook": {"url": 7}}
            """
        let named = problems { _ = try file(text).read() }
        let expected = [
            "telegram.bot_token", "telegram.chat_id", "telegram.enabled", "telegram.min_severity",
            "discord.webhook_url",
            "webhook.url", "email", "desktop_notify", "min_interval_sec.info", "min_interval_sec.warning",
            "log_retention_days",
        ]
        #expect(named.count == expected.count, "\(named)")
        for (problem, name) in zip(named, expected) {
            #expect(problem.hasPrefix("\(folder.path("alert_config.json")): \(name) "), "\(problem)")
        }
        #expect(!named.joined().contains("s3cret"))
        #expect(problems { _ = try file("[]").read() }.count == 1)
        #expect(problems { _ = try file("not json").read() }.count == 1)
    }

    @Test func `a rewrite keeps all else, for its owner alone`() throws {
        let file = try file(
            #"{"telegram":{"enabled":false,"chat_id":"1","thread":9007199254740993},"mine":{"a":[1,2.5,null,true,"ü"]}}"#,
            mode: 0o644)
        try file.save(token: Secret("5:NEW"), chat: "-42")
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(
            value
                == .object([
                    "telegram": .object([
                        "enabled": .bool(true), "chat_id": .text("-42"), "bot_token": .text("5:NEW"),
                        "thread": .integer(9_007_199_254_740_993),
                    ]),
                    "mine": .object(["a": .list([.integer(1), .number(2.5), .null, .bool(true), .text("ü")])]),
                ]))
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["alert_config.json"])
        #expect(file.warnings().isEmpty)
    }

    @Test func `a new file gets the defaults, in a folder that need not exist`() throws {
        let file = AlertConfigurationFile(URL(filePath: folder.path("a/b/alert_config.json")))
        try file.save(token: Secret("5:NEW"), chat: "-42")
        let configuration = try file.read()
        #expect(configuration.telegram.isEnabled && configuration.telegram.chat == "-42")
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        #expect(text.contains("min_interval_sec") && text.contains("\"log_retention_days\" : 7"))
    }

    @Test func `what cannot be read is not written over, and what cannot be written is said`() throws {
        let broken = try file("{ \"telegram\": ")
        #expect(problems { try broken.save(token: Secret("5:NEW"), chat: "1") }.count == 1)
        #expect(try String(contentsOfFile: broken.path, encoding: .utf8) == "{ \"telegram\": ")
        let nowhere = AlertConfigurationFile(URL(filePath: "/proc/nowhere/alert_config.json"))
        let fault = #expect(throws: AlertConfigurationFault.self) {
            try nowhere.save(token: Secret("5:NEW"), chat: "1")
        }
        #expect(fault?.code == "alert-config-not-written")
    }

    @Test func `others being able to read a secret is a warning`() throws {
        #expect(try file(Self.seed, mode: 0o640).warnings().count == 1)
        #expect(try file(Self.seed, mode: 0o600).warnings().isEmpty)
        #expect(try file("{}", mode: 0o644).warnings().isEmpty)
        #expect(try file().warnings().isEmpty)
    }

    private func names(_ environment: ChannelEnvironment, _ file: AlertConfiguration) throws -> [String] {
        try AlertChannels(environment, file).make(
            over: AsyncHTTPTransport(), variables: [:], logger: Logger(label: "test"), now: { 0 }
        ).map(\.name)
    }

    private func environment() throws -> ChannelEnvironment {
        ChannelEnvironment(telegramBase: try #require(URL(string: "https://api.example")), host: "box")
    }

    @Test func `the environment comes before the file`() throws {
        let file = try file(Self.seed).read()
        var environment = try environment()
        #expect(try names(environment, AlertConfiguration()) == [])
        #expect(try names(environment, file) == ["telegram", "desktop"])
        environment.desktop = false
        environment.webhook = Secret(try #require(URL(string: "https://discord.com/api/webhooks/1/t")))
        environment.email = "a@example.org, b@example.org"
        #expect(try names(environment, file) == ["telegram", "discord", "email"])
        environment.webhook = Secret(try #require(URL(string: "https://hooks.example/x")))
        #expect(try names(environment, file) == ["telegram", "webhook", "email"])
        let all = AlertConfigurationFile(URL(filePath: folder.path("all.json")))
        try #"""
        {"discord":{"webhook_url":"https://discord.com/api/webhooks/1/t"},"webhook":{"url":"https://h.example","min_severity":"critical"},
         "email":{"to":"a@b","from":"c@d","smtp_url":"smtps://u:p@h"}}
        """#.write(toFile: all.path, atomically: true, encoding: .utf8)
        let channels = try AlertChannels(try self.environment(), try all.read()).make(
            over: AsyncHTTPTransport(), variables: [:], logger: Logger(label: "test"), now: { 0 })
        #expect(channels.map(\.name) == ["discord", "webhook", "email"])
        #expect(channels.map(\.threshold) == [.info, .critical, .info])
    }

    @Test func `channels that lack something are all named`() throws {
        var environment = try environment()
        environment.telegramToken = Secret("s3cret")
        environment.email = "not an address"
        environment.emailFrom = "-x"
        let file = try file(#"{"discord":{"enabled":true},"webhook":{"enabled":true}}"#).read()
        let named = problems { _ = try names(environment, file) }
        #expect(named.count == 6, "\(named)")
        #expect(!named.joined().contains("s3cret"))
        let noToken = try self.file(#"{"telegram":{"enabled":true}}"#).read()
        #expect(problems { _ = try names(try self.environment(), noToken) }.count == 2)
    }
}
