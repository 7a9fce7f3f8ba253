import Alerts
import Backup
import Candles
import CommandRuntime
import Foundation
import Health
import Host
import Journal
import Resilience
import Storage
import Tasks

/// Gathers what this host says of itself; a part that cannot be read leaves a sentence and stops no other.
struct HostReporter: Sendable {
    let parts: Composition

    func report() async -> HostReport {
        var report = HostReport()
        let now = Composition.now()
        report.host = ProcessInfo.processInfo.hostName
        report.environment = parts.settings.alerts.environment
        report.at = now.iso8601
        report.uptimeSeconds = ProcessTable().uptime?.components.seconds
        report.disks = parts.diskRooms().map(HostReport.Disk.init)
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

    private func readStore(into report: inout HostReport, now: UnixMilliseconds) async throws {
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

    private func readJournal(into report: inout HostReport, now: UnixMilliseconds) async throws {
        let journal = try parts.journal()
        let histories = try await journal.jobHistories(since: now - 90 * 86_400_000)
        report.tasks = histories.filter(\.isTask).map(HostReport.Task.init)
        report.jobs = histories.filter { !$0.isTask }.map { HostReport.Job($0, now: now) }
        report.services = try await journal.heartbeats().sorted { $0.key < $1.key }.map { name, at in
            HostReport.Service(name: name, at: at.iso8601)
        }
        report.breakers = try await journal.breakers().map { HostReport.Breaker($0.standing(now: now)) }
        report.alerts = try await journal.firingAlerts(since: now - 86_400_000).filter {
            $0.severity > Severity.info.rawValue
        }.map(HostReport.FiringAlert.init)
        let requests = try await journal.requests(since: now - 60_000)
        report.requests.lastMinute = requests.sent
        for ban in requests.bans { report.requests.bans[ban.host] = ban.until.iso8601 }
    }

    private func readBackups(into report: inout HostReport, now: UnixMilliseconds) throws {
        let all = try parts.folder.backups()
        report.backups = parts.settings.databases.map { database in
            let subject = RetentionSubject(of: database)
            let newest = subject.good(among: all, now: now).last?.name
            return HostReport.Backup(
                type: subject.type.rawValue, file: newest?.file, createdAt: newest?.time.iso8601,
                ageSeconds: newest.map { (now - $0.time) / 1000 })
        }
        report.backupFiles = all.suffix(Self.mostBackupFiles).reversed().map { backup in
            HostReport.BackupFile(
                type: backup.name.type.rawValue, file: backup.name.file, createdAt: backup.name.time.iso8601,
                bytes: backup.bytes, verified: backup.verified, rows: backup.known?.rows)
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
