import Alerts
import Candles
import Foundation
import GRDB
import Journal
import NIOConcurrencyHelpers
import TestSupport
import Testing
import Transport
import Watchdog

/// Hours of passes, one a minute, over a service that does as a script says.
@Suite("Watchdog pass", .timeLimit(.minutes(1))) struct WatchdogPassTests {
    private let folder: ScratchFolder
    private let clock = LeapingClock(base: 1_700_000_000_000)
    private let journal: Journal
    private let alerts = AlertNotes()
    private var ledger = RestartLedger()
    /// By how much the wall clock stepped.
    private let step = NIOLockedValueBox<Int64>(0)
    private let lines = NIOLockedValueBox<[String]>([])
    private var service = WatchedService(name: "bot", control: .unit("bot.service", isOfUser: true))

    init() throws {
        folder = try ScratchFolder()
        journal = try Journal(folder: folder.url, now: { [clock] in clock.milliseconds })
    }

    private func minute(_ control: ScriptedControl, count: Int = 1) async throws -> [ServiceReport.Action] {
        var actions: [ServiceReport.Action] = []
        for _ in 0..<count {
            var parts = WatchdogPass.Parts(
                journal: journal, alerts: alerts, transport: NoTransport(), clock: clock,
                now: { [clock, step] in clock.milliseconds + step.withLockedValue { $0 } },
                awake: { [clock] in clock.milliseconds },
                boot: "boot", control: { _, _ in control })
            let log = WatchdogLog(
                folder.url.appending(path: "logs/watchdog.log"), now: { [clock] in clock.milliseconds }
            ) {
                [lines] _, line in lines.withLockedValue { $0.append(line) }
            }
            parts.ledger = ledger
            actions += try await WatchdogPass(parts, log: log).run([service]).map(\.action)
            try await clock.sleep(for: .seconds(60))
        }
        return actions
    }

    @Test
    func
        `a restart loop ends after three restarts with a critical alert, which is raised for the hour for which it is left alone`()
        async throws
    {
        let control = ScriptedControl(clock) { starts, age in
            starts > 0 && age < 30 ? .running(main: nil) : .stopped("failed")
        }
        #expect(try await minute(control, count: 5) == [.restarted, .restarted, .restarted, .gaveUp, .leftAlone])
        #expect(
            alerts.raised.map(\.rule) == [
                "service-restarted", "service-restarted", "service-restarted", "restart-limit", "restart-limit",
            ])
        #expect(alerts.raised.map(\.severity) == [.warning, .warning, .warning, .critical, .critical])
        #expect(try await minute(control, count: 50).allSatisfy { $0 == .leftAlone })
        #expect(alerts.raised.count == 55, "the channels fold what is raised again, and tell it after a silence")
        #expect(control.starts == 3)
        let nextHour = try await minute(control, count: 15)
        #expect(nextHour.filter { $0 == .restarted }.count == 3)
        #expect(nextHour.filter { $0 == .gaveUp }.count == 1)
    }

    @Test(arguments: 0..<20)
    func `whatever happens, no hour has more than three restarts`(seed: UInt64) async throws {
        let random = NIOLockedValueBox(SeededGenerator(seed: seed))
        let control = ScriptedControl(clock) { _, _ in
            switch random.withLockedValue({ Int.random(in: 0..<10, using: &$0) }) {
            case 0..<5: .running(main: nil)
            case 5..<8: .stopped("failed")
            case 8: .changing("activating")
            default: .unknown("no bus")
            }
        }
        _ = try await minute(control, count: 300)
        let times = try await journal.restarts(limit: 1000).map(\.at).sorted()
        for (index, time) in times.enumerated().dropFirst(3) {
            #expect(time - times[index - 3] >= 3_600_000, "seed \(seed)")
        }
    }

    @Test func `a restart that does not help is critical, once, and over when the service is healthy again`()
        async throws
    {
        let control = ScriptedControl(clock) { starts, _ in starts < 3 ? .stopped("failed") : .running(main: nil) }
        #expect(try await minute(control, count: 3) == [.failed, .failed, .restarted])
        #expect(alerts.raised.map(\.rule) == ["service-down", "service-down", "service-restarted"])
        #expect(alerts.raised.first?.severity == .critical)
        #expect(alerts.resolved.isEmpty)
        let later = try await minute(control, count: 7)
        #expect(later.filter { $0 == .recovered }.count == 1)
        #expect(Set(alerts.resolved) == ["service-down", "service-restarted"])
        let records = try await journal.restarts(limit: 10)
        #expect(
            records.map(\.outcome) == [
                "healthy", "failed: it does not run after 30s: Service bot is failed",
                "failed: it does not run after 30s: Service bot is failed",
            ])
    }

    @Test func `a person gives the whole budget back`() async throws {
        let control = ScriptedControl(clock) { _, _ in .stopped("failed") }
        #expect(try await minute(control, count: 5) == [.failed, .failed, .failed, .gaveUp, .leftAlone])
        try await journal.resetWatched("bot")
        try await clock.sleep(for: .milliseconds(1))
        let again = try await minute(control, count: 4)
        #expect(again == [.failed, .failed, .failed, .gaveUp])
    }

    @Test
    mutating func
        `a frozen service whose restarts are not wanted is told as long as it is so, and what is unseen is too`()
        async throws
    {
        service.restartsOnFreeze = false
        let frozen = ScriptedControl(clock) { _, _ in .changing("activating") }
        #expect(try await minute(frozen, count: 8).filter { $0 == .told }.count >= 2)
        let unseen = ScriptedControl(clock) { _, _ in .unknown("no bus") }
        #expect(try await minute(unseen, count: 3) == [.told, .told, .told])
        #expect(Set(alerts.raised.map(\.rule)) == ["service-unhealthy"])
        #expect(alerts.raised.count >= 5)
        #expect(frozen.starts + unseen.starts == 0)
    }

    @Test func `what systemd starts again and again is told as critical, and is not restarted by us`() async throws {
        let control = ScriptedControl(clock, counting: { Int($0 / 30) }) { _, _ in .running(main: nil) }
        #expect(try await minute(control, count: 5).suffix(3) == [.told, .told, .told])
        #expect(control.starts == 0)
        #expect(alerts.raised.first?.severity == .critical)
        #expect(try await journal.restarts(limit: 10).isEmpty)
        #expect(lines.withLockedValue { $0.last }?.contains("1 of 1 services need attention: bot") == true)
    }

    @Test mutating func `all checks have passed only where none has a doubt`() async throws {
        service.log = .init(path: folder.path("none.log"), age: .seconds(300))
        let control = ScriptedControl(clock) { _, _ in .running(main: nil) }
        _ = try await minute(control)
        #expect(
            lines.withLockedValue { $0.last }?.hasSuffix("[WARN] No health check failed, but not all passed: bot")
                == true)
    }

    /// A machine without a battery for its clock, and a bot that logs each minute.
    @Test(arguments: [86_400_000, -86_400_000] as [Int64])
    mutating func `a step of the wall clock restarts nothing, and a frozen log is seen all the same`(by: Int64)
        async throws
    {
        let path = folder.path("bot.log")
        service.log = .init(path: path, age: .seconds(300))
        let control = ScriptedControl(clock) { _, _ in .running(main: nil) }
        for round in 0..<10 {
            if round == 5 { step.withLockedValue { $0 = by } }
            try String(repeating: "line\n", count: round + 1).write(toFile: path, atomically: false, encoding: .utf8)
            let written = clock.milliseconds + step.withLockedValue { $0 } - 250_000
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: Double(written) / 1000)], ofItemAtPath: path)
            if round == 4 { step.withLockedValue { $0 = by } }
            #expect(try await minute(control) == [.none])
        }
        #expect(control.starts == 0)
        #expect(try await minute(control, count: 8).contains { $0 != .none })
        #expect(control.starts == 1)
    }

    @Test func `a journal that cannot be written keeps no service from being restarted, nor its limit from holding`()
        async throws
    {
        try await refuseWrites(true)
        let control = ScriptedControl(clock) { _, _ in .stopped("failed") }
        #expect(try await minute(control, count: 5) == [.failed, .failed, .failed, .gaveUp, .leftAlone])
        #expect(control.starts == 3)
        let unnoted = alerts.raised.filter { $0.rule == "watchdog-unnoted" }
        #expect(unnoted.count == 5, "one for each pass")
        #expect(unnoted.allSatisfy { $0.severity == .critical && $0.message.contains("the disk is full") })
        try await refuseWrites(false)
        #expect(try await minute(control) == [.leftAlone])
        #expect(try await journal.watched("bot").handsOffSince != nil, "what was kept is noted")
        #expect(alerts.raised.filter { $0.rule == "watchdog-unnoted" }.count == 5)
        #expect(alerts.resolved == ["watchdog-unnoted"])
    }

    @Test mutating func `each process counts what the others could not note in the journal`() async throws {
        let control = ScriptedControl(clock) { _, _ in .stopped("failed") }
        #expect(try await minute(control) == [.failed], "noted")
        try await refuseWrites(true)
        var actions: [ServiceReport.Action] = []
        for _ in 0..<6 {
            // A check of the timer is a process of its own.
            ledger = RestartLedger()
            actions += try await minute(control)
        }
        #expect(actions == [.failed, .failed, .gaveUp, .gaveUp, .gaveUp, .gaveUp])
        #expect(control.starts == 3)
        try await refuseWrites(false)
        ledger = RestartLedger()
        #expect(try await minute(control) == [.gaveUp], "what the file says counts once the journal is mended, too")
        try await journal.resetWatched("bot")
        #expect(try await minute(control) == [.failed], "a person gave the budget back")
        #expect(control.starts == 4)
    }

    @Test(arguments: ["a folder", "a link"])
    mutating func `a restart that can be noted nowhere is not done, and a person is told`(what: String) async throws {
        let (notes, elsewhere) = (folder.path("restarts-unnoted"), folder.path("strangers"))
        if what == "a link" {
            try FileManager.default.createSymbolicLink(atPath: notes, withDestinationPath: elsewhere)
        } else {
            try FileManager.default.createDirectory(atPath: notes, withIntermediateDirectories: false)
        }
        try await refuseWrites(true)
        let control = ScriptedControl(clock) { _, _ in .stopped("failed") }
        for _ in 0..<3 {
            ledger = RestartLedger()
            #expect(try await minute(control) == [.failed])
        }
        #expect(control.starts == 0)
        #expect(!FileManager.default.fileExists(atPath: elsewhere))
        let told = alerts.raised.filter { $0.rule == "service-down" }
        #expect(
            told.count == 3 && told.allSatisfy { $0.severity == .critical && $0.message.contains("cannot be noted") })
    }

    /// What a full disk does to the tables of the watchdog.
    private func refuseWrites(_ isRefusing: Bool) async throws {
        let queue = try DatabaseQueue(path: folder.path("journal.db"))
        try await queue.write { db in
            for table in ["restarts", "watched"] {
                try db.execute(
                    sql: isRefusing
                        ? "CREATE TRIGGER full_\(table) BEFORE INSERT ON \(table) BEGIN SELECT raise(ABORT, 'the disk is full'); END"
                        : "DROP TRIGGER full_\(table)")
            }
        }
        try queue.close()
    }

    @Test func `a second pass at the same time is refused`() async throws {
        let lock = try journal.lock("watchdog")
        defer { lock.release() }
        let control = ScriptedControl(clock) { _, _ in .running(main: nil) }
        await #expect(throws: JournalFault.self) { try await minute(control) }
    }

    @Test func `the log has the lines of its owner, stamped, and goes on where it was rotated`() async throws {
        let control = ScriptedControl(clock) { _, _ in .running(main: nil) }
        _ = try await minute(control)
        let file = folder.path("logs/watchdog.log")
        let wanted = """
            [2023-11-14 22:13:20] === Watchdog check started ===
            [2023-11-14 22:13:20] [OK] Service bot is active
            [2023-11-14 22:13:20] [OK] All health checks passed

            """
        #expect(try String(contentsOfFile: file, encoding: .utf8) == wanted)
        _ = try await minute(control)
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix(wanted + "[2023-11-14 22:14:20] ==="))
        try FileManager.default.moveItem(atPath: file, toPath: file + ".1")
        _ = try await minute(control)
        #expect(try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count == 3)
        #expect(lines.withLockedValue { $0.count } == 9)
    }

    @Test func `a log that cannot be written stops nothing`() async throws {
        try Data().write(to: folder.url.appending(path: "logs"))
        let control = ScriptedControl(clock) { starts, _ in starts > 0 ? .running(main: nil) : .stopped("failed") }
        #expect(try await minute(control) == [.restarted])
        #expect(lines.withLockedValue { $0.first }?.contains("[WARN] cannot write to the log") == true)
    }
}

/// Remembers what was raised and resolved.
final class AlertNotes: AlertSink, Sendable {
    private let notes = NIOLockedValueBox<(raised: [Alert], resolved: [String])>(([], []))

    var raised: [Alert] { notes.withLockedValue { $0.raised } }
    var resolved: [String] { notes.withLockedValue { $0.resolved } }

    func raise(_ alert: Alert) async { notes.withLockedValue { $0.raised.append(alert) } }
    func resolve(source: String, rule: String, target: String, message: String) async {
        notes.withLockedValue { notes in
            if notes.raised.contains(where: { $0.rule == rule }) { notes.resolved.append(rule) }
        }
    }
}

/// Reaches nobody.
struct NoTransport: HTTPTransport {
    func send(_ call: HTTPCall) async throws -> HTTPReply {
        throw TransportFault.unreachable(where: call.place, reason: "there is no network")
    }
}
