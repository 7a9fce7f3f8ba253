import Alerts
import Foundation
import TestSupport
import Testing

@Suite("Log file of alerts") struct LogFileChannelTests {
    private let scratch: ScratchFolder
    private let clock = ManualClock(startingAt: .seconds(1_700_000_000))

    init() throws { scratch = try ScratchFolder() }

    private var channel: LogFileChannel {
        LogFileChannel(folder: scratch.url.appending(path: "alerts"), now: { [clock] in clock.milliseconds })
    }

    private func notice(_ message: String, suppressed: Int = 0, kind: AlertDelivery.Kind = .firing) -> AlertNotice {
        AlertNotice(
            kind: kind,
            alert: Alert(source: "s", rule: "r", target: "t", severity: .critical, message: message, hint: "act"),
            key: "s/r/t", firstAt: clock.milliseconds, lastAt: clock.milliseconds, suppressed: suppressed,
            environment: "test", host: "here")
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch.path("alerts")).sorted()
    }

    @Test func `each notice is one line of the day's file, which is its owner's alone`() async throws {
        try await channel.deliver(notice("two\nlines", suppressed: 3))
        try await channel.deliver(notice("over", kind: .resolved))
        let path = scratch.path("alerts/alerts_2023-11-14.log")
        #expect(
            try String(contentsOfFile: path, encoding: .utf8) == """
                2023-11-14T22:13:20Z CRITICAL [s/r/t] two lines (+3 since 2023-11-14T22:13:20Z) Try: act env=test host=here
                2023-11-14T22:13:20Z RESOLVED [s/r/t] over Try: act env=test host=here

                """)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `seven days are kept, and nothing else is touched`() async throws {
        for _ in 0..<10 {
            try await channel.deliver(notice("m"))
            clock.advance(by: .seconds(86_400))
        }
        try Data().write(to: scratch.url.appending(path: "alerts/alerts_readme.txt"))
        try await channel.deliver(notice("m"))
        #expect(try files().count == 9)
        #expect(try files().first == "alerts_2023-11-17.log")
    }

    @Test func `a clock that jumped, or that nobody can vouch for, removes no day`() async throws {
        for _ in 0..<5 {
            try await channel.deliver(notice("m"))
            clock.advance(by: .seconds(86_400))
        }
        let believed = clock.milliseconds
        let folder = scratch.url.appending(path: "alerts")
        for days in [10, 400, 3000] {
            clock.advance(by: .seconds(days * 86_400))
            for ages in [believed, nil] {
                try await LogFileChannel(
                    folder: folder, now: { [clock] in clock.milliseconds }, ages: { _ in ages }
                ).deliver(notice("m"))
            }
        }
        #expect(try files().count == 8)
    }

    @Test func `files and folders of other people are left alone, however they are named`() async throws {
        try await channel.deliver(notice("m"))
        let folder = scratch.url.appending(path: "alerts")
        let theirs = [
            "alerts_!important.log", "alerts_2001-13-41.log", "alerts_20010101aa.log", "alerts_2001-01-01.txt",
            "alerts_2001-01-01.log.gz", "Alerts_2001-01-01.log", "alerts_2001-02-30.log", "alerts_1999-1-001.log",
        ]
        for name in theirs { try Data("x".utf8).write(to: folder.appending(path: name)) }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "alerts_2001-01-02.log"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: "alerts_2001-01-03.log").path, withDestinationPath: "alerts_!important.log")
        try await channel.deliver(notice("m"))
        #expect(
            Set(try files())
                == Set(theirs + ["alerts_2001-01-02.log", "alerts_2001-01-03.log", "alerts_2023-11-14.log"]))
    }

    @Test func `a folder that cannot be made is a channel that is not available`() async throws {
        try Data().write(to: scratch.url.appending(path: "alerts"))
        await #expect(throws: ChannelFault.self) { try await channel.deliver(notice("m")) }
    }
}
