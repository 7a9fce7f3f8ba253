import Candles
import Foundation
import TestSupport
import Testing

@testable import Backup

extension OpsCommandSuite {
    /// Backups of others, and of the future, in the folder of backups.
    @Suite(.timeLimit(.minutes(3))) struct ForeignBackupTests {
        private let host: OpsHost

        init() async throws {
            var host = try await OpsHost(.sqlite, candles: 60)
            host.environment["HEALTH_CHECK_PORT"] = "0"
            host.environment["LOG_DIR"] = host.folder.path("logs")
            self.host = host
        }

        private static let kinds = ["another database", "the future", "another host"]

        /// Leaves one fresh good backup in the folder that is not of this database now.
        private func leave(_ kind: String) async throws {
            let hour: Int64 = 3_600_000
            let now = UnixMilliseconds(Date().timeIntervalSince1970 * 1000)
            try host.backups.prepare()
            let other = try await OpsHost(.sqlite, candles: 5)
            let location = kind == "another database" ? other.location : host.location
            let time = kind == "the future" ? now + 35_350 * hour : now - hour
            let manifest = try await BackupRun(
                location.backupSource(), in: host.backups, occasion: .scheduled, now: { time }, emit: { _ in }
            ).run()
            withExtendedLifetime(other) {}
            if kind == "another host" { try host.rewrite(manifest) { $0.host = "another.example" } }
        }

        @Test(arguments: kinds) func `they are not this database's in status, doctor and restore`(kind: String)
            async throws
        {
            try await leave(kind)
            let status = try await host.ops("status", "--json").run().out
            let document = try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any]
            let newest = try #require((document?["backups"] as? [[String: Any]])?.first)
            #expect(newest["file"] == nil && newest["age_seconds"] == nil)
            #expect(try await host.ops("doctor").run().out.contains("there is no good backup of it"))
            #expect(try await host.ops("status").run().out.contains("no good sqlite backup"))
            let before = try await host.fingerprint()
            let restore = try await host.restore().run()
            #expect(restore.status == 69)
            #expect(restore.err.contains("but there are some of"), "\(restore.err)")
            #expect(try await host.fingerprint() == before)
        }
    }
}

extension OpsHost {
    /// Changes a manifest as only this program could.
    func rewrite(_ manifest: Manifest, _ change: (inout Manifest) -> Void) throws {
        guard let name = BackupName(file: manifest.file) else { return }
        try backups.amend(name, change)
    }
}
