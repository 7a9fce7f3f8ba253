import Candles
import Storage
import Testing

@testable import Frontend

@Suite struct LiveSnapshotTests {
    private func changes(
        from old: [SeriesGlance], to new: [SeriesGlance], between: [Series: [StoredCandle]] = [:]
    ) -> LiveSnapshot.Changes {
        LiveSnapshot(MarketReading(new)).changes(since: LiveSnapshot(MarketReading(old)), between: between)
    }

    private func opens(_ changes: LiveSnapshot.Changes) -> [Int64] {
        changes.bars.map { ($0.bar.candle.openTime - Glances.start) / Glances.minute }
    }

    @Test func `where nothing has changed there is nothing to tell`() throws {
        let glance = try Glances.glance(last: 10)
        #expect(changes(from: [glance], to: [glance]) == LiveSnapshot.Changes())
    }

    @Test func `a bar that forms is told alone`() throws {
        let told = changes(from: [try Glances.glance(last: 10)], to: [try Glances.glance(last: 10, close: 101)])
        #expect(opens(told) == [10])
        #expect(told.bars.first?.bar.candle.close == 101)
        #expect(told.topics.isEmpty && told.series.isEmpty)
    }

    @Test func `a bar that was final and is corrected is a change of history`() throws {
        let old = try Glances.glance(last: 10)
        let told = changes(from: [old], to: [try Glances.glance(last: 10, revisions: 1)])
        #expect(told.topics.contains(.candles) && told.series == [old.stored.series])
    }

    @Test func `the next bar is told with the one that it ended, and is no change of history`() throws {
        let told = changes(from: [try Glances.glance(last: 10)], to: [try Glances.glance(last: 11)])
        #expect(opens(told) == [10, 11])
        #expect(told.bars.map(\.bar.final) == [true, false])
        #expect(told.topics.isEmpty && told.series.isEmpty)
    }

    @Test func `bars that no glance shows are read, and told in their order`() throws {
        let (old, new) = (try Glances.glance(last: 10), try Glances.glance(last: 15))
        let unseen = LiveSnapshot(MarketReading([new])).unseen(since: LiveSnapshot(MarketReading([old])))
        #expect(unseen.map(\.range) == [TimeRange(Glances.start + 10 * 60_000, Glances.start + 14 * 60_000)])
        let between = [new.stored.series: (10...13).map { Glances.bar($0) }]
        let told = changes(from: [old], to: [new], between: between)
        #expect(opens(told) == Array(10...15))
        #expect(told.topics.isEmpty)
    }

    @Test func `bars that became final behind the newest two are read`() throws {
        let old = try Glances.glance(last: 10, lastFinal: 6)
        let new = try Glances.glance(last: 10, lastFinal: 9)
        let unseen = LiveSnapshot(MarketReading([new])).unseen(since: LiveSnapshot(MarketReading([old])))
        #expect(unseen.map(\.range) == [TimeRange(Glances.start + 7 * 60_000, Glances.start + 9 * 60_000)])
    }

    @Test func `too many bars are asked for, not told`() throws {
        let (old, new) = (try Glances.glance(last: 10), try Glances.glance(last: 300))
        #expect(LiveSnapshot(MarketReading([new])).unseen(since: LiveSnapshot(MarketReading([old]))).isEmpty)
        let told = changes(from: [old], to: [new])
        #expect(told.series == [new.stored.series])
        #expect(told.topics == [.summary, .candles, .coverage, .gaps])
    }

    @Test func `history that was filled is worth asking for again`() throws {
        let old = try Glances.glance(last: 10, count: 5)
        for new in [try Glances.glance(last: 10, count: 7), try Glances.glance(last: 10, count: 5, empty: 2)] {
            let told = changes(from: [old], to: [new])
            #expect(told.series == [old.stored.series])
            #expect(told.topics == [.summary, .candles, .coverage, .gaps])
        }
    }

    @Test func `minutes in which nobody traded are no change of history`() throws {
        let old = try Glances.glance(last: 10, lastFinal: 6)
        #expect(changes(from: [old], to: [try Glances.glance(last: 10, empty: 2, lastFinal: 8)]).series.isEmpty)
        #expect(changes(from: [old], to: [try Glances.glance(last: 10, empty: 3, lastFinal: 8)]).series.count == 1)
    }

    @Test func `a series that came, went, or was made anew is told as such`() throws {
        let glance = try Glances.glance(last: 10)
        let other = try Glances.glance("ETHUSD", last: 10, id: 2)
        let anew = try Glances.glance(last: 10, id: 3)
        for (old, new, changed) in [
            ([glance], [glance, other], other), ([glance, other], [glance], other),
            ([glance], [anew], glance),
        ] {
            let told = changes(from: old, to: new)
            #expect(told.series == [changed.stored.series])
            #expect(told.topics.isSuperset(of: [.symbols, .summary, .coverage]))
        }
    }

    @Test func `a row is told when it changes, and a new state changes the summary, too`() throws {
        let glance = try Glances.glance(last: 10)
        func snapshot(_ minutes: Int64) -> LiveSnapshot {
            let now = Glances.start + minutes * Glances.minute
            let reading = MarketReading([glance])
            return LiveSnapshot(reading, symbols: reading.rows(now: now))
        }
        #expect(snapshot(12).changes(since: snapshot(11)) == LiveSnapshot.Changes())
        let told = snapshot(60).changes(since: snapshot(10))
        #expect(told.symbols.map(\.figures.state) == [.stale])
        #expect(told.topics == [.summary])
    }
}
