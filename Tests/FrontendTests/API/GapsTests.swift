import Candles
import Storage
import Testing

@testable import Frontend

@Suite struct GapsTests {
    private let now: UnixMilliseconds = 1_700_000_123_456
    private let day: Int64 = 86_400_000

    /// Known from day 2 to 3 and from 4 to 5, wanted from day 0, five and a half days ago.
    private func history(isKnown: Bool = true) throws -> MemoryHistory {
        let start = Timeframe.hour1.floor(now) - 5 * day - day / 2
        var history = try MemoryHistory("BTCUSD-1h", wantedFrom: start)
        if isKnown {
            history.coverage.insert(TimeRange(start + 2 * day, start + 3 * day))
            history.coverage.insert(TimeRange(start + 4 * day, start + 5 * day))
        }
        return history
    }

    private func answer(_ history: MemoryHistory, limit: Int = 200) async throws -> GapsAnswer {
        let gaps = try await MemoryReader(histories: [history]).gaps(now: now)
        return GapsAnswer(
            gaps, limit: limit, glances: [history.stored.series: history.glance(now: now)], now: now)
    }

    @Test func `the newest comes first, each with its place and what fills it`() async throws {
        let answer = try await answer(try history())
        #expect(answer.total == 3 && answer.intervals == 48 + 24 + 12)
        #expect(answer.gaps.map(\.place) == [.behind, .hole, .before])
        #expect(answer.gaps.map(\.intervals) == [12, 24, 48])
        #expect(answer.gaps[0].explanation == "not fetched yet: the newest intervals; the realtime timer fetches them")
        #expect(
            answer.gaps[1].explanation
                == "between what is known: 'ingest gap-repair --series BTCUSD-1h --lookback-days 3' fills it")
        #expect(
            answer.gaps[2].explanation
                == "older than anything kept: 'ingest backfill --series BTCUSD-1h --start 2023-11-09' fetches it")
    }

    @Test func `fewer are shown than there are, and all are counted`() async throws {
        let answer = try await answer(try history(), limit: 1)
        #expect(answer.total == 3 && answer.intervals == 84 && answer.gaps.map(\.place) == [.behind])
    }

    @Test func `where nothing is known at all, there is one gap up to now`() async throws {
        let answer = try await answer(try history(isKnown: false))
        #expect(answer.gaps.map(\.place) == [.behind])
        #expect(
            answer.gaps[0].explanation
                == "nothing of this series is fetched yet: 'ingest backfill --series BTCUSD-1h --start 2023-11-09' fetches it"
        )
    }
}
