import Alerts
import Backup
import Candles
import CommandRuntime
import Foundation
import Health
import Host
import Jobs
import Scheduler
import Storage

/// Makes a backup where the timer, which is the first to do so, has not made one.
struct BackupTask: Sendable {
    private static let source = "backup"
    private static let rule = "backup-too-old"
    static let freshFor = HealthRules.backupFresh.milliseconds
    /// Two nights were missed.
    private static let critical: Int64 = 50 * 3_600_000

    let parts: Composition
    let alerts: any AlertSink
    /// How `ops backup` is run, given its type.
    let backUp: @Sendable (BackupType) async throws -> ProgramEnd

    init(parts: Composition, alerts: any AlertSink) {
        self.parts = parts
        self.alerts = alerts
        backUp = { type in
            try await Program(
                Installation.program("ops").path,
                ["backup", "--type", type.rawValue, "--occasion", BackupOccasion.scheduled.rawValue],
                environment: parts.childEnvironment, deadline: .seconds(7000), sharesSecrets: true
            ).run()
        }
    }

    func run() async throws -> TaskResult {
        var made: [String] = []
        let subjects = subjects
        for subject in subjects {
            let type = subject.type
            if let age = try age(of: subject), age < Self.freshFor { continue }
            let end = try await backUp(type)
            // Whoever is at work there may be making the first one.
            if end.status == ExitStatus.busy.rawValue { return .idle("another run is at work in \(parts.folder.path)") }
            try await tellAge(of: subject, lastWords: end.succeeded ? nil : end.lastWords)
            guard end.succeeded else { throw BackupTaskFault(type: type, status: end.status, lastWords: end.lastWords) }
            made.append(type.rawValue)
        }
        if subjects.isEmpty { return .idle("there is nothing to back up yet") }
        for subject in subjects { try await tellAge(of: subject, lastWords: nil) }
        return made.isEmpty
            ? .idle("every backup is younger than 26 h") : .done("backed up \(made.joined(separator: ", "))")
    }

    /// Every configured database and the host's journal; a file that nobody has made yet has nothing to back up.
    private var subjects: [RetentionSubject] {
        let databases = parts.settings.databases.filter { database in
            guard case .sqlite(let path) = database else { return true }
            return FileManager.default.fileExists(atPath: path)
        }
        return databases.map { RetentionSubject(of: $0) } + [parts.backups.journalSubject].compactMap(\.self)
    }

    /// Since the newest good one; nil where there is none.
    private func age(of subject: RetentionSubject) throws -> Int64? {
        let now = Composition.now()
        return subject.good(among: try parts.folder.backups(), now: now).last.map { max(0, now - $0.name.time) }
    }

    /// Critical where there is none, or none of the last two nights; over once there is a fresh one.
    private func tellAge(of subject: RetentionSubject, lastWords: String?) async throws {
        let type = subject.type
        let age = try age(of: subject)
        if let age, age < Self.freshFor {
            return await alerts.resolve(
                source: Self.source, rule: Self.rule, target: type.rawValue,
                message: "there is a fresh \(type.rawValue) backup again")
        }
        if let age, age <= Self.critical { return }
        let reason = lastWords.map { "; making one failed: \($0)" } ?? ""
        let standing = age.map { "the newest good \(type.rawValue) backup is \($0 / 3_600_000) h old" }
        await alerts.raise(
            Alert(
                source: Self.source, rule: Self.rule, target: type.rawValue, severity: .critical,
                message: (standing ?? "there is no good \(type.rawValue) backup") + reason,
                hint: "run 'ops backup --type \(type.rawValue)' and look up its error in docs/RUNBOOK.md"))
    }
}
