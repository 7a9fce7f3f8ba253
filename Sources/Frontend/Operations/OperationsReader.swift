package import Candles
package import Foundation
import HostStatus
import Journal
package import Storage

/// Puts together what hosts say of themselves: what each published in the database, and for this host its own journal, which is
/// newer.
///
/// The journal is only read: where there is none, where it is of another version or locked, what was published stands alone. That
/// it is of another version is a problem of this host.
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
    package func operations(statuses: [PublishedStatus]) async -> [HostOperations] {
        let now = now()
        var hosts = statuses.map { Self.published($0, now: now) }
        switch await ownFacts(now: now) {
        case .facts(let facts):
            update(&hosts, now: now) { own in
                facts.fill(&own)
                if facts.moment.scheduler == .alive { own.host.isWatched = true }
            }
        case .problem(let problem): update(&hosts, now: now) { $0.host.problems.append(problem) }
        case .nothing: break
        }
        return hosts.sorted { $0.host.host < $1.host.host }
    }

    private static func published(_ status: PublishedStatus, now: UnixMilliseconds) -> HostOperations {
        guard let report = try? HostStatus(json: status.document) else {
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

    /// Changes what is known of this host, which may have published nothing.
    private func update(_ hosts: inout [HostOperations], now: UnixMilliseconds, _ body: (inout HostOperations) -> Void)
    {
        if let index = hosts.firstIndex(where: { $0.host.host == host }) { return body(&hosts[index]) }
        // Whole minutes, so that what did not change is not sent again.
        var own = HostOperations(host: HostRow(host: host, atMs: now - now % 60_000, isStale: false, isWatched: false))
        body(&own)
        hosts.append(own)
    }

    /// What this host's journal tells.
    private enum OwnJournal {
        case facts(OperationsFacts)
        case problem(String)
        case nothing
    }

    private func ownFacts(now: UnixMilliseconds) async -> OwnJournal {
        do {
            let journal = try Journal(reading: journalFolder, now: self.now)
            return .facts(try await OperationsFacts(journal, host: host, now: now))
        } catch JournalFault.older(_, let found, let known) {
            return .problem(
                "the journal of this host has version \(found), and this dashboard reads version \(known), so its jobs are "
                    + "those that it published: let 'ingest' or 'ops' of this dashboard's version run once here")
        } catch JournalFault.newer(_, let found, let known) {
            return .problem(
                "the journal of this host has version \(found), and this dashboard knows versions up to \(known), so its jobs "
                    + "are those that it published: install the newer version of the dashboard, and start it again")
        } catch {
            return .nothing
        }
    }
}
