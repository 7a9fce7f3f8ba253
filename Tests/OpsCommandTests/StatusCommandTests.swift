import Backup
import Candles
import Foundation
import Journal
import TestSupport
import Testing

extension OpsCommandSuite {
    /// `ops status`, and what it tells programs.
    @Suite(.timeLimit(.minutes(2))) struct StatusCommandTests {
        private let host: OpsHost

        init() async throws { host = try await OpsHost(.sqlite, candles: 60) }

        private func journal() throws -> Journal {
            try Journal(
                folder: URL(filePath: host.folder.path("state")),
                now: { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) })
        }

        private func document() async throws -> [String: Any] {
            let outcome = try await host.ops("status", "--json").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            return try #require(try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
        }

        private func rows(_ name: String, in document: [String: Any]) throws -> [[String: Any]] {
            try #require(document[name] as? [[String: Any]], "\(name)")
        }

        @Test func `every file of the folder of backups is told, the newest first, beside the newest good one`()
            async throws
        {
            #expect(try await host.ops("backup", "--type", "sqlite").run().status == 0)
            #expect(try await host.ops("verify").run().status == 0)
            let unknown = host.backups.url.appending(path: "sqlite_backup_20200101_000000.db.gz")
            try Data([1, 2, 3]).write(to: unknown)
            let document = try await document()
            let newest = try #require(try rows("backups", in: document).first)
            let files = try rows("backup_files", in: document)
            #expect(files.count == 2)
            #expect(files[0]["file"] as? String == newest["file"] as? String)
            #expect(files[0]["verified"] as? Bool == true && files[0]["rows"] as? Int ?? 0 >= 60)
            #expect(files[1]["file"] as? String == unknown.lastPathComponent && files[1]["bytes"] as? Int == 3)
            #expect(files[1]["verified"] == nil && files[1]["created_at"] as? String == "2020-01-01T00:00:00Z")
            let jobs = try rows("jobs", in: document)
            #expect(jobs.compactMap { $0["job"] as? String } == ["backup", "backup-verify"])
            #expect(jobs.allSatisfy { $0["outcome"] as? String == "complete" && $0["last_ok_at"] != nil })
        }

        @Test func `the model's file is read where it is, and missed only where it is named`() async throws {
            var host = host
            func model() async throws -> (model: [String: Any]?, problems: [String]) {
                let outcome = try await host.ops("status", "--json").run()
                let document = try #require(
                    try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
                return (document["model"] as? [String: Any], document["problems"] as? [String] ?? [])
            }
            #expect(try await model().model == nil)
            #expect(try await model().problems.isEmpty)
            host.environment["MODEL_METADATA_FILE"] = host.folder.path("meta.json")
            #expect(try await model().problems.first?.hasPrefix("MODEL_METADATA_FILE") == true)
            try #"{"name": "m1"}"#.write(toFile: host.folder.path("meta.json"), atomically: true, encoding: .utf8)
            #expect(try await model().model?["name"] as? String == "m1")
        }

        @Test func `a backup that is damaged is told as not verified`() async throws {
            #expect(try await host.ops("backup", "--type", "sqlite").run().status == 0)
            let name = try #require(try host.backups.backups().first?.name.file)
            let file = host.backups.url.appending(path: name)
            try Data(repeating: 0, count: 100).write(to: file)
            #expect(try await host.ops("verify").run().status != 0)
            let document = try await document()
            #expect(try rows("backup_files", in: document).first?["verified"] as? Bool == false)
            #expect(try rows("jobs", in: document).last?["outcome"] as? String == "suspect")
        }

        @Test func `a run that goes on tells how far it is, to programs and to people`() async throws {
            let journal = try journal()
            let run = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
            try await journal.noteProgress(of: run, done: 30, total: 90)
            let job = try #require(try rows("jobs", in: try await document()).first)
            let progress = try #require(job["progress"] as? [String: Any])
            #expect(progress["done"] as? Int == 30 && progress["total"] as? Int == 90)
            #expect(job["running_since"] as? String == job["started_at"] as? String)
            let page = try await host.ops("status").run()
            #expect(page.out.contains("running, 33 %"), "\(page.out)")
        }
    }
}
