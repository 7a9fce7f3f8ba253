import Alerts
import Backup
import Candles
import CommandRuntime
import Foundation
import Health
import Host
import HostStatus
import Journal
import Resilience
import Storage
import Tasks

/// Gathers what this host says of itself; a part that cannot be read leaves a sentence and stops no other.
struct HostReporter: Sendable {
    let parts: Composition

    func report() async -> HostStatus {
        var report = HostStatus()
        let now = Composition.now()
        report.host = ProcessInfo.processInfo.hostName
        report.environment = parts.settings.alerts.environment
        report.at = now.iso8601
        report.uptimeSeconds = ProcessTable().uptime?.components.seconds
        report.disks = parts.diskRooms().map(HostStatus.Disk.init)
        report.model = model(&report.problems)
        do {
            try await readStore(into: &report, now: now)
        } catch {
            report.problems.append("database: \(error)")
        }
        do {
            try await readJournal(into: &report, now: now)
        } catch {
            report.problems.append("journal: \(error)")
        }
        do {
            try readBackups(into: &report, now: now)
        } catch {
            report.problems.append("backups: \(error)")
        }
        return report
    }

    private func readStore(into report: inout HostStatus, now: UnixMilliseconds) async throws {
        guard parts.hasDatabase else { return report.problems.append("database: there is none yet") }
        let (rows, gaps) = try await parts.withStore { store in
            (try await store.overview(now: now), try await store.gaps(now: now))
        }
        report.series.count = rows.count
        report.series.candles = rows.reduce(0) { $0 + $1.count }
        report.series.empty = rows.reduce(0) { $0 + $1.empty }
        report.series.unknown = rows.reduce(0) { $0 + $1.unknown }
        report.series.suspect = rows.reduce(0) { $0 + $1.suspect }
        report.series.newestAgeSeconds = rows.compactMap(\.last).max().map { (now - $0) / 1000 }
        report.series.stale = FreshnessCheck.stale(gaps, now: now).map { "\($0.series)" }
    }

    private func readJournal(into report: inout HostStatus, now: UnixMilliseconds) async throws {
        let journal = try parts.journal()
        let histories = try await journal.jobHistories(since: now - 90 * 86_400_000)
        report.tasks = histories.filter(\.isTask).map { HostStatus.Job($0, now: now) }
        report.jobs = histories.filter { !$0.isTask }.map { HostStatus.Job($0, now: now) }
        report.services = try await journal.heartbeats().sorted { $0.key < $1.key }.map { name, at in
            HostStatus.Service(name: name, at: ReportedTime(at))
        }
        report.breakers = try await journal.breakers().map { HostStatus.Breaker($0.standing(now: now)) }
        report.alerts = try await journal.firingAlerts(since: now - 86_400_000).filter {
            $0.severity > Severity.info.rawValue
        }.map(HostStatus.FiringAlert.init)
        let requests = try await journal.requests(since: now - 60_000)
        report.requests.lastMinute = requests.sent
        for ban in requests.bans { report.requests.bans[ban.host] = ReportedTime(ban.until) }
    }

    private func readBackups(into report: inout HostStatus, now: UnixMilliseconds) throws {
        let all = try parts.folder.backups()
        report.backups = parts.settings.databases.map { database in
            let subject = RetentionSubject(of: database)
            let newest = subject.good(among: all, now: now).last?.name
            var backup = HostStatus.Backup(
                type: subject.type.rawValue, file: newest?.file, createdAt: newest.map { ReportedTime($0.time) })
            backup.ageSeconds = newest.map { (now - $0.time) / 1000 }
            return backup
        }
        report.backupFiles = all.suffix(Self.mostBackupFiles).reversed().map { stored in
            var backup = HostStatus.Backup(
                type: stored.name.type.rawValue, file: stored.name.file, createdAt: ReportedTime(stored.name.time))
            (backup.bytes, backup.verified, backup.rows) = (Int64(stored.bytes), stored.verified, stored.known?.rows)
            return backup
        }
    }

    private static let mostBackupFiles = 50

    private func model(_ problems: inout [String]) -> JSONValue? {
        guard parts.hasModel else { return nil }
        let file = parts.settings.tasks.modelMetadata
        do {
            return try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file))
        } catch {
            problems.append("MODEL_METADATA_FILE \(file.path) cannot be read as JSON")
            return nil
        }
    }
}

extension StoredBackup {
    /// Whether it is to be trusted; nil where nobody has looked at it yet.
    fileprivate var verified: Bool? {
        switch manifest {
        case .missing: nil
        case .damaged: false
        case .read(let manifest): manifest.verifications.isEmpty ? nil : manifest.isGood
        }
    }
}
