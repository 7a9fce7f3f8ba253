import Backup
import Candles
import CommandRuntime
import Foundation
import Ops
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
                Composition.sibling("ops"),
                ["backup", "--type", type.rawValue, "--occasion", BackupOccasion.scheduled.rawValue],
                environment: parts.childEnvironment, deadline: .seconds(7000), sharesSecrets: true
            ).run()
        }
    }

    func run() async throws -> TaskResult {
        var made: [String] = []
        for type in types {
            if let age = try age(of: type), age < Self.freshFor { continue }
            let end = try await backUp(type)
            // Whoever is at work there may be making the first one.
            if end.status == ExitStatus.busy.rawValue { return .idle("another run is at work in \(parts.folder.path)") }
            try await tellAge(of: type, lastWords: end.succeeded ? nil : end.lastWords)
            guard end.succeeded else { throw BackupTaskFault(type: type, status: end.status, lastWords: end.lastWords) }
            made.append(type.rawValue)
        }
        if types.isEmpty { return .idle("there is nothing to back up yet") }
        for type in types { try await tellAge(of: type, lastWords: nil) }
        return made.isEmpty
            ? .idle("every backup is younger than 26 h") : .done("backed up \(made.joined(separator: ", "))")
    }

    /// A file that no `ingest` has made yet has nothing to back up.
    private var types: [BackupType] {
        parts.settings.databases.filter { database in
            guard case .sqlite(let path) = database else { return true }
            return FileManager.default.fileExists(atPath: path)
        }.map { BackupType(of: $0) }
    }

    /// Since the newest good one; nil where there is none.
    private func age(of type: BackupType) throws -> Int64? {
        let times = try parts.folder.backups().filter { $0.isGood && $0.name.type == type }.map(\.name.time)
        return times.max().map { Composition.now() - $0 }
    }

    /// Critical where there is none, or none of the last two nights; over once there is a fresh one.
    private func tellAge(of type: BackupType, lastWords: String?) async throws {
        let age = try age(of: type)
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
