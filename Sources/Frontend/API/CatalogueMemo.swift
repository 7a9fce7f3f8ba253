import Candles
import NIOConcurrencyHelpers
import Storage

/// Keeps what is known of all series for a second, or until something changes: almost every document begins with it.
final class CatalogueMemo: Sendable {
    private struct Known {
        let catalogue: Catalogue
        let version: Int
        let made: UnixMilliseconds
    }

    private let known = NIOLockedValueBox<Known?>(nil)
    private let work = SharedWork<Int, Catalogue>()

    func catalogue(of source: any DashboardSource, now: UnixMilliseconds) async throws -> Catalogue {
        let version = source.version
        if let known = known.withLockedValue(\.self), known.version == version, (0..<1000).contains(now - known.made) {
            return known.catalogue
        }
        return try await work.value(for: version) {
            let catalogue = Catalogue(try await source.read { try await $0.glances(now: now) })
            known.withLockedValue { $0 = Known(catalogue: catalogue, version: version, made: now) }
            return catalogue
        }
    }
}
