import BitfinexReplay
import Candles
import Foundation
import Postgres
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// A small tmpfs as the disk; only root may mount one.
    @Suite("A full disk", .enabled(if: getuid() == 0, "mounting a tmpfs needs root"), .timeLimit(.minutes(5)))
    struct FullDiskTests {
        private static func mount(_ options: String, at path: String) async throws {
            let outcome = try await Command(
                program: URL(filePath: "/usr/bin/mount"), arguments: ["-t", "tmpfs", "-o", options, "tmpfs", path],
                environment: [:]
            ).run()
            try #require(outcome.status == 0, "\(outcome.err)")
        }

        private static func unmount(_ path: String) async throws {
            _ = try await Command(program: URL(filePath: "/usr/bin/umount"), arguments: ["-l", path], environment: [:])
                .run()
        }

        /// A file that takes all room but so many bytes; returns its path.
        private static func fill(_ disk: ScratchFolder, leaving bytes: Int) throws -> String {
            let free = try FileManager.default.attributesOfFileSystem(forPath: disk.path)[.systemFreeSize] as? Int ?? 0
            let path = disk.path("ballast")
            try Data(count: max(0, free - bytes)).write(to: URL(filePath: path))
            return path
        }

        private func expectResumes(_ place: Workplace, full: Command.Outcome, makeRoom: () async throws -> Void)
            async throws
        {
            #expect(full.status == 74, "\(full.err)")
            #expect(full.err.contains("storage-full"), "\(full.err)")
            let status = try await place.ingest("status", "--json").run()
            #expect(status.status == 0, "what is stored can still be read: \(status.err)")
            try await makeRoom()
            let resumed = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
            #expect(resumed.status == 0, "\(resumed.err)")
        }

        @Test func `SQLite stops with nothing half-written and goes on when there is room`() async throws {
            let truth = try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
            let disk = try ScratchFolder()
            try await Self.mount("size=1500k", at: disk.path)
            do {
                try await Exchange.run(Markets.threePages) { exchange in
                    let place = try Workplace(exchange: exchange.url, database: "sqlite:" + disk.path("candles.db"))
                    exchange.server.script(ScriptedFault(.pageLimit(2_000)))
                    let full = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                    try await expectResumes(place, full: full) {
                        try await Self.mount("remount,size=100m", at: disk.path)
                    }
                    #expect(try await place.kept().times == truth)
                }
            } catch {
                try await Self.unmount(disk.path)
                throw error
            }
            try await Self.unmount(disk.path)
        }

        @Test(.enabled(if: ScratchPostgres.isEnabled))
        func `Postgres stops with nothing half-written and goes on when there is room`() async throws {
            let truth = try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
            let cluster = try await ScratchPostgres.own()
            let owner = try FileManager.default.attributesOfItem(atPath: cluster.folder)[.ownerAccountID] as? Int ?? 0
            let disk = try ScratchFolder()
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: disk.path)
            try await Self.mount("size=64m,mode=700,uid=\(owner)", at: disk.path)
            do {
                let admin = PostgresConnection(try PostgresSettings(conninfo: await cluster.database()))
                try await admin.connect()
                try await admin.execute(script: "CREATE TABLESPACE small LOCATION '\(disk.path)'")
                try await admin.execute(script: "CREATE DATABASE tight TABLESPACE small")
                await admin.close()
                let ballast = try Self.fill(disk, leaving: 1_500_000)
                let url = cluster.networkURL(database: "tight")
                try await Exchange.run(Markets.threePages) { exchange in
                    let place = try Workplace(exchange: exchange.url, database: url)
                    exchange.server.script(ScriptedFault(.pageLimit(2_000)))
                    let full = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                    try await expectResumes(place, full: full) { try FileManager.default.removeItem(atPath: ballast) }
                    let store = try await PostgresCandleStore(PostgresSettings(conninfo: url), clock: ContinuousClock())
                    #expect(try await Kept(series: Series("BTCUSD-1m"), in: store).times == truth)
                    await store.close()
                }
            } catch {
                try await cluster.stop()
                try await Self.unmount(disk.path)
                throw error
            }
            try await cluster.stop()
            try await Self.unmount(disk.path)
        }
    }
}
