package import Candles
import Foundation

/// What one look at a service leaves for the next one, which may be another process.
package struct WatchMemory: Sendable, Equatable, Codable {
    /// Since when the endpoint has not answered.
    package var unansweredSince: UnixMilliseconds?
    /// Since when a log that has fewer lines than are looked at has had none that shows activity.
    package var silentSince: UnixMilliseconds?
    /// Since when the unit has been on its way to another state.
    package var unsettledSince: UnixMilliseconds?
    /// Since when every look found it healthy.
    package var healthySince: UnixMilliseconds?
    /// When the watchdog last started it.
    package var startedAt: UnixMilliseconds?
    /// Rules of the alerts that were raised and not resolved.
    package var told: Set<String> = []

    package init() {}

    /// Empty where there is none, or none that can be read: it only makes a later look wait longer.
    package init(_ text: String?) {
        self = text.flatMap { try? JSONDecoder().decode(Self.self, from: Data($0.utf8)) } ?? Self()
    }

    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Begins to count, or goes on; a beginning in the future, as a clock that was set back leaves it, is now.
    static func mark(_ since: inout UnixMilliseconds?, at now: UnixMilliseconds) { since = min(since ?? now, now) }
}
