import Candles
import Storage
import TestSupport
import Testing

@testable import Frontend

/// Holds that the reader in memory, which other tests use, and that of a real database give the same answers.
@Suite(.timeLimit(.minutes(5))) struct StoredHistoryTests {
    private let now: UnixMilliseconds = 1_700_000_123_456

    private func store(_ histories: [MemoryHistory], at path: String) async throws {
        let store = try SQLiteCandleStore(path: path)
        for history in histories {
            let series = try await store.track(history.stored.series, from: history.stored.wantedFrom)
            for range in history.coverage.ranges {
                let candles = history.candles.map(\.candle).filter { range.contains($0.openTime) }
                _ = try await store.store(
                    ProvenPage(candles: candles, proven: [range], checkedAt: now), of: series)
            }
            _ = try await store.store(provisional: [
                ProvisionalRows(series: series, candles: history.candles.filter { !$0.final }.map(\.candle))
            ])
        }
        await store.close()
    }

    private func histories(using random: inout SeededGenerator) throws -> [MemoryHistory] {
        try [("BTCUSD-1m", 2), ("BTCUSD-1D", 90), ("ETHUSD-1h", 40)].enumerated().map { index, kept in
            let timeframe = try Series(kept.0).timeframe
            return try MemoryHistory.random(
                kept.0, id: Int64(index), from: timeframe.floor(now - Int64(kept.1) * 86_400_000), now: now,
                using: &random)
        }
    }

    @Test func `pages, coverage, gaps and the market watch are the same from memory and from SQLite`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let histories = try histories(using: &random)
        let scratch = try ScratchFolder()
        try await store(histories, at: scratch.path("candles.db"))
        let stored = try await SQLiteCandleReader(path: scratch.path("candles.db"), clock: ContinuousClock())
        let memory = MemoryReader(histories: histories)
        let catalogues = (
            Catalogue(try await stored.glances(now: now)), Catalogue(try await memory.glances(now: now))
        )
        #expect(catalogues.0.glances.map(\.overview) == catalogues.1.glances.map(\.overview), "seed \(seed)")
        for symbol in catalogues.0.symbols {
            for (real, plain) in zip(
                BarPlan.all(of: catalogues.0.glances(of: symbol)), BarPlan.all(of: catalogues.1.glances(of: symbol)))
            {
                for place in ["", "&before=\(now - 5_000_000)", "&from=\(now - 900_000_000)"] {
                    let query = "symbol=x&timeframe=x&limit=\(Int.random(in: 1...400, using: &random))\(place)"
                    let request = try CandlesRequest(
                        APIQuery(query[...], of: "", taking: APIResource.candles.parameters))
                    let answers = (
                        try await request.answer(real, stored, now: now),
                        try await request.answer(plain, memory, now: now)
                    )
                    #expect(answers.0 == answers.1, "seed \(seed), \(symbol) \(real.length.name) \(query)")
                }
            }
        }
        await stored.close()
    }

    @Test func `each document is the same from memory and from SQLite`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let histories = try histories(using: &random)
        let scratch = try ScratchFolder()
        try await store(histories, at: scratch.path("candles.db"))
        let stored = try await SQLiteCandleReader(path: scratch.path("candles.db"), clock: ContinuousClock())
        let memory = MemorySource(histories)
        for (name, query) in [
            ("symbols", ""), ("summary", ""), ("gaps", "limit=1000"), ("coverage", "timeframe=1D&grain=week"),
            ("coverage", "timeframe=1h&symbol=ETHUSD"), ("candles", "symbol=BTCUSD&timeframe=1m"),
        ] {
            let resource = try #require(APIResource.documents.first { $0.name == name })
            let query = try APIQuery(query[...], of: "", taking: resource.parameters)
            var documents: [String] = []
            for source in [memory, ReaderSource(reader: stored)] as [any DashboardSource] {
                let reading = APIReading(
                    source: source, identity: ServedAPI.identity, streams: StreamCount(open: 0, limit: 1), now: now,
                    sequence: 0, memo: CatalogueMemo(), longPages: ConcurrencyLimit(atOnce: 1, room: 0))
                documents.append(String(decoding: try await resource.make(query, reading).data, as: UTF8.self))
            }
            #expect(documents[0] == documents[1], "seed \(seed), \(name)")
        }
        await stored.close()
    }
}

/// A database that never changes and is never away.
private struct ReaderSource: DashboardSource {
    let reader: any CandleReader
    let version = 0
    let condition = DatabaseCondition(kind: .sqlite, state: .ok)

    func read<T: Sendable>(_ body: @Sendable (any CandleReader) async throws -> T) async throws -> T {
        try await body(reader)
    }

    func operations() async throws -> [HostOperations] { [] }
}
