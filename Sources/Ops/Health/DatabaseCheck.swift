package import Candles
package import Host
import Jobs
import Resilience

/// Looks at the database: whether it answers, is of this program's schema, is up to date, and is backed up.
package struct DatabaseCheck: Check {
    private static let area = "database"

    /// What the database says.
    package struct Reading: Sendable {
        let series: Int
        /// The first of those that fell behind is the oldest.
        let stale: [(series: Series, since: UnixMilliseconds)]

        package init(series: Int, stale: [(series: Series, since: UnixMilliseconds)]) {
            self.series = series
            self.stale = stale
        }
    }

    private let identity: String
    private let now: UnixMilliseconds
    private let read: @Sendable () async throws -> Reading?
    private let newestBackup: @Sendable () -> UnixMilliseconds?

    /// `read` gives nil where there is no database yet; `newestBackup` is the time of the newest good one.
    package init(
        identity: String, now: UnixMilliseconds, read: @escaping @Sendable () async throws -> Reading?,
        newestBackup: @escaping @Sendable () -> UnixMilliseconds?
    ) {
        self.identity = identity
        self.now = now
        self.read = read
        self.newestBackup = newestBackup
    }

    package func findings() async -> [Diagnosis] {
        do {
            guard let reading = try await read() else {
                return [
                    .warning(
                        Self.area, "\(identity) is not there yet",
                        do: "run 'ingest bootstrap', or name the right one in DATABASE_URL or DATABASE_PATH")
                ]
            }
            return [
                .fine(Self.area, "\(identity) answers, with \(reading.series) series"), freshness(reading.stale),
                backups,
            ]
        } catch let fault as any Fault {
            return [.broken(Self.area, fault.description, do: fault.hint ?? "look up the code in docs/RUNBOOK.md")]
        } catch {
            return [.broken(Self.area, "\(error)", do: "report this line")]
        }
    }

    private func freshness(_ stale: [(series: Series, since: UnixMilliseconds)]) -> Diagnosis {
        guard let oldest = stale.first else { return .fine(Self.area, "every series that is kept up to date is fresh") }
        return .warning(
            Self.area, "\(stale.count) series fell behind, \(oldest.series) at \(oldest.since.iso8601)",
            do: "enable the timers of 'scripts/install-user-units', or run 'ingest realtime --series \(oldest.series)'")
    }

    private var backups: Diagnosis {
        guard let newest = newestBackup() else {
            return .warning(Self.area, "there is no good backup of it", do: "run 'ops backup', and enable its timer")
        }
        let age = "the newest good backup is \(Age(now - newest)) old"
        return now - newest < HealthRules.backupFresh.milliseconds
            ? .fine(Self.area, age) : .warning(Self.area, age, do: "run 'ops backup', and see why its timer did not")
    }
}
