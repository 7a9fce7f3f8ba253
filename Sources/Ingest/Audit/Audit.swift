package import Candles
import Resilience
package import Storage

/// Compares what is kept of a series with what the exchange says now, and repairs it where that is asked for.
///
/// Longer timeframes of the exchange tell where to look; only what they contradict is read again.
package struct Audit<C: Clock>: Sendable where C.Duration == Duration {
    let exchange: BitfinexREST<C>
    let store: any CandleArchive
    let now: @Sendable () -> UnixMilliseconds
    let isStopping: @Sendable () -> Bool
    let emit: @Sendable (AuditEvent) -> Void

    /// Makes an audit out of its parts; `isStopping` is asked before each stretch, and once true the audit ends.
    package init(
        exchange: BitfinexREST<C>, store: any CandleArchive, now: @escaping @Sendable () -> UnixMilliseconds,
        isStopping: @escaping @Sendable () -> Bool, emit: @escaping @Sendable (AuditEvent) -> Void
    ) {
        self.exchange = exchange
        self.store = store
        self.now = now
        self.isStopping = isStopping
        self.emit = emit
    }

    /// What one run knows.
    struct Course {
        let job: AuditJob
        let stored: StoredSeries
        let coverage: IntervalSet
        /// Coverage with the time before the first candle.
        let known: IntervalSet
        var agreeing = AgreeingCandles()
        /// Stretches that were read again to their end.
        var reread = IntervalSet()
        /// Times at which rows differ and stay as they are.
        var unrepaired = IntervalSet()
        var findings = AuditFindings()

        init(job: AuditJob, stored: StoredSeries, coverage: IntervalSet) {
            self.job = job
            self.stored = stored
            self.coverage = coverage
            known = AuditPlan.known(coverage, firstCandle: stored.firstOpen)
        }

        var timeframe: Timeframe { stored.series.timeframe }
        /// Whether no longer timeframe is asked where to look.
        var readsAll: Bool { job.depth == .candles || AuditPlan.levels(of: timeframe).isEmpty }
    }

    /// Runs the audit to its end, or as far as the exchange lets it.
    ///
    /// - Returns: Also for a run that ended early because of the exchange: the findings' `fault` says why.
    /// - Throws: `IngestFault.unknownSeries`, `StorageFault`, `JournalFault`.
    package func run(_ job: AuditJob) async throws -> AuditReport {
        guard let found = try await store.find(job.series) else { throw IngestFault.unknownSeries(job.series) }
        try await store.bind(to: exchange.address)
        var findings = AuditFindings()
        let stored = try await lookAtBeginning(of: found, job, &findings)
        var course = Course(job: job, stored: stored, coverage: try await store.coverage(of: stored))
        course.findings = findings
        let levels = AuditPlan.levels(of: course.timeframe)
        var compared = findings.endsEarly ? IntervalSet() : course.coverage
        do {
            if findings.endsEarly {
                // Nothing can be asked.
            } else if course.readsAll {
                try await read(course.coverage.ranges.reversed(), &course)
            } else {
                compared = AuditPlan.wholeBars(of: levels[0], in: course.known)
                try await compare(levels, in: compared, &course)
            }
        } catch let fault as any Fault where fault.comesFromTheExchange {
            course.findings.fault = course.findings.fault ?? fault
        }
        let range = TimeRange(compared.ranges.first?.start ?? 0, compared.ranges.last?.end ?? 0)
        return AuditReport(job: job, range: range, requests: exchange.requestsSent, findings: course.findings)
    }

    /// Compares the days; where one is wrong, all hours, since a day shows only some of what is wrong in it; then reads again
    /// what the finest of them contradict.
    private func compare(_ levels: [Timeframe], in days: IntervalSet, _ course: inout Course) async throws {
        let part = AuditPlan.partBars(of: levels[0], coverage: course.coverage, known: course.known)
        course.findings.daysNotCompared = part.ranges.reduce(0) { $0 + $1.intervals(of: levels[0]) }
        let noted = try await store.disagreements(of: course.stored)
        var differing: [BarDifference] = []
        var finest: [BarDifference] = []
        for level in levels where level == levels[0] || !finest.isEmpty || course.job.depth == .hours {
            finest = try await differences(at: level, in: days, &course).filter { !noted.contains($0.disagreement) }
            if course.findings.wasStopped { return }
            course.findings.barsDiffering += finest.count
            differing += finest
        }
        let bars = IntervalSet(finest.map(\.range))
        try await reread(bars, &course)
        try await noteSelfDisagreements(differing, finest: bars, &course)
    }

    /// The bars that are not as our candles fold; those that are become witnesses.
    private func differences(
        at level: Timeframe, in known: IntervalSet, _ course: inout Course
    ) async throws -> [BarDifference] {
        var found: [BarDifference] = []
        var agreeing: [FoldedBar] = []
        emit(.planned(intervals: known.intervals(of: level)))
        for stretch in AuditPlan.stretches(over: known, timeframe: level) {
            if isStopping() {
                course.findings.wasStopped = true
                return []
            }
            let bars = known.intersection(stretch)
            let ours = try await fold(course.stored, into: level, in: bars)
            let comparison = BarComparison(
                exchange: try await read(stretch, ours, at: level, course), folded: ours, in: bars, timeframe: level)
            course.findings.barsCompared += comparison.compared
            emit(.compared(level, bars: comparison.compared, differing: comparison.differing.count))
            emit(.looked(intervals: bars.intervals(of: level)))
            found += comparison.differing
            agreeing += comparison.agreeing
        }
        course.agreeing = AgreeingCandles(agreeing)
        return found
    }

    private func read(
        _ stretch: TimeRange, _ ours: [FoldedBar], at level: Timeframe, _ course: Course
    ) async throws -> [Candle] {
        var expected: (UnixMilliseconds, UnixMilliseconds)?
        if let first = ours.first, let last = ours.last { expected = (first.candle.openTime, last.candle.openTime) }
        var read = BarRead(range: stretch, expected: expected)
        let series = Series(symbol: course.stored.series.symbol, timeframe: level)
        while let request = read.request { read.receive(try await exchange.candles(series, request).rows) }
        return read.bars
    }

    func fold(_ stored: StoredSeries, into level: Timeframe, in bars: IntervalSet) async throws -> [FoldedBar] {
        var fold = CandleFold(into: level)
        for range in bars.ranges {
            try await store.chunks(of: stored, in: range) { rows in for row in rows { fold.add(row.candle) } }
        }
        return fold.bars
    }

    /// Where our candles are the exchange's own and a bar still differs, the exchange disagrees with itself.
    private func noteSelfDisagreements(
        _ differing: [BarDifference], finest: IntervalSet, _ course: inout Course
    ) async throws {
        let open = IntervalSet(
            finest.subtracting(course.reread).ranges + course.unrepaired.ranges)
        var found: [Disagreement] = []
        for level in AuditPlan.levels(of: course.timeframe) {
            let settled = differing.filter { $0.timeframe == level && open.intersection($0.range).isEmpty }
            let folded = try await fold(course.stored, into: level, in: IntervalSet(settled.map(\.range)))
            let byTime = Dictionary(uniqueKeysWithValues: folded.map { ($0.candle.openTime, $0.candle) })
            found += settled.compactMap { $0.refolded(byTime[$0.openTime])?.disagreement }
        }
        if found.isEmpty { return }
        try await store.note(Set(found), of: course.stored)
        course.findings.selfDisagreements = found.sorted { $0.openTime < $1.openTime }
    }
}

extension IntervalSet {
    func intervals(of timeframe: Timeframe) -> Int { Int(milliseconds / timeframe.milliseconds) }
}

/// Looks at what an audit takes for granted: that the exchange has the series, and that nothing is before its first candle.
extension Audit {
    /// The series with its first candle as the exchange has it now; where that cannot be told, `findings` say why.
    func lookAtBeginning(
        of stored: StoredSeries, _ job: AuditJob, _ findings: inout AuditFindings
    ) async throws -> StoredSeries {
        do {
            findings.goneSince = try await history.goneSince(stored)
            guard findings.goneSince == nil, let first = stored.firstOpen else { return stored }
            return try await prove(first, of: stored, job, &findings)
        } catch let fault as any Fault where fault.comesFromTheExchange {
            findings.fault = fault
            return stored
        }
    }

    private func prove(
        _ first: UnixMilliseconds, of stored: StoredSeries, _ job: AuditJob, _ findings: inout AuditFindings
    ) async throws -> StoredSeries {
        let series = stored.series
        if try await exchange.newestTimes(of: series, atOrBefore: first) == [first] {
            try await store.setFirstOpen(first, provenAt: now(), of: stored)
            return stored
        }
        guard let found = try await exchange.firstCandle(of: series) else {
            if try await history.isGone(stored, witness: first) {
                findings.goneSince = now()
                return stored
            }
            throw BitfinexFault.unproven(what: "\(series) first candle", reason: "it is empty, although one is known")
        }
        if found == first { return stored }
        findings.beginning = (first, found)
        if job.repairs { return try await history.move(stored, from: first, to: found) }
        var stored = stored
        stored.firstOpen = found
        return stored
    }

    /// What a backfill knows of beginnings and of series that are gone.
    private var history: Backfill<C> {
        Backfill(exchange: exchange, store: store, windowed: false, now: now, isStopping: isStopping) { [emit] event in
            if case .warned(let warning) = event { emit(.warned(warning)) }
        }
    }
}
