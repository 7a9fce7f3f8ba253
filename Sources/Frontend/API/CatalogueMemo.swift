import Candles
import NIOConcurrencyHelpers
import Storage

/// Keeps what is known of all series for a second, or until something changes or is told: almost every document begins with it.
final class CatalogueMemo: Sendable {
    /// The number of the newest event beside the version: an event may tell of a commit before the version does.
    private struct Moment: Hashable {
        let version: Int
        let sequence: Int
    }

    private struct Known {
        let catalogue: Catalogue
        let moment: Moment
        let made: UnixMilliseconds
    }

    private let known = NIOLockedValueBox<Known?>(nil)
    private let work = SingleFlight<Moment, Catalogue>()

    /// `sequence` is the number of the newest event that the answer need not tell of again.
    func catalogue(of source: any DashboardSource, sequence: Int, now: UnixMilliseconds) async throws -> Catalogue {
        let moment = Moment(version: source.version, sequence: sequence)
        if let known = known.withLockedValue(\.self), known.moment == moment, (0..<1000).contains(now - known.made) {
            return known.catalogue
        }
        return try await work.value(for: moment) {
            let catalogue = Catalogue(try await source.read { try await $0.glances(now: now) })
            known.withLockedValue { $0 = Known(catalogue: catalogue, moment: moment, made: now) }
            return catalogue
        }
    }
}
