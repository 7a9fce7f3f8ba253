import Backup
import Foundation
import TestSupport
import Testing

/// A small tmpfs as the disk of backups; only root may mount one.
@Suite("Backup on a full disk", .enabled(if: getuid() == 0, "mounting a tmpfs needs root"), .timeLimit(.minutes(5)))
struct FullDiskTests {
    /// Promises to need no room, so that the disk is full later, at any point of the run.
    private struct Optimist: BackupSource {
        let source: SQLiteSource
        var type: BackupType { source.type }
        var database: String { source.database }

        func look() async throws -> SourceFacts {
            let facts = try await source.look()
            return SourceFacts(
                source: facts.source, expectedBytes: 1, scratchBytes: 0, schemaVersion: facts.schemaVersion,
                newestCandle: facts.newestCandle)
        }

        func copy(
            into archive: ArchiveWriter, scratch: String, progress: @Sendable (Int) -> Void
        ) async throws -> [TableSum] {
            try await source.copy(into: archive, scratch: scratch, progress: progress)
        }
    }

    private static let points = Effort.rounds(20, long: 200)

    private func mount(_ options: String, at path: String) async throws {
        _ = try await Programs.shell("mount -t tmpfs -o \(options) tmpfs \"$DISK\"", ["DISK": path])
    }

    @Test func `at whatever point the disk is full, no half backup is left and the good one stays`() async throws {
        let database = try await CandleDatabase(candles: 70_000)
        let disk = try ScratchFolder()
        try await mount("size=64m", at: disk.path)
        do {
            try await fillUp(disk, database)
        } catch {
            _ = try await Programs.shell("umount -l \"$DISK\"", ["DISK": disk.path])
            throw error
        }
        _ = try await Programs.shell("umount -l \"$DISK\"", ["DISK": disk.path])
    }

    private func fillUp(_ disk: ScratchFolder, _ database: CandleDatabase) async throws {
        let folder = BackupFolder(disk.url)
        let source = Optimist(source: SQLiteSource(path: database.path))
        func run(at second: Int64) async throws -> Manifest {
            try await BackupRun(source, in: folder, occasion: .manual, now: { second * 1000 }, emit: { _ in }).run()
        }
        // Of another database, since its size would tell how much room the next one takes.
        let other = try await CandleDatabase()
        let good = try await BackupRun(
            SQLiteSource(path: other.path), in: folder, occasion: .manual, now: { 0 }, emit: { _ in }
        ).run()
        let kept = try FileManager.default.contentsOfDirectory(atPath: disk.path).sorted()
        var outcomes: [String] = []
        for point in 0..<Self.points {
            let room = 4_250 + point * 4_000 / Self.points  // kB; the copy and the archive of it take about 7 MB.
            try await mount("remount,size=\(room + good.compressed.bytes / 1000 + 16)k", at: disk.path)
            do {
                let made = try await run(at: Int64(point) + 10)
                outcomes.append("made")
                for name in [made.file, made.file.replacing(".db.gz", with: ".manifest.json")] {
                    try FileManager.default.removeItem(at: disk.url.appending(path: name))
                }
            } catch let fault as BackupFault {
                outcomes.append(fault.code)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).sorted() == kept, "\(room) kB")
        }
        #expect(Set(outcomes).isSubset(of: ["made", "backup-not-written", "backup-space"]), "\(outcomes)")
        #expect(outcomes.filter { $0 == "backup-not-written" }.count > Self.points / 4, "\(outcomes)")
        #expect(try folder.backups().compactMap(\.known) == [good])
        let path = disk.url.appending(path: good.file).path
        #expect(try FastVerification.run(path, good, now: { 0 }).passed)
    }
}
