import Candles
import Resilience
import Storage

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
