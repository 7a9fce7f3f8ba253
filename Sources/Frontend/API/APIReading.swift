import Candles
import Storage

/// What documents are made of.
struct APIReading: Sendable {
    let source: any DashboardSource
    let identity: ServerIdentity
    let streams: StreamCount
    let now: UnixMilliseconds
    /// The number of the newest event when the reading began.
    let sequence: Int
    let memo: CatalogueMemo
    /// For pages of which more candles are read than any page shows.
    let longPages: ConcurrencyLimit

    /// What is kept, by name.
    func catalogue() async throws -> Catalogue { try await memo.catalogue(of: source, sequence: sequence, now: now) }

    func read<T: Sendable>(_ body: @Sendable (any CandleReader) async throws -> T) async throws -> T {
        try await source.read(body)
    }
}
