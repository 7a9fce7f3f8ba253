import Candles
import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Backup

private typealias Sample = RetentionSample

@Suite("FolderJanitor") struct FolderJanitorTests {
    private static let now = UnixMilliseconds(1_795_226_400_000)
    private static let file = "sqlite_backup_20261121_020000.db.gz"
    private static let manifest = "sqlite_backup_20261121_020000.manifest.json"

    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func put(_ name: String, _ text: String = "data") throws {
        try text.write(toFile: scratch.path(name), atomically: false, encoding: .utf8)
    }

    private func move(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(atPath: scratch.path(name), toPath: scratch.path(other))
    }

    /// What it says it did, and what is there afterwards.
    private func clean() throws -> (events: [String], names: [String]) {
        let events = NIOLockedValueBox<[String]>([])
        try FolderJanitor(BackupFolder(scratch.url)) { event in
            guard case .cleaned(let text) = event else { return }
            events.withLockedValue { $0.append(text) }
        }.clean()
        return (events.withLockedValue { $0 }, try scratch.url.names())
    }

    @Test func `a backup whose data were published gets its manifest`() throws {
        try Sample.write(to: scratch.url, at: Self.now)
        try move(Self.manifest, to: ".partial." + Self.manifest)
        try put(".partial.\(Self.file).copy")
        let (events, names) = try clean()
        #expect(names == [Self.file, Self.manifest])
        #expect(
            events == [
                ".partial.\(Self.file).copy: left by a killed run, and removed",
                "\(Self.file): a run was killed before its end, and is completed",
            ])
        #expect(try BackupFolder(scratch.url).backups().map(\.isGood) == [true])
        #expect(try clean().events.isEmpty)
    }

    @Test func `a partial manifest that is cut, or of other data, is removed, and the data stay`() throws {
        let whole = try ManifestText.encode(Sample.write(to: scratch.url, at: Self.now))
        try FileManager.default.removeItem(atPath: scratch.path(Self.manifest))
        let other = try ManifestText.encode(
            Sample.manifest(BackupName(.sqlite, at: 0), .good, .manual, Sample.subject))
        for text in ["", String(whole.dropLast(3)), whole.replacing("\"h\"", with: "\"i\""), other] {
            try put(".partial." + Self.manifest, text)
            #expect(try clean().names == [Self.file])
        }
        try put(".partial." + Self.manifest, whole)
        try put(Self.file, "longer data")
        #expect(try clean().names == [Self.file])
    }

    @Test func `a manifest that is there stays as it is`() throws {
        let manifest = try Sample.write(to: scratch.url, at: Self.now)
        var other = manifest
        other.host = "another"
        try put(".partial." + Self.manifest, try ManifestText.encode(other))
        #expect(try clean().names == [Self.file, Self.manifest])
        #expect(try BackupFolder(scratch.url).backups().first?.known == manifest)
    }

    @Test(arguments: [
        ".partial.\(file)", ".partial.\(manifest)", ".partial.\(file).copy", ".partial.\(file).copy-journal",
        ".partial.\(file).verify-4711", ".partial.\(file).verify-4711-journal",
    ]) func `what a killed run was writing is removed`(name: String) throws {
        try put(name)
        let (events, names) = try clean()
        #expect(names.isEmpty)
        #expect(events == ["\(name): left by a killed run, and removed"])
    }

    @Test(arguments: [
        manifest, "postgres_backup_20261121_020000.manifest.json", "journal_backup_20261121_020000.manifest.json",
    ]) func `a manifest whose data are gone is removed`(name: String) throws {
        try put(name)
        try put(".partial." + Self.file)
        let (events, names) = try clean()
        #expect(names.isEmpty)
        #expect(events.last == "\(name): its backup is gone, and it is removed")
    }

    @Test func `what another host is writing, or has signed, is left to it`() throws {
        let state = try ScratchFolder()
        func host(_ name: String) -> BackupFolder {
            BackupFolder(scratch.url, key: BackupKeyFile(state.url.appending(path: name)))
        }
        for name in ["ours.key", "theirs.key"] {
            let folder = host(name)
            try Data("half".utf8).write(to: URL(filePath: folder.partial(Self.file)))
            let backup = BackupName(.sqlite, at: name == "ours.key" ? 0 : 10_000)
            try Data("data".utf8).write(to: URL(filePath: folder.partial(backup.file)))
            try folder.publish(backup, RetentionSample.manifest(backup, .good, .manual, RetentionSample.subject))
            try FileManager.default.removeItem(atPath: folder.path(backup.file))
        }
        let theirs = [
            host("theirs.key").partialPrefix + Self.file, BackupName(.sqlite, at: 10_000).manifest,
        ]
        try FolderJanitor(host("ours.key")) { _ in }.clean()
        #expect(try scratch.url.names().filter { !$0.hasSuffix(".lock") } == theirs.sorted())
    }

    @Test func `nothing else is touched`() throws {
        try Sample.write(to: scratch.url, at: Self.now)
        try Sample.write(to: scratch.url, at: Self.now - Sample.day, .withoutManifest)
        try Sample.write(to: scratch.url, at: Self.now - 2 * Sample.day, .damaged)
        for name in [
            ".ops-backup.lock", "notes.manifest.json", "sqlite_backup_20261321_020000.manifest.json", "partial.db.gz",
            "sqlite_backup_20261120_020000.manifest.json.bak", ".partialnot",
            "xsqlite_backup_20261120_020000.manifest.json", ".partial.thesis.tex", ".partial.", ".partial.notes.db.gz",
            ".partial.sqlite_backup_20261399_020000.db.gz", ".partial.\(Self.file).mine",
            ".partial.\(Self.file).verify-mine",
        ] {
            try put(name)
        }
        try FileManager.default.createDirectory(
            atPath: scratch.path(".partial.folder"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path(".partial.link"), withDestinationPath: scratch.path(Self.file))
        let before = try scratch.url.names()
        let (events, names) = try clean()
        #expect(names == before)
        #expect(events.isEmpty)
    }

    @Test func `a folder that is not there needs no cleaning`() throws {
        try FolderJanitor(BackupFolder(scratch.url.appending(path: "none"))) { _ in }.clean()
        #expect(try scratch.url.names().isEmpty)
    }

    @Test(arguments: UInt64(1)...50) func `a second run changes nothing, and no whole backup is lost`(seed: UInt64)
        throws
    {
        var random = SeededGenerator(seed: seed)
        for index in 0..<Int64(12) {
            let name = BackupName(.sqlite, at: Self.now - index * Sample.day)
            try Sample.write(to: scratch.url, at: name.time)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: try move(name.manifest, to: ".partial." + name.manifest)
            case 1: try move(name.file, to: ".partial." + name.file)
            case 2: try FileManager.default.removeItem(atPath: scratch.path(name.file))
            default: break
            }
        }
        let data = try scratch.url.names().filter { $0.hasPrefix("sqlite") && $0.hasSuffix(".gz") }
        _ = try clean()
        let backups = try BackupFolder(scratch.url).backups()
        #expect(backups.map(\.name.file) == data, "seed \(seed)")
        #expect(backups.allSatisfy { $0.isGood }, "seed \(seed)")
        #expect(try scratch.url.names().count == 2 * data.count, "seed \(seed)")
        #expect(try clean().events.isEmpty, "seed \(seed)")
    }
}
