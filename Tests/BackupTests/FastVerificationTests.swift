import Candles
import Foundation
import Gzip
import TestSupport
import Testing

@testable import Backup

@Suite("Fast verification", .timeLimit(.minutes(5))) struct FastVerificationTests {
    /// One good backup, and a way to look at altered copies of it.
    private struct Subject {
        let manifest: Manifest
        let bytes: [UInt8]
        let folder: ScratchFolder

        init() async throws {
            let database = try await CandleDatabase(candles: 3000)
            let backups = BackupFolder(database.folder.url.appending(path: "backups"))
            try backups.prepare()
            manifest = try await BackupRun(
                SQLiteSource(path: database.path), in: backups, occasion: .manual, now: { 1_795_226_400_000 },
                emit: { _ in }
            ).run()
            bytes = [UInt8](try Data(contentsOf: backups.url.appending(path: manifest.file)))
            folder = try ScratchFolder()
        }

        func look(at bytes: [UInt8]) throws -> Manifest.Verification {
            let path = folder.path("altered.gz")
            try Data(bytes).write(to: URL(filePath: path))
            return try FastVerification.run(path, manifest, now: { 0 })
        }
    }

    @Test func `every one of a thousand flipped bits is found`() async throws {
        let subject = try await Subject()
        #expect(try subject.look(at: subject.bytes).passed)
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            let index = Int.random(in: subject.bytes.indices, using: &generator)
            let bit = Int.random(in: 0..<8, using: &generator)
            var damaged = subject.bytes
            damaged[index] ^= 1 << bit
            #expect(try !subject.look(at: damaged).passed, "bit \(bit) of byte \(index), seed \(seed)")
        }
    }

    @Test func `a cut anywhere, another member and bytes at the end are found`() async throws {
        let subject = try await Subject()
        for percent in stride(from: 0, to: 100, by: 5) {
            let cut = Array(subject.bytes.prefix(subject.bytes.count * percent / 100))
            #expect(try !subject.look(at: cut).passed, "cut at \(percent) %")
        }
        for missing in 1...16 { #expect(try !subject.look(at: Array(subject.bytes.dropLast(missing))).passed) }
        #expect(try !subject.look(at: subject.bytes + subject.bytes).passed)
        #expect(try !subject.look(at: subject.bytes + [0]).passed)
        #expect(try !subject.look(at: Gzip.deflate(Array("SQLite format 3\u{0}".utf8))).passed)
    }
}
