import Foundation
import TestSupport
import Testing

@testable import Backup

/// Who made a backup, told by a key that is no part of it.
@Suite("Keyed manifests", .timeLimit(.minutes(2))) struct BackupKeyTests {
    private let scratch: ScratchFolder
    private let key: BackupKeyFile
    private let folder: BackupFolder

    init() throws {
        scratch = try ScratchFolder()
        key = BackupKeyFile(scratch.url.appending(path: "state/backup.key"))
        folder = BackupFolder(scratch.url.appending(path: "backups"), key: key)
        try folder.prepare()
    }

    private func publish(into folder: BackupFolder, at time: Int64 = 0) throws -> BackupName {
        let name = BackupName(.sqlite, at: time)
        let manifest = RetentionSample.manifest(name, .good, .manual, RetentionSample.subject)
        try Data("data".utf8).write(to: URL(filePath: folder.partial(name.file)))
        try folder.publish(name, manifest)
        return name
    }

    private func signature(_ name: BackupName, for folder: BackupFolder? = nil) throws -> ManifestSignature? {
        try (folder ?? self.folder).backup(named: name.file)?.signature
    }

    @Test func `what is made is signed, by a key of its owner alone that stays what it is`() throws {
        let name = try publish(into: folder)
        #expect(try signature(name) == .ours)
        let attributes = try FileManager.default.attributesOfItem(atPath: key.url.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let id = try folder.installation()
        #expect(try signature(publish(into: folder, at: 10_000)) == .ours)
        #expect(try folder.installation() == id)
        let secret = try String(contentsOf: key.url, encoding: .utf8).trimmingCharacters(in: .newlines)
        for file in try folder.url.names() {
            #expect(try !String(contentsOf: folder.url.appending(path: file), encoding: .utf8).contains(secret))
        }
        try folder.record(.init(depth: .deep, at: "2026-01-01T00:00:00Z", passed: true, milliseconds: 1), of: name)
        #expect(try signature(name) == .ours, "noting a verification signs again")
    }

    @Test func `a manifest of an earlier version is unsigned, and stays so when it is looked at`() throws {
        let name = try publish(into: BackupFolder(folder.url))
        #expect(try signature(name) == ManifestSignature.none)
        try folder.record(.init(depth: .deep, at: "2026-01-01T00:00:00Z", passed: true, milliseconds: 1), of: name)
        #expect(try signature(name) == ManifestSignature.none)
        #expect(try folder.backup(named: name.file)?.isGood == true)
        #expect(try RetentionSample.subject.own(among: folder.backups(), now: 1_000_000).count == 1)
    }

    @Test func `another installation's is told from ours, and counts nowhere`() throws {
        let other = BackupFolder(folder.url, key: BackupKeyFile(scratch.url.appending(path: "other.key")))
        let name = try publish(into: other)
        #expect(try signature(name) == .others)
        #expect(try signature(name, for: other) == .ours)
        #expect(try RetentionSample.subject.own(among: folder.backups(), now: 1_000_000).isEmpty)
    }

    @Test func `any change of a signed manifest is seen, also by who writes its digest anew`() throws {
        let name = try publish(into: folder)
        let url = folder.url.appending(path: name.manifest)
        let whole = try String(contentsOf: url, encoding: .utf8)
        let changes: [(String) -> String] = [
            { $0.replacing("\"rows\"", with: "\"rowz\"") }, { $0.replacing("\"bytes\" : 4", with: "\"bytes\" : 5") },
            { $0.replacing("\"host\" : \"h\"", with: "\"host\" : \"i\"") },
            { $0.replacing("\"manifest_sha256\"", with: "\"host\" : \"i\",\n  \"manifest_sha256\"") },
            { $0.replacing(/"signature" : "./, with: "\"signature\" : \"x") },
        ]
        for (index, change) in changes.enumerated() where change(whole) != whole {
            try redigested(change(whole)).write(to: url, atomically: true, encoding: .utf8)
            #expect(try signature(name) == .wrong, "change \(index)")
            #expect(try folder.backup(named: name.file)?.isGood == false)
        }
        let stripped = whole.replacing(/,\n  "signed_by" : "[^"]*",\n  "signature" : "[^"]*"/, with: "")
        try redigested(stripped).write(to: url, atomically: true, encoding: .utf8)
        #expect(try signature(name) == ManifestSignature.none)
    }

    /// As somebody would write it who has no key: the digest is of what stands there.
    private func redigested(_ text: String) -> String {
        let blank = text.replacing(
            /"manifest_sha256" : "[^"]*"/, with: "\"manifest_sha256\" : \"\(String(repeating: "0", count: 64))\"")
        var digest = RunningDigest()
        digest.update(Array(blank.utf8).span)
        return blank.replacing(String(repeating: "0", count: 64), with: digest.finish())
    }

    @Test func `a key among the backups, of others or cut is refused, and nothing is made`() throws {
        let inside = BackupFolder(folder.url, key: BackupKeyFile(folder.url.appending(path: "backup.key")))
        #expect(throws: BackupFault.self) { try publish(into: inside) }
        try FileManager.default.createDirectory(
            at: key.url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try "abc".write(to: key.url, atomically: true, encoding: .utf8)
        let fault = #expect(throws: BackupFault.self) { try publish(into: folder) }
        #expect(fault?.code == "backup-key")
        #expect(try folder.url.names().filter { $0.hasPrefix("sqlite") }.isEmpty)
    }
}
