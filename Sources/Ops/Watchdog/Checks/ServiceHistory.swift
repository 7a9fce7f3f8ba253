import Foundation
package import Host
import Resilience

/// What one look at a service leaves for the next one, which may be another process.
///
/// Its moments are milliseconds of a clock that neither steps nor counts while the machine is suspended; they hold for one boot.
package struct ServiceHistory: Sendable, Equatable, Codable {
    /// Something that changes while the service works, and since when it was seen to be the same.
    package struct Sighting: Sendable, Equatable, Codable {
        package var stamp: String
        package var since: Int64

        package init(stamp: String, since: Int64) {
            self.stamp = stamp
            self.since = since
        }
    }

    /// The main process, and since when it has been seen.
    package struct Run: Sendable, Equatable, Codable {
        package var main: ProcessIdentity?
        package var since: Int64

        package init(main: ProcessIdentity?, since: Int64) {
            self.main = main
            self.since = since
        }
    }

    /// The boot of the machine whose moments these are.
    package var boot: String?
    package var run: Run?
    /// How often systemd had started the unit anew by itself.
    package var automaticRestarts: Int?
    /// When it was seen to have been started anew, by others than the watchdog; one for each time.
    package var starts: [Int64] = []
    package var log: Sighting?
    package var beat: Sighting?
    /// Since when looks have found that the log, or the beat, has been the same for too long.
    package var staleLogSince: Int64?
    package var staleBeatSince: Int64?
    /// Since when the endpoint has not answered.
    package var unansweredSince: Int64?
    /// Since when a log that has fewer lines than are looked at has had none that shows activity.
    package var silentSince: Int64?
    /// Since when the unit has been on its way to another state.
    package var unsettledSince: Int64?
    /// Since when every look found it healthy.
    package var healthySince: Int64?
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

    /// The same on this boot of the machine: of another one nothing but what was told is left.
    package func on(boot: String) -> ServiceHistory {
        var memory = self
        if boot != self.boot { memory = afresh }
        memory.boot = boot
        return memory
    }

    /// What was counted against the process does not count against the next one.
    package var afresh: ServiceHistory {
        var fresh = ServiceHistory()
        fresh.boot = boot
        fresh.told = told
        return fresh
    }

    /// The same without starts that were seen: the watchdog had begun them.
    var afterOwnStart: ServiceHistory {
        var memory = self
        memory.starts = []
        return memory
    }

    /// Begins to count, or goes on.
    static func mark(_ since: inout Int64?, at now: Int64) { since = min(since ?? now, now) }

    /// Notes what was seen, and says for how long it has been the same.
    static func unchanged(_ sighting: inout Sighting?, _ stamp: String, at now: Int64) -> Duration {
        if let last = sighting, last.stamp == stamp, last.since <= now { return .milliseconds(now.minus(last.since)) }
        sighting = Sighting(stamp: stamp, since: now)
        return .zero
    }
}
