import Candles
import Storage
import TestSupport
import Testing

/// Any pages in any order, against a model that is too simple to be wrong.
@Suite("CandleStore: random pages", .timeLimit(.minutes(5))) struct RandomPagesTests {
    private static let settled: Int64 = 240
    private static let now = minute(settled + 1)

    /// What a store holds in the end.
    private struct Ending: Equatable {
        let coverage: IntervalSet
        let rows: [StoredCandle]
        let overview: [SeriesOverview]
        let gaps: [Gap]
    }

    private func ending(_ store: any CandleStore, _ series: StoredSeries) async throws -> Ending {
        Ending(
            coverage: try await store.coverage(of: series), rows: try await store.everything(of: series),
            overview: try await store.overview(now: Self.now), gaps: try await store.gaps(now: Self.now))
    }

    @Test(arguments: StoreKind.allCases, UInt64(1)...6)
    func `a store keeps what a simple model keeps`(kind: StoreKind, seed: UInt64) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        var random = SeededGenerator(seed: seed)
        var model = CoverageModel()
        for step in Int64(0)..<40 {
            let note: Comment = "seed \(seed), step \(step)"
            if step % 8 == 7 {
                let start = Int64.random(in: 0..<230, using: &random)
                let range = minutes(start, start + Int64.random(in: 0..<20, using: &random))
                #expect(try await store.forget(series, in: range) == model.forget(range), note)
            } else {
                let write = RandomWrite(&random, checkedAt: minute(1000 + step))
                #expect(try await write.store(in: store, series) == write.store(in: &model), note)
            }
            let overview = model.overview(series.series, wantedFrom: 0, settled: Self.settled)
            try #require(try await store.overview(now: Self.now) == [overview], note)
            try #require(try await scan(database, series, at: Self.now) == overview, note)
            try #require(try await store.coverage(of: series) == model.coverage, note)
        }
        #expect(try await store.everything(of: series) == model.candles, "seed \(seed)")
        #expect(
            try await store.gaps(now: Self.now).map(\.range)
                == IntervalSet([minutes(0, Self.settled)]).subtracting(model.coverage).ranges, "seed \(seed)")
        await store.close()
    }

    @Test(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), arguments: UInt64(101)...103)
    func `both kinds of store end equal`(seed: UInt64) async throws {
        var endings: [Ending] = []
        var revisions: [[[String]]] = []
        for kind in StoreKind.allCases {
            let database = try await kind.database()
            let store = try await database.store()
            let series = try await store.track(.sample(), from: minute(20))
            try await store.setFirstOpen(minute(30), of: series)
            var random = SeededGenerator(seed: seed)
            for step in Int64(0)..<60 {
                _ = try await RandomWrite(&random, checkedAt: minute(1000 + step)).store(in: store, series)
            }
            let found = try #require(try await store.find(series.series))
            #expect(try await scan(database, found, at: Self.now) == store.overview(now: Self.now).first)
            endings.append(try await ending(store, found))
            let times = ["open_time", "seen_at"].map { database.milliseconds($0) }.joined(separator: ", ")
            revisions.append(
                try await database.rows("SELECT \(times) FROM revisions ORDER BY open_time, seen_at"))
            await store.close()
        }
        #expect(endings[0] == endings[1], "seed \(seed)")
        #expect(revisions[0] == revisions[1] && !revisions[0].isEmpty, "seed \(seed)")
    }
}
