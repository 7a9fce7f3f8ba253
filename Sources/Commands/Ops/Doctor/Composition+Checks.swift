import Alerts
import Backup
import Candles
import CommandRuntime
import Foundation
import Health
import Host
import Journal
import Storage
import Tasks

/// What `ops doctor` looks at, in this order.
extension Composition {
    var checks: [any Check] {
        [
            files, JournalCheck(folder: settings.stateFolder) { try journal() },
            FileChecks(written: [.init("BACKUP_DIR", settings.backupFolder), .init("LOG_DIR", settings.logs.folder)]),
            DiskRoomCheck(diskRooms()), database, TimeServiceCheck(),
            ExchangeClockCheck(
                exchange: settings.exchange.host() ?? "bitfinex", open: { try journal() }, now: Self.now),
            ProgramsCheck(programs),
            ChannelCheck(
                beat: Orchestrator.name, queues: { try alertQueues() }, journal: { try journal() }, now: Self.now),
            UnitCheck(),
        ]
    }

    private var files: FileChecks {
        let alerts = settings.alerts.file.path
        // Where we write, and names can be guessed.
        var folders = [settings.stateFolder, settings.backupFolder, settings.logs.folder].map(\.path)
        for case .sqlite(let path) in settings.databases {
            folders.append(URL(filePath: DatabaseLocation.file(at: path)).deletingLastPathComponent().path)
        }
        return FileChecks(
            secrets: [".env", alerts] + settings.secretFiles,
            // What we run or believe stands in the files.
            trusted: [".env", settings.watchdog.file.path, alerts] + Set(folders).sorted())
    }

    private var database: DatabaseCheck {
        let now = Self.now()
        return DatabaseCheck(identity: settings.database.identity, now: now) {
            guard hasDatabase else { return nil }
            return try await withStore { store in
                let series = try await store.overview(now: now).count
                let stale = FreshnessCheck.stale(try await store.gaps(now: now), now: now)
                return .init(series: series, stale: stale.map { ($0.series, $0.since) })
            }
        } newestBackup: {
            let subject = RetentionSubject(of: settings.database)
            return subject.good(among: (try? folder.backups()) ?? [], now: now).last?.name.time
        }
    }

    private var programs: [String] {
        var names: Set<String> = []
        for database in settings.databases {
            if case .postgres = database { names.formUnion(["pg_dump", "psql"]) }
        }
        if settings.tasks.gitFolder != nil { names.insert("git") }
        return names.sorted()
    }
}
