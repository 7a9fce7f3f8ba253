package import Candles
package import Foundation
import Journal
package import Storage

/// Puts together what hosts say of themselves: what each published in the database, and for this host its own journal, which is
/// newer.
///
/// The journal is only read: where there is none, where it is of another version or locked, what was published stands alone.
package struct OperationsReader: Sendable {
    private let journalFolder: URL
    private let host: String
    private let now: @Sendable () -> UnixMilliseconds

    /// `host` is this machine's name, as `ops run` publishes it; `now` is the wall clock.
    package init(journalFolder: URL, host: String, now: @escaping @Sendable () -> UnixMilliseconds) {
        self.journalFolder = journalFolder
        self.host = host
        self.now = now
    }

    /// Every host that published something, and this one; by name.
    package func operations(statuses: [HostStatus]) async -> [HostOperations] {
        let now = now()
        var hosts = statuses.map { Self.published($0, now: now) }
        if let own = await ownFacts(now: now) {
            let isWatched = own.moment.scheduler == .alive
            if let index = hosts.firstIndex(where: { $0.host.host == host }) {
                own.fill(&hosts[index])
                if isWatched { hosts[index].host.isWatched = true }
            } else {
                // Whole minutes, so that what did not change is not sent again.
                let row = HostRow(host: host, atMs: now - now % 60_000, isStale: false, isWatched: isWatched)
                var operations = HostOperations(host: row)
                own.fill(&operations)
                hosts.append(operations)
            }
        }
        return hosts.sorted { $0.host.host < $1.host.host }
    }

    private static func published(_ status: HostStatus, now: UnixMilliseconds) -> HostOperations {
        guard let report = try? ReportDocument(status.document) else {
            let isStale = HostRow.isStale(status.at, now: now)
            var row = HostRow(host: status.host, atMs: status.at, isStale: isStale, isWatched: !isStale)
            row.problems = ["what this host published cannot be read: another version of ops run may have written it"]
            return HostOperations(host: row)
        }
        var operations = HostOperations(host: HostRow(report, of: status, now: now))
        OperationsFacts(report, of: status, now: now).fill(&operations)
        operations.backups = BackupRow.rows(report, host: status.host)
        return operations
    }

    /// Nil where the journal tells nothing.
    private func ownFacts(now: UnixMilliseconds) async -> OperationsFacts? {
        guard let journal = try? Journal(reading: journalFolder, now: self.now) else { return nil }
        return try? await OperationsFacts(journal, host: host, now: now)
    }
}
