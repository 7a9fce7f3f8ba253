import Backup
import CommandRuntime
import Journal
import Resilience
import Storage

/// Opens a database that must be migrated, after a verified backup of it.
struct BackedUpMigration {
    let settings: Settings
    /// Says which migration is due.
    let fault: StorageFault

    /// Long enough for another job that does the same to a large database.
    private static let patience = Duration.seconds(1800)

    /// - Throws: `StorageFault.migrationNeedsBackup` where the backup could not be made; the database is as before then.
    func open(by open: (MigrationBackup) async throws -> any CandleStore) async throws -> any CandleStore {
        let folder = BackupFolder(settings.backupFolder, key: BackupKeyFile(settings.backupKeyFile))
        do {
            try folder.prepare()
            let lock = try await folder.lock(patience: Self.patience)
            defer { lock.release() }
            try FolderJanitor(folder, emit: { _ in }).clean()
            let manifest = try await BackupRun(
                settings.database.backupSource(), in: folder, occasion: .beforeMigration, now: Composition.now,
                emit: { _ in }
            ).run()
            CommandOutput(json: false).note("\(manifest.file): made before the migration of \(manifest.database)")
        } catch let error as any Fault {
            throw explained(error)
        }
        return try await open(.waived)
    }

    private func explained(_ cause: any Fault) -> StorageFault {
        guard case .migrationNeedsBackup(let database, let from, let to, _) = fault else { return fault }
        return .migrationNeedsBackup(
            database: database, from: from, to: to, reason: "its backup could not be made: \(cause)")
    }
}
