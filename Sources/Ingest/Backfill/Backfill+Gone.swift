import Candles
import Storage

/// A pair that the exchange has taken off: it is told once, costs no request for candles, and comes back by itself.
extension Backfill {
    private static var listReadEvery: Int64 { 86_400_000 }

    /// Since when the series is gone; nil where it is not, or the exchange lists it again.
    ///
    /// Reads the list once a day.
    func goneSince(_ stored: StoredSeries) async throws -> UnixMilliseconds? {
        guard let since = stored.goneSince else { return nil }
        let now = now()
        if let read = stored.listReadAt, read <= now, now - read < Self.listReadEvery { return since }
        if try await exchange.symbols().contains(stored.series.symbol) {
            try await store.setGone(since: nil, listReadAt: nil, of: stored)
            emit(.warned(.back(stored.series)))
            return nil
        }
        try await store.setGone(since: since, listReadAt: now, of: stored)
        return since
    }

    /// Whether a series that answered nothing to its own witness is not listed either; notes it.
    func isGone(_ stored: StoredSeries, witness: UnixMilliseconds) async throws -> Bool {
        if try await exchange.symbols().contains(stored.series.symbol) { return false }
        try await store.setGone(since: now(), listReadAt: now(), of: stored)
        emit(.warned(.gone(stored.series, witness: witness)))
        return true
    }
}
