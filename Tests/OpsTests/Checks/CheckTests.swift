import Alerts
import Candles
import Foundation
import Health
import Host
import Journal
import Resilience
import Storage
import TestSupport
import Testing

/// What each check of `ops doctor` finds, by the state of what it looks at.
@Suite("Checks of the doctor", .timeLimit(.minutes(1))) struct CheckTests {
    private static let now: UnixMilliseconds = 1_700_000_000_000
    private static let hour: Int64 = 3_600_000

    private struct Broken: Error {}

    private static func levels(_ findings: [Diagnosis]) -> [Diagnosis.Level] { findings.map(\.level) }

    @Test(arguments: [
        (String?.some("yes\n"), Diagnosis.Level.fine, "follows a time service"),
        ("no\n", .warning, "no time service sets it"),
        ("", .fine, "nobody here knows"), (nil, .fine, "nobody here knows"),
    ]) func `the time service is judged by what timedatectl says`(
        answer: String?, level: Diagnosis.Level, words: String
    ) async {
        let check = TimeServiceCheck {
            guard let answer else { throw Broken() }
            return answer
        }
        let findings = await check.findings()
        #expect(Self.levels(findings) == [level])
        #expect(findings[0].what.contains(words))
        #expect((findings[0].remedy == nil) == (level == .fine))
    }

    @Test(arguments: [
        (Int64(0), Int64(0), Diagnosis.Level?.some(.fine)), (30_000, 0, .fine), (30_001, 0, .broken),
        (-30_001, 0, .warning), (60_000, 23 * 3_600_000, .broken), (60_000, 25 * 3_600_000, nil),
    ]) func `the clock is compared with the exchange's for a day after its last reply`(
        ahead: Int64, age: Int64, level: Diagnosis.Level?
    ) async throws {
        let folder = try ScratchFolder()
        let journal = try Journal(folder: folder.url, now: { Self.now })
        let check = ExchangeClockCheck(exchange: "bitfinex", open: { journal }, now: { Self.now + age })
        #expect(await check.findings().isEmpty)
        try await journal.noteClock(of: "bitfinex", ahead: ahead)
        #expect(Self.levels(await check.findings()) == [level].compactMap(\.self))
    }

    @Test func `a program that is missing is broken, and what to install is said`() async {
        let findings = await ProgramsCheck(["sh-is-not-called-so", "git"]).findings()
        #expect(Self.levels(findings) == [.broken, .fine])
        #expect(findings[0].remedy == "install it: apt-get install postgresql-client")
        #expect(findings[1].what.hasPrefix("git version"))
    }

    @Test func `files of secrets, files of others and folders are each told by their rights`() async throws {
        let folder = try ScratchFolder()
        let table: [(mode: Int, secret: Diagnosis.Level, trust: Diagnosis.Level?)] = [
            (0o600, .fine, nil), (0o640, .warning, nil), (0o604, .warning, nil), (0o602, .warning, .warning),
        ]
        for (mode, secret, trust) in table {
            let file = folder.path("secret-\(mode)")
            try Data("x".utf8).write(to: URL(filePath: file))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
            let found = await FileChecks(secrets: [file, folder.path("absent")]).findings()
            #expect(Self.levels(found) == [secret], "\(String(mode, radix: 8))")
            #expect(await FileChecks(trusted: [file]).findings().map(\.level) == [trust].compactMap(\.self))
        }
        let places = [("BACKUP_DIR", folder.path("not/yet/there")), ("LOG_DIR", "/proc/cryptotrader")]
        let found = await FileChecks(written: places.map { .init($0.0, URL(filePath: $0.1)) }).findings()
        #expect(found[0] == .fine("files", "BACKUP_DIR \(folder.path("not/yet/there")) can be written"))
        // Root may write where no other user may, but for what the kernel refuses to everybody.
        if geteuid() != 0 { #expect(found[1].level == .broken) }
    }

    @Test(arguments: [(0o700, Diagnosis.Level.fine), (0o750, .warning)])
    func `a journal that others may read is told`(mode: Int, level: Diagnosis.Level) async throws {
        let folder = try ScratchFolder()
        let journal = try Journal(folder: folder.url, now: { Self.now })
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.url.path)
        #expect(Self.levels(await JournalCheck(folder: folder.url) { journal }.findings()) == [level])
    }

    @Test func `a journal that cannot be opened is broken`() async throws {
        let folder = try ScratchFolder()
        let findings = await JournalCheck(folder: folder.url) { throw Broken() }.findings()
        #expect(Self.levels(findings) == [.broken])
        #expect(findings[0].remedy?.contains("STATE_DIR") == true)
    }

    @Test func `room on a disk is fine, little or next to none`() async {
        let rooms = [50, 1, 0].map { DiskRoom(path: "/", free: $0 * 1_000_000_000, total: 100_000_000_000) }
        #expect(Self.levels(await DiskRoomCheck(rooms).findings()) == [.fine, .warning, .broken])
    }

    @Test func `a database is told by its answer, its freshness and its backup`() async throws {
        let series = Series(symbol: try Symbol("BTCUSD"), timeframe: .minute1)
        let table: [(stale: Bool, backup: Int64?, levels: [Diagnosis.Level])] = [
            (false, 25, [.fine, .fine, .fine]), (true, 25, [.fine, .warning, .fine]),
            (false, 26, [.fine, .fine, .warning]), (false, nil, [.fine, .fine, .warning]),
        ]
        for (stale, backup, levels) in table {
            let check = DatabaseCheck(identity: "sqlite:x", now: Self.now) {
                .init(series: 1, stale: stale ? [(series, Self.now - Self.hour)] : [])
            } newestBackup: {
                backup.map { Self.now - $0 * Self.hour }
            }
            let findings = await check.findings()
            #expect(Self.levels(findings) == levels)
            #expect(!stale || findings[1].remedy?.contains("--series BTCUSD-1m") == true)
        }
    }

    @Test func `a database that is not there is a warning, one that fails is broken`() async {
        let absent = DatabaseCheck(identity: "sqlite:x", now: Self.now, read: { nil }, newestBackup: { nil })
        #expect(Self.levels(await absent.findings()) == [.warning])
        let fault = StorageFault.cannotOpen(path: "/x", reason: "it is torn")
        let failing = DatabaseCheck(identity: "sqlite:x", now: Self.now, read: { throw fault }, newestBackup: { nil })
        let findings = await failing.findings()
        #expect(Self.levels(findings) == [.broken])
        #expect(findings[0].what == fault.description)
        let odd = DatabaseCheck(identity: "sqlite:x", now: Self.now, read: { throw Broken() }, newestBackup: { nil })
        #expect(await odd.findings().map(\.remedy) == ["report this line"])
    }

    @Test func `alerts that reach nobody, and a service that does not deliver, are told`() async throws {
        let folder = try ScratchFolder()
        let journal = try Journal(folder: folder.url, now: { Self.now })
        let findings = { (channels: [any AlertChannel], age: Int64) in
            await ChannelCheck(
                beat: "ops",
                queues: { AlertQueues(journal: journal, channels: channels, now: { Self.now }) },
                journal: { journal }, now: { Self.now + age }
            ).findings().map(\.level)
        }
        let channel = ScriptedChannel("telegram")
        #expect(await findings([], 0) == [.warning, .warning])
        #expect(await findings([channel], 0) == [.fine, .warning])
        try await journal.beat("ops")
        #expect(await findings([channel], 4 * 60_000) == [.fine, .fine])
        #expect(await findings([channel], 5 * 60_000) == [.fine, .warning])
    }

    @Test func `alerts of a configuration that cannot be read are broken`() async throws {
        let folder = try ScratchFolder()
        let journal = try Journal(folder: folder.url, now: { Self.now })
        let check = ChannelCheck(beat: "ops", queues: { throw Broken() }, journal: { journal }, now: { Self.now })
        #expect(Self.levels(await check.findings()) == [.broken])
    }

    @Test(arguments: [
        ([[String]]?.none, String?.some("yes"), [Diagnosis.Level.warning]), ([], "yes", [.warning]),
        ([["a.service", "loaded", "active", "running"]], "yes", [.fine, .fine]),
        ([["a.service", "loaded", "failed", "failed"]], "yes", [.broken, .fine]),
        ([["a.service", "loaded", "active", "running"]], "no", [.fine, .warning]),
        ([["a.service", "loaded", "active", "running"]], nil, [.fine, .fine]),
    ]) func `units are told by systemd's list, and by whether they outlive a login`(
        units: [[String]]?, lingers: String?, levels: [Diagnosis.Level]
    ) async {
        let findings = await UnitCheck(user: "me", units: { units }, lingers: { lingers }).findings()
        #expect(Self.levels(findings) == levels)
        #expect(findings.allSatisfy { ($0.remedy == nil) == ($0.level == .fine) })
    }
}
