package import Candles
package import Journal

/// Where readings come from.
package protocol HealthSources: Sendable {
    func journal() async throws -> JournalHealth
    func series(now: UnixMilliseconds) async throws -> [SeriesReading]
    /// Nil where the system does not say.
    func disk() async -> DiskRoom?
    func gpu() async -> GPUReading?
    /// How many errors the programs of this host have logged since then.
    func loggedErrors(since: UnixMilliseconds) async -> Int
}
