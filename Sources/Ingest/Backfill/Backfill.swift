package import Candles
import Resilience
package import Storage

/// Makes a stretch of one series known: target − coverage, newest hole first, each page in one transaction with its proof.
package struct Backfill<C: Clock>: Sendable where C.Duration == Duration {
    let exchange: BitfinexREST<C>
    let store: any CandleStore
    let windowed: Bool
    let now: @Sendable () -> UnixMilliseconds
    let emit: @Sendable (IngestEvent) -> Void
    private let isStopping: @Sendable () -> Bool

    /// Makes a backfill out of its parts.
    ///
    /// `windowed` lets dense history be asked in several windows at once: only where no budget binds. `isStopping` is asked
    /// before each request; once true, the pages in hand are stored and the run ends.
    package init(
        exchange: BitfinexREST<C>, store: any CandleStore, windowed: Bool,
        now: @escaping @Sendable () -> UnixMilliseconds,
        isStopping: @escaping @Sendable () -> Bool, emit: @escaping @Sendable (IngestEvent) -> Void
    ) {
        self.exchange = exchange
        self.store = store
        self.windowed = windowed
        self.now = now
        self.isStopping = isStopping
        self.emit = emit
    }

    /// Runs the job to its end, or as far as the exchange lets it.
    ///
    /// - Returns: Also for a run that ended early because of the exchange: `fault` says why.
    /// - Throws: `IngestFault`, `SeriesFault`, `StorageFault`, `JournalFault`, and faults of the exchange before the series is
    ///   known to exist.
    package func run(_ job: BackfillJob) async throws -> BackfillReport {
        try job.check(now: now())
        try await store.claim(exchange: exchange.address)
        let (stored, target) = try await prepare(job)
        let coverage = try await store.coverage(of: stored)
        emit(.started(job.series, target, unknownIntervals: target.unknownIntervals(job.series, coverage)))
        var tally = Tally()
        let holes = HolePlanner.holes(in: target, known: coverage, timeframe: job.series.timeframe)
        let fault = try await walk(holes, of: stored, within: target, &tally)
        let unknown = target.unknownIntervals(job.series, try await store.coverage(of: stored))
        tally.requests = exchange.requestsSent
        return BackfillReport(series: job.series, target: target, tally: tally, unknown: unknown, fault: fault)
    }

    /// Creates the series with its first candle, and resolves the stretch.
    private func prepare(_ job: BackfillJob) async throws -> (StoredSeries, TimeRange) {
        let found = try await store.find(job.series)
        let firstCandle: UnixMilliseconds
        if let known = found?.firstOpen {
            firstCandle = known
        } else {
            firstCandle = try await probeFirstCandle(of: job.series)
        }
        let lastFinal = try await store.lastFinal(of: found, now: now())
        let asked = try job.target(now: now(), firstCandle: firstCandle, lastFinal: lastFinal)
        var stored = try await store.want(job.series, from: asked.start)
        if stored.firstOpen == nil {
            try await store.setFirstOpen(firstCandle, of: stored)
            stored.firstOpen = firstCandle
        }
        return (stored, asked.clamped(to: TimeRange(firstCandle, .max)))
    }

    /// - Returns: The fault that kept a hole from being proven; nil where all are, or where the run was stopped.
    private func walk(
        _ holes: [TimeRange], of stored: StoredSeries, within target: TimeRange, _ tally: inout Tally
    ) async throws -> (any Fault)? {
        var firstFault: (any Fault)?
        for hole in holes where !isStopping() {
            do {
                try await prove(hole, of: stored, within: target, &tally)
            } catch let fault as any Fault where fault.comesFromTheExchange {
                emit(.holeFailed(hole, fault))
                firstFault = firstFault ?? fault
                if fault.concernsEveryRequest { break }
            }
        }
        return firstFault
    }

    private enum Step: Sendable {
        case answered(PageRequest, [Candle])
        case stored(StoredPage, ProvenPage)
        case failed(any Error)
    }

    /// Fetches ahead while pages are being stored; at most three wait for the database.
    ///
    /// After a failure the pages in hand are still stored.
    private func prove(
        _ hole: TimeRange, of stored: StoredSeries, within target: TimeRange, _ tally: inout Tally
    ) async throws {
        var walk = try await begin(hole, of: stored)
        var failure: (any Error)?
        await withTaskGroup(of: Step.self) { group in
            var storing = 0
            while true {
                if storing < 3, failure == nil, !isStopping() {
                    for request in walk.requests(unstored: storing) {
                        group.addTask { await fetch(request, of: stored.series) }
                    }
                }
                guard let step = await group.next() else { return }
                switch step {
                case .answered(let request, let rows):
                    for page in walk.receive(rows, for: request) {
                        storing += 1
                        let clipped = page.clipped(to: target, checkedAt: now())
                        group.addTask { await keep(clipped, of: stored) }
                    }
                case .stored(let result, let page):
                    storing -= 1
                    tally.add(result)
                    emit(.pageStored(page, result, timeframe: stored.series.timeframe))
                case .failed(let error):
                    failure = failure ?? error
                }
            }
        }
        if let failure { throw failure }
    }

    private func fetch(_ request: PageRequest, of series: Series) async -> Step {
        do {
            return .answered(request, try await exchange.candles(series, request))
        } catch {
            return .failed(error)
        }
    }

    private func keep(_ page: ProvenPage, of series: StoredSeries) async -> Step {
        do {
            return .stored(try await store.store(page, of: series), page)
        } catch {
            return .failed(error)
        }
    }
}

extension TimeRange {
    func unknownIntervals(_ series: Series, _ coverage: IntervalSet) -> Int {
        Int(IntervalSet([self]).subtracting(coverage).milliseconds / series.timeframe.milliseconds)
    }
}

extension CandleStore {
    fileprivate func lastFinal(of series: StoredSeries?, now: UnixMilliseconds) async throws -> UnixMilliseconds? {
        guard let series else { return nil }
        return try await overview(now: now).first { $0.series == series.series }?.lastFinal
    }
}

extension ProvenRows {
    /// Only what was asked for: the witness may lie outside.
    fileprivate func clipped(to target: TimeRange, checkedAt: UnixMilliseconds) -> ProvenPage {
        let isInside = rows.allSatisfy { target.contains($0.openTime) }
        return ProvenPage(
            candles: isInside ? rows : rows.filter { target.contains($0.openTime) },
            proven: [proven.clamped(to: target)],
            checkedAt: checkedAt)
    }
}
