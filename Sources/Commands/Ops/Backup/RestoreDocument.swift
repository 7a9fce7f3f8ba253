import Backup

/// What `ops restore --json` prints.
struct RestoreDocument: Encodable {
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

    init(_ ended: RestoreOutcome) {
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
