import Candles
import Ingest
import Journal
import Storage
import TestSupport
import Testing

@testable import IngestCommand

@Suite("Run meter", .timeLimit(.minutes(1))) struct RunMeterTests {
    private let folder: ScratchFolder
    private let clock = ManualClock()
    private let journal: Journal

    init() throws {
        folder = try ScratchFolder()
        journal = try Journal(folder: folder.url, now: { [clock] in clock.milliseconds })
    }

    private func noted() async throws -> RunProgress? { try await journal.runs(limit: 1).first?.progress }

    private func pass(_ seconds: Int) async {
        clock.advance(by: .seconds(seconds))
        await clock.sleepers(atLeast: 1)
    }

    private static func page(_ minutes: Int64) -> IngestEvent {
        let range = TimeRange(0, minutes * 60_000)
        return .pageStored(
            ProvenPage(candles: [], proven: [range], checkedAt: 0), StoredPage(written: 0, revised: 0, suspect: 0),
            timeframe: .minute1)
    }

    @Test func `progress is noted every two seconds where there is news, and not after the end`() async throws {
        let run = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
        let meter = RunMeter(journal: journal, clock: clock)
        try await meter.during(run) {
            await clock.sleepers(atLeast: 1)
            await pass(2)
            #expect(try await noted() == nil, "nothing is known yet")
            let series = try Series("BTCUSD-1m")
            meter.receive(.started(series, TimeRange(0, 600_000), unknownIntervals: 10))
            meter.receive(Self.page(4))
            await pass(1)
            #expect(try await noted() == nil)
            await pass(1)
            #expect(try await noted() == RunProgress(done: 4, total: 10, at: 4000))
            await pass(2)
            #expect(try await noted()?.at == 4000, "nothing is new")
            meter.receive(Self.page(3))
            meter.receive(Self.page(2))
            await pass(2)
            #expect(try await noted() == RunProgress(done: 9, total: 10, at: 8000))
            meter.receive(Self.page(1))
        }
        clock.advance(by: .seconds(60))
        #expect(try await noted()?.done == 9)
    }

    @Test func `an audit's parts are added up`() async throws {
        let run = try await journal.beginRun(job: "audit", series: "BTCUSD-1m")
        let meter = RunMeter(journal: journal, clock: clock)
        try await meter.during(run) { () async throws in
            await clock.sleepers(atLeast: 1)
            for event in [AuditEvent.planned(intervals: 30), .looked(intervals: 30), .planned(intervals: 70)] {
                meter.receive(event)
            }
            meter.receive(.looked(intervals: 20))
            await pass(2)
            #expect(try await noted() == RunProgress(done: 50, total: 100, at: 2000))
        }
    }

    @Test func `work that fails is over at once, and so is work that is cancelled`() async throws {
        let run = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
        let meter = RunMeter(journal: journal, clock: clock)
        await #expect(throws: IngestFault.self) {
            try await meter.during(run) { throw IngestFault.unknownSeries(try Series("BTCUSD-1m")) }
        }
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await meter.during(run) { try await clock.sleep(for: .seconds(3600)) } }
            await clock.sleepers(atLeast: 2)
            group.cancelAll()
            while let end = await group.nextResult() { #expect(throws: CancellationError.self) { try end.get() } }
        }
    }
}
