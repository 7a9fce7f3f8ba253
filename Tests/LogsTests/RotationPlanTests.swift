import Candles
import Testing

@testable import Logs

@Suite("Rotation plan") struct RotationPlanTests {
    private static func time(_ text: String) throws -> UnixMilliseconds { try UnixMilliseconds(iso8601: text) }

    private func plan(
        _ files: [(name: String, bytes: Int, began: String?)], now: String, ages: String? = nil,
        keptLongerUntil: String? = nil, force: Bool = false
    ) throws -> [RotationStep] {
        let files = try files.map { file in
            LogFile(
                try #require(LogFileName(file.name)), bytes: file.bytes,
                beganAt: try file.began.map { try Self.time($0) })
        }
        let rules = RotationRules(
            days: 7, keptLongerUntil: try keptLongerUntil.map { RotationPlan.day(try Self.time($0)) })
        return RotationPlan(
            files, now: try Self.time(now), ages: try Self.time(ages ?? now), rules: rules, force: force
        ).steps
    }

    @Test(arguments: [
        ("bot.jsonl", 10_000_001, "2024-01-31T00:00:00Z", true),
        ("bot.jsonl", 10_000_000, "2024-01-31T00:00:00Z", false),
        ("bot.log", 10_000_001, "2024-01-31T00:00:00Z", true), ("bot.log", 10_000_000, "2024-01-31T00:00:00Z", false),
        ("errors.log", 10_000_001, "2024-01-31T00:00:00Z", true),
        ("errors.log", 10_000_000, "2024-01-31T00:00:00Z", false),
        ("health.log", 10_000_001, "2024-01-31T00:00:00Z", true),
        ("service_stdout.log", 10_000_001, "2024-01-31T00:00:00Z", true),
        ("watchdog.log", 10_000_001, "2024-01-31T00:00:00Z", true),
        ("watchdog.log", 10_000_000, "2024-01-31T00:00:00Z", false),
        ("bot.log", 1, "2024-01-30T23:59:59Z", true), ("bot.log", 1, nil, true), ("bot.log", 0, nil, false),
        // 2024-01-31 is a Wednesday.
        ("backup.log", 1, "2024-01-29T00:00:00Z", false), ("backup.log", 1, "2024-01-28T23:59:59Z", true),
        ("backup.log", 100_000_001, "2024-01-31T00:00:00Z", true), ("health.log", 1, "2024-01-30T00:00:00Z", true),
        // The clock went back.
        ("bot.log", 1, "2024-02-01T00:00:00Z", false),
    ])
    func `a log is due by size, and by the day or week of its first line`(
        name: String, bytes: Int, began: String?, isDue: Bool
    ) throws {
        #expect(try !plan([(name, bytes, began)], now: "2024-01-31T12:00:00Z").isEmpty == isDue)
    }

    @Test func `a log whose lines tell no time is due once a day, by the names`() throws {
        let files = [("service_x.log", 5, String?.none), ("service_x-20240131.log", 5, nil)]
        #expect(try plan(files, now: "2024-01-31T23:59:59Z") == [])
        #expect(
            try plan(files, now: "2024-02-01T00:00:00Z")
                == [.rename("service_x.log", to: "service_x-20240201.log"), .compress("service_x-20240131.log")])
    }

    @Test func `the newest rotated file stays plain, and those before it are compressed`() throws {
        let files = [
            ("bot.jsonl", 9, "2024-01-30T00:00:00Z" as String?), ("bot-20240130.jsonl", 9, nil),
            ("bot-20240131.jsonl", 9, nil), ("bot-20240131-1.jsonl", 9, nil), ("bot-20240131-2.jsonl.gz", 9, nil),
        ]
        #expect(
            try plan(files, now: "2024-01-31T12:00:00Z") == [
                .rename("bot.jsonl", to: "bot-20240131-3.jsonl"), .compress("bot-20240130.jsonl"),
                .compress("bot-20240131.jsonl"), .compress("bot-20240131-1.jsonl"),
            ])
        #expect(try plan([("service_x-20240130.log", 9, nil)], now: "2024-01-31T12:00:00Z") == [])
    }

    @Test(arguments: [
        ("bot-20240101.jsonl.gz", "2024-01-08", "2024-01-09"), ("bot-20240101.log", "2024-01-08", "2024-01-09"),
        ("errors-20240101.log.gz", "2024-01-08", "2024-01-09"),
        ("backup-20240101.log.gz", "2024-03-25", "2024-03-26"), ("health-20240101.log.gz", "2024-01-08", "2024-01-09"),
        ("watchdog-20240101.log", "2024-01-08", "2024-01-09"),
        ("service_stderr-20240101.log", "2024-01-08", "2024-01-09"),
    ])
    func `what was rotated is kept for as many days as its class says`(name: String, last: String, over: String) throws
    {
        #expect(try plan([(name, 1, nil)], now: "\(last)T23:59:59Z") == [])
        #expect(try plan([(name, 1, nil)], now: "\(over)T00:00:00Z") == [.remove(name)])
    }

    @Test func `the live file is never removed, however old it is`() throws {
        #expect(try plan([("bot.log", 0, "2001-01-01T00:00:00Z")], now: "2024-01-31T12:00:00Z") == [])
    }

    @Test func `what a killed rotation left is removed first, and done again`() throws {
        let files = [
            ("bot-20240129.jsonl.gz.partial", 3, String?.none), ("bot-20240129.jsonl", 9, nil),
            ("bot-20240128.jsonl.gz", 3, nil), ("bot-20240128.jsonl", 9, nil), ("bot-20240130.jsonl", 9, nil),
        ]
        #expect(
            try plan(files, now: "2024-01-31T12:00:00Z") == [
                .discard("bot-20240129.jsonl.gz.partial"), .compress("bot-20240128.jsonl"),
                .compress("bot-20240129.jsonl"),
            ])
    }

    @Test func `a clock that goes back a day and on again never reuses a name`() throws {
        let names = [("bot.log", 9, "2024-02-01T01:00:00Z" as String?), ("bot-20240201.log", 9, nil)]
        #expect(try plan(names, now: "2024-01-31T12:00:00Z") == [])
        #expect(
            try plan(names, now: "2024-01-31T12:00:00Z", force: true) == [.rename("bot.log", to: "bot-20240131.log")])
        let again = names + [("bot-20240131.log", 9, nil)]
        #expect(
            try plan(again, now: "2024-02-01T12:00:00Z", force: true).first
                == .rename("bot.log", to: "bot-20240201-1.log"))
    }

    @Test(arguments: [
        ("bot-20240101.jsonl.gz", "2024-01-31", "2024-02-01"), ("bot-20240101.log", "2024-01-31", "2024-02-01"),
        ("errors-20240101-2.log", "2024-01-31", "2024-02-01"), ("bot-20240106.jsonl", "2024-01-13", "2024-01-14"),
        ("health-20240101.log", "2024-01-08", "2024-01-09"),
    ])
    func `what an earlier version was to keep for 30 days keeps them`(name: String, last: String, over: String) throws {
        let until = "2024-01-05T00:00:00Z"
        #expect(try plan([(name, 1, nil)], now: "\(last)T23:59:59Z", keptLongerUntil: until) == [])
        #expect(try plan([(name, 1, nil)], now: "\(over)T00:00:00Z", keptLongerUntil: until) == [.remove(name)])
    }

    @Test(arguments: ["2024-02-20T00:00:00Z", "2025-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "2262-04-11T00:00:00Z"])
    func `a clock that jumped removes nothing, whatever it says`(now: String) throws {
        let names = ["bot-20240131.jsonl", "bot-20240125.jsonl.gz", "errors-20240126.log.gz", "health-20240125.log.gz"]
        let files = (names + ["service_x-20240128.log.gz", "backup-20231201.log.gz"]).map { ($0, 1, String?.none) }
        let steps = try plan(files, now: now, ages: "2024-01-31T12:00:00Z")
        #expect(!steps.contains { if case .remove = $0 { true } else { false } }, "\(steps)")
    }

    @Test(arguments: [
        "trades-20010101.jsonl", "nginx-access-20010101.log", "mydata-20010101-3.jsonl.gz", "x.log", "botx.jsonl",
        "backup_mine-20010101.log.gz", "bot2-20010101.jsonl.gz.partial", "my-bot-20010101.jsonl",
        "errors-20010101.jsonl",
        "service-20010101.log", "health.jsonl", "alerts-20010101.log", "BOT-20010101.jsonl", "bot-2024-20010101.jsonl",
    ])
    func `a file of another family is never touched`(name: String) throws {
        let file = (name, 200_000_000, "2001-01-01T00:00:00Z" as String?)
        #expect(try plan([file], now: "2024-01-31T12:00:00Z", force: true) == [])
    }
}
