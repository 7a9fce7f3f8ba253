package import Jobs
package import Storage

/// One run of `ops restore`.
package struct RestoreJob: Sendable {
    private let parts: BackupParts
    private let database: DatabaseLocation
    private let request: RestoreRequest
    private let output: any JobOutput

    package init(_ request: RestoreRequest, of database: DatabaseLocation, parts: BackupParts, output: any JobOutput) {
        self.request = request
        self.database = database
        self.parts = parts
        self.output = output
    }

    /// `confirm` shows the plan, and asks whether it is to be carried out.
    package func run(confirm: @escaping @Sendable (RestorePlan) async throws -> Bool) async throws -> RestoreOutcome {
        let report = BackupReport(output: output)
        let run = RestoreRun(
            try parts.restoreTarget(database), from: parts.folder, request,
            makeSafetyBackup: { [database, parts] in
                try await BackupRun(
                    database.backupSource(), in: parts.folder, occasion: .beforeRestore, now: parts.now,
                    emit: report.receive
                ).run()
            }, now: parts.now, emit: report.receive)
        return try await run.run(confirm: confirm)
    }

    /// The plan as people read it.
    package func lines(of plan: RestorePlan) -> [String] { RestorePlanText(plan, now: parts.now()).lines }
}

/// What `ops restore --json` prints.
package struct RestoreDocument: Encodable {
    private struct Drop: Encodable {
        let table: String
        let rows: Int
    }

    private let database: String
    private let file: String?
    private let rowsNow: Int?
    private let rowsBackup: Int?
    private let rowsLost: Int?
    private let newestNow: String?
    private let newestBackup: String?
    private let drops: [Drop]
    private let safetyBackup: String?
    /// `planned`, `restored` or `swapped_back`.
    private let outcome: String

    package init(_ ended: RestoreOutcome) {
        let plan = ended.plan
        database = plan.database
        file = plan.file
        rowsNow = plan.rowsNow
        rowsBackup = plan.rowsThen
        rowsLost = plan.rowsLost
        newestNow = plan.newestNow
        newestBackup = plan.newestThen
        drops = plan.drops.map { Drop(table: $0.name, rows: $0.rowsNow ?? 0) }
        safetyBackup = ended.safetyBackup
        outcome = ended.ending.rawValue
    }

    enum CodingKeys: String, CodingKey {
        case database, file, drops, outcome
        case rowsNow = "rows_now"
        case rowsBackup = "rows_backup"
        case rowsLost = "rows_lost"
        case newestNow = "newest_now"
        case newestBackup = "newest_backup"
        case safetyBackup = "safety_backup"
    }
}
