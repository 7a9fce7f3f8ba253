import Candles
import Foundation
import TestSupport
import Testing

@testable import Backup

extension OpsCommandSuite {
    /// Manifests with numbers and times at their ends: a folder of backups may be written by others.
    @Suite(.timeLimit(.minutes(5))) struct ExtremeManifestTests {
        private static let numbers = [
            "format_version", "bytes", "rows", "sum", "xor", "milliseconds", "schema_version", "page_size",
        ]
        private static let extremes = [
            "9223372036854775807", "-9223372036854775808", "9007199254740992", "9007199254740993", "-1", "0",
            "18446744073709551616", "1e308", "-0", "null", "\"7\"",
        ]
        private static let times = ["created_at", "finished_at", "at", "newest_candle"]
        private static let extremeTimes = [
            "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59",
            "292278994-08-17T07:12:55Z", "", "yesterday", "\\u001b[2J",
        ].map { "\"\($0)\"" }

        /// The good manifest under a name of its own, with every value of a key exchanged and the digest that then is right.
        private func leave(_ good: Manifest, _ key: String, _ value: String, at time: UnixMilliseconds, _ host: OpsHost)
            throws
        {
            let name = BackupName(.sqlite, at: time)
            var manifest = good
            manifest.file = name.file
            let digest = "\"manifest_sha256\" : \""
            let text = try ManifestText.encode(manifest).replacing(
                try Regex("\"\(key)\" : (\"[^\"]*\"|-?[0-9.]+)"), with: "\"\(key)\" : \(value)")
            let start = try #require(text.ranges(of: digest).last?.upperBound)
            let blank = text[..<start] + String(repeating: "0", count: 64) + text[start...].dropFirst(64)
            var sum = RunningDigest()
            sum.update(Array(blank.utf8).span)
            try Data((text[..<start] + sum.finish() + text[start...].dropFirst(64)).utf8)
                .write(to: host.backups.url.appending(path: name.manifest))
            try FileManager.default.copyItem(
                atPath: host.backups.path(good.file), toPath: host.backups.path(name.file))
        }

        @Test func `no command ends by a manifest at the ends of numbers and times, and each is listed`() async throws {
            let host = try await OpsHost(.sqlite, candles: 60)
            #expect(try await host.ops("backup").run().status == 0)
            let stored = try #require(try host.backups.backups().first)
            var good = try #require(stored.known)
            good.newestCandle = good.newestCandle ?? "2024-01-01T00:00:00Z"
            var time = stored.name.time - 86_400_000
            var names = Set([stored.name.file])
            for (keys, values) in [(Self.numbers, Self.extremes), (Self.times, Self.extremeTimes)] {
                for (key, value) in keys.flatMap({ key in values.map { (key, $0) } }) {
                    time -= 1000
                    names.insert(BackupName(.sqlite, at: time).file)
                    try leave(good, key, value, at: time, host)
                }
            }
            let list = try await host.ops("backups", "--json").run()
            #expect(list.status == 0, "\(list.err)")
            let document = try JSONSerialization.jsonObject(with: Data(list.out.utf8)) as? [String: Any]
            let entries = try #require(document?["backups"] as? [[String: Any]])
            #expect(Set(entries.compactMap { $0["file"] as? String }) == names)
            let damaged = entries.count { $0["standing"] as? String == "manifest damaged" }
            #expect(damaged > 30 && damaged < entries.count, "\(damaged) of \(entries.count)")
            let commands = [
                ["backups"], ["status"], ["status", "--json"], ["doctor"], ["health"], ["verify", "--all"],
                ["restore", "--type", "sqlite", "--dry-run"], ["backup", "--dry-run"], ["backup"],
            ]
            for command in commands {
                let outcome = try await Command.ops(command, host.environment).run()
                #expect((0...78).contains(outcome.status), "\(command): \(outcome.status) \(outcome.err)")
                #expect(!(outcome.out + outcome.err).contains("\u{1B}"), "\(command)")
            }
        }
    }
}
