import Foundation
import TestSupport
import Testing

@testable import Backup

@Suite("Manifest") struct ManifestTests {
    static let sample = Manifest(
        type: .postgres, occasion: .scheduled, file: "postgres_backup_20261121_020000.sql.gz",
        database: "postgres:127.0.0.1:5432/candles", host: "pi", createdAt: "2026-11-21T02:00:00Z",
        finishedAt: "2026-11-21T02:00:09Z", compressed: .init(bytes: 42, sha256: String(repeating: "ab", count: 32)),
        raw: .init(bytes: 133, sha256: String(repeating: "0f", count: 32)),
        source: .postgres(server: "15.18", dump: "15.18"), schemaVersion: 2,
        tables: [TableSum(name: "public.\"Ünïcode \"\" name\"", rows: 7, sum: .max, xor: 0xfeed)],
        newestCandle: "2026-11-21T01:59:00Z",
        verifications: [.init(depth: .fast, at: "2026-11-21T02:00:09Z", passed: true, milliseconds: 350)])

    @Test func `it is read back as it was written`() throws {
        #expect(try ManifestText.decode(ManifestText.encode(Self.sample)) == Self.sample)
    }

    @Test func `its keys are those that a person reads in the documentation`() throws {
        let text = try ManifestText.encode(Self.sample)
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(document?["format_version"] as? Int == 1)
        #expect(document?["created_at"] as? String == "2026-11-21T02:00:00Z")
        #expect((document?["manifest_sha256"] as? String)?.count == 64)
    }

    @Test func `every flipped bit, and every cut, is found`() throws {
        let bytes = Array(try ManifestText.encode(Self.sample).utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                #expect(
                    ManifestText.decode(String(decoding: damaged, as: UTF8.self)) == nil, "bit \(bit) of byte \(index)")
            }
            #expect(ManifestText.decode(String(decoding: bytes[..<index], as: UTF8.self)) == nil, "cut at \(index)")
        }
    }

    @Test func `a verification replaces the one of its depth, and a failed one makes it not good`() {
        var manifest = Self.sample
        #expect(manifest.isGood)
        manifest.record(
            .init(depth: .deep, at: "2026-11-22T02:00:00Z", passed: false, milliseconds: 9, problem: "rows"))
        #expect(!manifest.isGood)
        manifest.record(.init(depth: .deep, at: "2026-11-23T02:00:00Z", passed: true, milliseconds: 9))
        #expect(manifest.isGood)
        #expect(manifest.verifications.count == 2)
        manifest.suspicion = "few rows"
        #expect(!manifest.isGood && manifest.isVerified)
    }
}
