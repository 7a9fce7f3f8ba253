import Foundation
import TestSupport
import Testing

@testable import Backup

/// A manifest comes from a folder that others may write.
@Suite("Hostile manifest", .timeLimit(.minutes(30))) struct HostileManifestTests {
    private static let manifest = Manifest(
        type: .sqlite, occasion: .manual, file: "sqlite_backup_20240101_000000.db.gz", database: "sqlite:/a", host: "h",
        createdAt: "2024-01-01T00:00:00Z", finishedAt: "2024-01-01T00:00:01Z",
        compressed: .init(bytes: 10, sha256: "0"),
        raw: .init(bytes: 20, sha256: "0"), source: .sqlite(version: "3", pageSize: 4096, journalMode: "wal"),
        schemaVersion: 2,
        tables: [TableSum(name: "candle", rows: 5, sum: 1, xor: 1), TableSum(name: "meta", rows: 1, sum: 1, xor: 1)],
        verifications: [.init(depth: .fast, at: "2024-01-01T00:00:01Z", passed: true, milliseconds: 5)])

    @Test func `a manifest whose counts cannot be counts is damaged, whatever its digest says`() throws {
        let good = try ManifestText.encode(Self.manifest)
        #expect(ManifestText.decode(good) == Self.manifest)
        for count in [Int.max, Int.min, -1, Int.max / 2, (1 << 53) + 1] {
            var odd = [Self.manifest, Self.manifest, Self.manifest, Self.manifest]
            odd[0].tables[0].rows = count
            odd[1].compressed.bytes = count
            odd[2].raw.bytes = count
            odd[3].tables = odd[3].tables.map { TableSum(name: $0.name, rows: count, sum: 0, xor: 0) }
            for manifest in odd { #expect(ManifestText.decode(try ManifestText.encode(manifest)) == nil, "\(count)") }
        }
    }

    @Test func `no manifest ends the process`() throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let text = try ManifestText.encode(Self.manifest)
        Hostile.cases { hostile in
            let bytes = hostile.mutated(text)
            // As it stands its digest is wrong; with a right one it is as read here.
            #expect(ManifestText.decode(String(decoding: bytes, as: UTF8.self)) == nil || bytes == Array(text.utf8))
            guard let manifest = try? decoder.decode(Manifest.self, from: Data(bytes)) else { return }
            _ = manifest.rows
            guard let signed = try? ManifestText.encode(manifest), let read = ManifestText.decode(signed) else {
                return
            }
            _ = read.rows * 10 + read.compressed.bytes * 13
        }
    }
}
