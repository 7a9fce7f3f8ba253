import CommandRuntime
import Resilience
import SystemPackage
import TestSupport
import Testing

@Suite("Settings of circuit breakers") struct BreakerSettingsTests {
    private func breakers(_ environment: [String: String]) async throws -> BreakerSettings {
        let folder = try ScratchFolder()
        return try Settings(
            database: nil,
            source: await SettingsSource(environment: environment, file: FilePath(folder.path(".env")))
        ).breakers
    }

    private func problems(_ environment: [String: String]) async -> [String] {
        await #expect(throws: SettingsFault.self) { _ = try await breakers(environment) }?.problems ?? []
    }

    @Test func `without settings a breaker is the standard one, and a long call is not slow at 5 s`() async throws {
        let breakers = try await breakers([:])
        #expect(breakers.of("alert-ping") == .standard)
        #expect(breakers.of("api", slowCall: BreakerSettings.longCall).slowCall == .seconds(20))
    }

    @Test func `all eight are set for all breakers`() async throws {
        let settings = try await breakers([
            "BREAKER_FAILURE_THRESHOLD": "3", "BREAKER_SUCCESS_THRESHOLD": "4", "BREAKER_TIMEOUT": "600.5",
            "BREAKER_WINDOW_SIZE": "50", "BREAKER_FAILURE_RATE_THRESHOLD": "0.7", "BREAKER_HALF_OPEN_MAX_CALLS": "6",
            "BREAKER_SLOW_CALL_THRESHOLD": "7.25", "BREAKER_MINIMUM_CALLS": "8",
        ]).of("anything", slowCall: BreakerSettings.longCall)
        #expect(settings.failuresInARow == 3 && settings.successThreshold == 4)
        #expect(settings.openFor == .milliseconds(600_500) && settings.openForAtMost == .milliseconds(600_500))
        #expect(settings.window == 50 && settings.failureRate == 0.7 && settings.halfOpenCalls == 6)
        #expect(settings.slowCall == .milliseconds(7250) && settings.minimumCalls == 8)
    }

    @Test(arguments: [
        ("alert-ping", "ALERT_PING"), ("backup-ping", "BACKUP_PING"), ("api-pub.bitfinex.com", "API_PUB_BITFINEX_COM"),
        ("127.0.0.1", "127_0_0_1"), ("telegram", "TELEGRAM"), ("a-b_c", "A_B_C"), ("timeout", "TIMEOUT"),
    ])
    func `one breaker is named in capitals, with an underscore for every other sign`(name: String, spelled: String)
        async throws
    {
        let breakers = try await breakers([
            "BREAKER_TIMEOUT": "10", "BREAKER_\(spelled)_TIMEOUT": "90",
            "BREAKER_\(spelled)_FAILURE_RATE_THRESHOLD": "0.25",
        ])
        #expect(breakers.of(name).openFor == .seconds(90) && breakers.of(name).failureRate == 0.25)
        #expect(breakers.of("other").openFor == .seconds(10) && breakers.of("other").failureRate == 0.5)
    }

    @Test(arguments: [
        ("BREAKER_FAILURE_THRESHOLD", ["0", "1001", "2.5", "-1", "five", "+5", " "]),
        ("BREAKER_TIMEOUT", ["0", "86401", "nan", "inf", "1e2", "60s", "-60", "0x10"]),
        ("BREAKER_FAILURE_RATE_THRESHOLD", ["0", "1.1", "50%", "nan"]),
        ("BREAKER_ALERT_PING_SLOW_CALL_THRESHOLD", ["0", "86401", ",5"]),
        ("BREAKER_EMAIL_WINDOW_SIZE", ["0", "1001", "10.0"]),
    ])
    func `what is no number in its range is named with the range`(name: String, values: [String]) async {
        for value in values {
            let problems = await problems([name: value])
            #expect(problems.count == 1 && problems[0].hasPrefix("\(name) is '\(value)'; use "), "\(problems)")
        }
    }

    @Test func `a name that nothing reads, and values that do not fit together, are told`() async {
        #expect(await problems(["BREAKER_TIMEOUTS": "5"]).first?.contains("no such setting") == true)
        #expect(await problems(["BREAKER__TIMEOUT": "5"]).first?.contains("no such setting") == true)
        for name in ["alert-ping", "alert_ping", "ALERT-PING", "\u{C9}"] {
            #expect(await problems(["BREAKER_\(name)_TIMEOUT": "5"]).first?.contains("no such setting") == true)
        }
        let unfit = await problems(["BREAKER_X_WINDOW_SIZE": "5", "BREAKER_X_MINIMUM_CALLS": "6"])
        #expect(unfit.count == 1 && unfit[0].contains("BREAKER_X_…") && unfit[0].contains("use 1 to 5"), "\(unfit)")
    }

    @Test func `a breaker that nobody has is known as such`() async throws {
        let names = [
            "BREAKER_NOPE_TIMEOUT", "BREAKER_TIMEOUT", "BREAKER_ALERT_PING_TIMEOUT", "BREAKER_API_EXAMPLE_ORG_TIMEOUT",
        ]
        let settings = try await breakers(Dictionary(uniqueKeysWithValues: names.map { ($0, "5") }))
        #expect(settings.unknown(among: ["alert-ping", "api.example.org"]) == ["NOPE"])
    }

    @Test func `a small window needs no smaller minimum to be named`() async throws {
        #expect(try await breakers(["BREAKER_WINDOW_SIZE": "4"]).of("x").minimumCalls == 4)
    }
}
