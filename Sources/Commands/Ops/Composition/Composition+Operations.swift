import Candles
import CommandRuntime
import Foundation
import Health
import Journal
import Logs
import Storage

/// What the tasks of `ops run`, and the pages about them, are made of.
extension Composition {
    /// False for a file that no `ingest` has made yet: nothing of ours makes an empty one.
    var hasDatabase: Bool {
        guard case .sqlite(let path) = settings.database else { return true }
        return FileManager.default.fileExists(atPath: path)
    }

    /// Opens the first database, whose tables must be as this program knows them.
    func withStore<T: Sendable>(_ body: (any CandleStore) async throws -> T) async throws -> T {
        try await settings.database.withStore(clock: ContinuousClock(), body)
    }

    /// What is unknown of the series that are kept.
    func gaps(_ now: UnixMilliseconds) async throws -> [Gap] { try await withStore { try await $0.gaps(now: now) } }

    /// The room where we write; each file system once, the database's first.
    func diskRooms() -> [DiskRoom] {
        var paths = [settings.backupFolder.path, settings.stateFolder.path, settings.logs.folder.path]
        if case .sqlite(let path) = settings.database {
            paths.insert(URL(filePath: DatabaseLocation.file(at: path)).deletingLastPathComponent().path, at: 0)
        }
        var rooms: [DiskRoom] = []
        for room in paths.compactMap(DiskRoom.init(of:))
        where room.device == nil || !rooms.contains(where: { $0.device == room.device }) {
            rooms.append(room)
        }
        return rooms
    }

    /// What a program of ours that we start needs, so that it works on the same database whatever flag we were given.
    var childEnvironment: [String: String?] { databaseFlag.map { ["DATABASE_URL": $0] } ?? [:] }

    var logRotation: LogRotation {
        LogRotation(folder: settings.logs.folder, days: settings.logs.rotationDays, now: Self.now)
    }

    /// The time by which logs are past theirs; where no journal tells whether the clock jumped, none is.
    func ages(of rotation: LogRotation) async -> UnixMilliseconds {
        (try? await journal().agesNow(evidence: rotation.lastWrite)) ?? 0
    }

    /// The files that services log to.
    var serviceLog: ServiceLog { settings.logs.service() }
}
