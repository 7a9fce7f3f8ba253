package import Candles
import Resilience
package import Storage

/// Makes a stretch of one series known: target − coverage, newest hole first, each page in one transaction with its proof.
package struct Backfill<C: Clock>: Sendable where C.Duration == Duration {
    let exchange: BitfinexREST<C>
    let store: any CandleArchive
    let windowed: Bool
    let now: @Sendable () -> UnixMilliseconds
    let emit: @Sendable (IngestEvent) -> Void
    private let isStopping: @Sendable () -> Bool

    /// Makes a backfill out of its parts.
    ///
    /// `windowed` lets dense history be asked in several windows at once: only where no budget binds. `isStopping` is asked
    /// before each request; once true, the pages in hand are stored and the run ends.
    package init(
        exchange: BitfinexREST<C>, store: any CandleArchive, windowed: Bool,
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

    package typealias NewestSeen = @Sendable (UnixMilliseconds) async -> UnixMilliseconds?

    /// Runs the job to its end, or as far as the exchange lets it.
    ///
    /// `newestSeen` tells the newest candle before a time that another live source knows.
    ///
    /// - Returns: Also for a run that ended early because of the exchange: `fault` says why.
    /// - Throws: `IngestFault`, `SeriesFault`, `StorageFault`, `JournalFault`, and faults of the exchange before the series is
    ///   known to exist.
    package func run(_ job: BackfillJob, newestSeen: @escaping NewestSeen = { _ in nil }) async throws -> BackfillReport
    {
        try job.check(now: now())
        try await store.bind(to: exchange.address)
        let found = try await store.find(job.series)
        if let found, let since = try await goneSince(found) {
            return try await report(on: found, goneSince: since, job)
        }
        let (stored, target) = try await prepare(job)
        let coverage = try await store.coverage(of: stored)
        emit(.started(job.series, target, unknownIntervals: target.unknownIntervals(job.series, coverage)))
        let rechecked = try await emptyIntervals(to: job.recheck, of: stored, in: target, coverage)
        var walks = Walks(stored: stored, target: target, newestSeen: newestSeen, reachesNow: job.reachesNow)
        let holes = try await holes(in: target, known: coverage.subtracting(rechecked), of: stored)
        try await prove(job.reachesNow ? holes.reachingOpenEnd(of: target) : holes, &walks)
        if job.recheck != .nothing, walks.fault == nil, !isStopping() {
            try await store.setRecheckedTo(recheckBoundary(of: target), of: stored)
        }
        // What this host takes for settled, and the exchange does not, is not due yet.
        let settled = job.series.timeframe.settledBoundary(at: exchange.exchangeNow)
        let due = TimeRange(max(target.start, walks.stored.firstOpen ?? target.start), min(target.end, settled))
        let unknown = due.unknownIntervals(job.series, try await store.coverage(of: stored))
        walks.tally.requests = exchange.requestsSent
        return BackfillReport(
            series: job.series, target: due, tally: walks.tally, unknown: unknown, fault: walks.fault,
            goneSince: walks.goneSince)
    }

    /// Of a series that is gone: nothing is asked for, and its history is as it was proven.
    private func report(
        on stored: StoredSeries, goneSince: UnixMilliseconds, _ job: BackfillJob
    ) async throws -> BackfillReport {
        let firstCandle = stored.firstOpen ?? stored.wantedFrom
        let target = try job.target(
            now: now(), firstCandle: firstCandle, lastFinal: try await store.lastFinal(of: stored)
        ).clamped(to: TimeRange(firstCandle, .max))
        var tally = Tally()
        tally.requests = exchange.requestsSent
        return BackfillReport(
            series: job.series, target: target, tally: tally,
            unknown: target.unknownIntervals(job.series, try await store.coverage(of: stored)), fault: nil,
            goneSince: goneSince)
    }

    /// Creates the series with its first candle, and resolves the stretch.
    private func prepare(_ job: BackfillJob) async throws -> (StoredSeries, TimeRange) {
        let found = try await findWithBeginning(job.series)
        let firstCandle: UnixMilliseconds
        if let known = found?.firstOpen {
            firstCandle = known
        } else {
            firstCandle = try await probeFirstCandle(of: job.series)
        }
        let lastFinal = if let found { try await store.lastFinal(of: found) } else { UnixMilliseconds?.none }
        let asked = try job.target(now: now(), firstCandle: firstCandle, lastFinal: lastFinal)
        var stored = try await store.track(job.series, from: asked.start)
        if stored.firstOpen == nil {
            try await store.setFirstOpen(firstCandle, provenAt: now(), of: stored)
            stored.firstOpen = firstCandle
        }
        return (stored, asked.clamped(to: TimeRange(firstCandle, .max)))
    }

    /// What a target lacks, as the fewest stretches that pages can span, newest first.
    func holes(in target: TimeRange, known: IntervalSet, of stored: StoredSeries) async throws -> [TimeRange] {
        let holes = IntervalSet([target]).subtracting(known).ranges
        let between = zip(holes, holes.dropFirst()).map { TimeRange($0.end, $1.start) }
        return HolePlanner.merged(
            holes, keptBetween: between.isEmpty ? [] : try await store.counts(of: stored, in: between),
            timeframe: stored.series.timeframe)
    }

    /// What the walks of one run share.
    struct Walks {
        var stored: StoredSeries
        let target: TimeRange
        let newestSeen: NewestSeen
        let reachesNow: Bool
        var tally = Tally()
        /// What kept a hole from being proven; nil where all are, or where the run was stopped.
        var fault: (any Fault)?
        /// Since when the exchange has no longer anything of the series.
        var goneSince: UnixMilliseconds?
    }

    private func prove(_ holes: [TimeRange], _ walks: inout Walks) async throws {
        for hole in holes where !isStopping() {
            do {
                if try await !proveOnFirmGround(hole, &walks) { return }
            } catch let fault as any Fault where fault.comesFromTheExchange {
                emit(.holeFailed(hole, fault))
                walks.fault = walks.fault ?? fault
                if fault.concernsEveryRequest { break }
            }
        }
    }

    private enum Step: Sendable {
        case answered(PageRequest, PageAnswer)
        case stored(StoredPage, ProvenPage)
        case failed(any Error)
    }

    /// Fetches ahead while pages are being stored; at most three wait for the database.
    ///
    /// After a failure the pages in hand are still stored. With `isCorrection` the footing's candles are given, and what was known
    /// between them gives way to what the walk proves.
    func prove(_ walks: inout Walks, _ footing: inout Footing, isCorrection: Bool = false) async throws {
        let stored = walks.stored
        let hole = footing.hole
        let isOpen = walks.reachesNow && hole.end == walks.target.end
        if !isCorrection { try await findKnownCandles(&footing, of: stored) }
        var walk = try await begin(
            footing, of: stored, horizon: isOpen ? now() : .min, newestSeen: await walks.newestSeen(hole.end))
        let bounds = isCorrection ? hole : walks.target
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
                case .answered(let request, let answer):
                    walks.note(answer, request, stored.series)
                    for page in walk.receive(answer, for: request) {
                        storing += 1
                        let clipped = page.clipped(to: bounds, checkedAt: now(), isCorrection: isCorrection)
                        group.addTask { await keep(clipped, of: stored) }
                    }
                case .stored(let result, let page):
                    storing -= 1
                    walks.tally.add(result)
                    emit(.pageStored(page, result, timeframe: stored.series.timeframe))
                case .failed(let error):
                    failure = failure ?? error
                }
            }
        }
        if !walk.beyond.isEmpty {
            let rows = ProvisionalRows(series: stored, candles: walk.beyond)
            walks.tally.written += try await store.store(provisional: [rows])
        }
        if let failure { throw failure }
    }

    private func begin(
        _ footing: Footing, of stored: StoredSeries, horizon: UnixMilliseconds, newestSeen: UnixMilliseconds?
    ) async throws -> HoleWalk {
        HoleWalk(
            hole: footing.hole, opening: footing.opening ?? footing.hole.start, closing: footing.closing,
            timeframe: stored.series.timeframe, windowed: windowed, horizon: horizon, newestSeen: newestSeen,
            newestKnown: try await newestKnown(in: footing.hole, of: stored, newestSeen))
    }

    private func findKnownCandles(_ footing: inout Footing, of stored: StoredSeries) async throws {
        let coverage = try await store.coverage(of: stored)
        footing.opening = try await opening(of: footing.hole, stored, coverage)
        footing.closing = try await closing(of: footing.hole, stored, coverage)
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

extension Backfill.Walks {
    /// A row that hides what was around it keeps the run from its end, though nothing failed.
    fileprivate mutating func note(_ answer: PageAnswer, _ request: PageRequest, _ series: Series) {
        guard let row = answer.unreadable.first, fault == nil else { return }
        let what = "\(series) from \(request.start.iso8601) to \(request.last.iso8601)"
        fault = BitfinexFault.unreadableRow(what: what, row: row.text)
    }
}

extension [TimeRange] {
    /// The same holes, and where none of them is open an empty one at the end: it reads what is not settled yet.
    fileprivate func reachingOpenEnd(of target: TimeRange) -> [TimeRange] {
        first?.end == target.end ? self : [TimeRange(target.end, target.end)] + self
    }
}

extension ProvenRows {
    /// Only what was asked for: the witness may lie outside.
    fileprivate func clipped(to target: TimeRange, checkedAt: UnixMilliseconds, isCorrection: Bool) -> ProvenPage {
        let isInside = rows.allSatisfy { target.contains($0.openTime) }
        return ProvenPage(
            candles: isInside ? rows : rows.filter { target.contains($0.openTime) },
            proven: proven.intersection(target).ranges,
            checkedAt: checkedAt, isCorrection: isCorrection)
    }
}
