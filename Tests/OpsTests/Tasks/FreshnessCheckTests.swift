import Alerts
import Candles
import Foundation
import Scheduler
import Storage
import Tasks
import TestSupport
import Testing

@Suite("Tasks: freshness and holes", .timeLimit(.minutes(1))) struct FreshnessCheckTests {
    private static let now: UnixMilliseconds = 1_700_000_040_000
    private static let minute: Int64 = 60_000

    /// A hole of a one-minute series that began and ended so many minutes ago; 0 is the newest that could be known.
    private func gap(_ name: String, from: Int64, to: Int64 = 0) throws -> Gap {
        let series = Series(symbol: try Symbol(name), timeframe: .minute1)
        let end = series.timeframe.settledBoundary(at: Self.now)
        return Gap(series: series, range: TimeRange(end - from * Self.minute, end - to * Self.minute))
    }

    @Test func `only what was kept up to date and is not any more is stale`() throws {
        let gaps = [
            try gap("BTCUSD", from: 20), try gap("ETHUSD", from: 5), try gap("LTCUSD", from: 20, to: 10),
            try gap("XRPUSD", from: 9 * 1440), try gap("ADAUSD", from: 600),
        ]
        #expect(FreshnessCheck.stale(gaps, now: Self.now).map { "\($0.series)" } == ["ADAUSD-1m", "BTCUSD-1m"])
    }

    @Test(arguments: [(minutes: Int64(30), severity: Severity.warning), (minutes: 500, severity: .critical)])
    func `all stale series are one alert, worse after hours`(minutes: Int64, severity: Severity) async throws {
        let folder = try ScratchFolder()
        let wanted = try (0..<7).map { try gap("BT\(UnicodeScalar(UInt8(65 + $0)))USD", from: minutes) }
        let alerts = RecordedAlerts()
        let open = { @Sendable in try SQLiteCandleStore(path: folder.path("candles.db")) as any CandleStore }
        let store = try open()
        for gap in wanted {
            let series = try await store.track(gap.series, from: gap.range.start - 10 * Self.minute)
            let proven = TimeRange(series.wantedFrom, gap.range.start)
            _ = try await store.store(ProvenPage(candles: [], proven: [proven], checkedAt: Self.now), of: series)
        }
        await store.close()
        let check = FreshnessCheck(alerts: alerts, now: { Self.now }, gaps: Self.gaps(open))
        #expect(try await check.run().message.hasPrefix("7 series are stale: BTAUSD-1m, "))
        #expect(alerts.raised.count == 1)
        let alert = try #require(alerts.raised.first)
        #expect(alert.severity == severity && alert.target == "")
        #expect(alert.message.hasSuffix("and 2 more for \(minutes + 1) min"))
    }

    @Test func `what nobody kept up to date for a week is not said to be fresh`() async throws {
        let folder = try ScratchFolder()
        let alerts = RecordedAlerts()
        let old = try gap("BTCUSD", from: 8 * 1440)
        let open = { @Sendable in try SQLiteCandleStore(path: folder.path("candles.db")) as any CandleStore }
        let store = try open()
        let series = try await store.track(old.series, from: old.range.start - 10 * Self.minute)
        let proven = TimeRange(series.wantedFrom, old.range.start)
        _ = try await store.store(ProvenPage(candles: [], proven: [proven], checkedAt: Self.now), of: series)
        await store.close()
        let result = try await FreshnessCheck(alerts: alerts, now: { Self.now }, gaps: Self.gaps(open)).run()
        #expect(result == .done("fresh, but for 1 that nobody has kept up to date for a week"))
        #expect(alerts.messages.contains { $0.hasSuffix("not waited for any more: BTCUSD-1m") })
    }

    @Test func `a series that always fails keeps no other from its repair`() async throws {
        let folder = try ScratchFolder()
        let script = folder.path("ingest")
        let text = "#!/bin/sh\necho \"$3\" >> '\(folder.path("calls"))'\n[ \"$3\" = ADAUSD-1m ] && exit 69\nexit 0\n"
        try text.write(toFile: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
        let open = { @Sendable in try SQLiteCandleStore(path: folder.path("candles.db")) as any CandleStore }
        let store = try open()
        let names = ["ADAUSD"] + (0..<12).map { "BT\(UnicodeScalar(UInt8(65 + $0)))USD" }
        for name in names {
            let hole = try gap(name, from: 1000, to: 900)
            let series = try await store.track(hole.series, from: hole.range.start)
            let known = TimeRange(hole.range.end, hole.series.timeframe.settledBoundary(at: Self.now))
            _ = try await store.store(ProvenPage(candles: [], proven: [known], checkedAt: Self.now), of: series)
        }
        await store.close()
        let error = await #expect(throws: (any Error).self) {
            _ = try await GapSweep(ingest: script, now: { Self.now }, gaps: Self.gaps(open)).run()
        }
        #expect("\(try #require(error))".contains("1 of 13 gap repairs failed: ADAUSD-1m: exit code 69"))
        let calls = try String(contentsOfFile: folder.path("calls"), encoding: .utf8).split(separator: "\n")
        #expect(Set(calls).count == 13)
    }

    @Test func `holes are asked for series by series, unless they are young, old or growing`() async throws {
        let folder = try ScratchFolder()
        let script = folder.path("ingest")
        try "#!/bin/sh\necho \"$@\" >> '\(folder.path("calls"))'\nexit ${CODE:-10}\n"
            .write(toFile: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
        let holes: [(name: String, from: Int64, to: Int64)] = [
            ("BTCUSD", 1000, 900), ("ETHUSD", 100, 90), ("LTCUSD", 40 * 1440, 39 * 1440), ("XRPUSD", 1000, 0),
        ]
        let open = { @Sendable in try SQLiteCandleStore(path: folder.path("candles.db")) as any CandleStore }
        let store = try open()
        for hole in holes {
            let gap = try gap(hole.name, from: hole.from, to: hole.to)
            let series = try await store.track(gap.series, from: gap.range.start)
            let known = TimeRange(gap.range.end, gap.series.timeframe.settledBoundary(at: Self.now))
            if known.start < known.end {
                _ = try await store.store(ProvenPage(candles: [], proven: [known], checkedAt: Self.now), of: series)
            }
        }
        await store.close()
        let result = try await GapSweep(ingest: script, now: { Self.now }, gaps: Self.gaps(open)).run()
        #expect(result == .done("asked for the holes of 1 of 1 series"))
        let calls = try String(contentsOfFile: folder.path("calls"), encoding: .utf8)
        #expect(calls == "gap-repair --series BTCUSD-1m --lookback-days 30 --patience 2m\n")
    }

    @Test func `a repair that fails is a failure with its last words`() async throws {
        let folder = try ScratchFolder()
        let script = folder.path("ingest")
        try "#!/bin/sh\necho broken >&2\nexit 74\n".write(toFile: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
        let open = { @Sendable in try SQLiteCandleStore(path: folder.path("candles.db")) as any CandleStore }
        let store = try open()
        let hole = try gap("BTCUSD", from: 1000, to: 900)
        let series = try await store.track(hole.series, from: hole.range.start)
        let known = TimeRange(hole.range.end, hole.series.timeframe.settledBoundary(at: Self.now))
        _ = try await store.store(ProvenPage(candles: [], proven: [known], checkedAt: Self.now), of: series)
        await store.close()
        let error = await #expect(throws: (any Error).self) {
            _ = try await GapSweep(ingest: script, now: { Self.now }, gaps: Self.gaps(open)).run()
        }
        #expect("\(try #require(error))".contains("1 of 1 gap repairs failed: BTCUSD-1m: exit code 74: broken"))
    }

    private static func gaps(
        _ open: @escaping @Sendable () throws -> any CandleStore
    ) -> @Sendable (UnixMilliseconds) async throws -> [Gap] {
        { now in
            let store = try open()
            let gaps = try await store.gaps(now: now)
            await store.close()
            return gaps
        }
    }
}
