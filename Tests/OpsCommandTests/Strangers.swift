import Foundation
import Postgres
import TestSupport

/// Files, folders and databases that look like ours and are not: none of them may change, whatever our programs do beside them.
struct Strangers {
    /// Each path with what it held when it was put there; nil is a folder.
    private(set) var files: [String: Data?] = [:]
    /// Each database with the one word in its table.
    private(set) var databases: [String: String] = [:]

    /// Puts a file of an odd name into one of the host's folders.
    mutating func addFile(in folder: String, _ generator: inout SeededGenerator) throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let there = try manager.contentsOfDirectory(atPath: folder).sorted()
        let name = Self.name(among: there, &generator)
        let path = folder + "/" + name
        guard files[path] == nil, !manager.fileExists(atPath: path) else { return }
        if Int.random(in: 0..<8, using: &generator) == 0 {
            try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
            files[path] = .some(nil)
            try write(path + "/thesis.tex", &generator)
        } else {
            try write(path, &generator)
        }
        if Bool.random(using: &generator) {
            // Old enough for every rule of age.
            try manager.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_500_000_000)], ofItemAtPath: path)
        }
    }

    /// Creates a database whose name resembles one that a restore leaves behind.
    mutating func addDatabase(beside settings: PostgresSettings, _ generator: inout SeededGenerator) async throws {
        let live = settings.database
        let names = [
            "\(live)_pre_20250101_000000", "\(live)_pre_20261101_120000", "\(live)_pre_upgrade", "ops_restore_mine",
            "ops_verify_\(live)", "\(live)_old",
        ]
        // Two histories at once share the cluster.
        let name = names.randomElement(using: &generator) ?? names[0]
        let word = "word \(UInt32.random(in: 0...UInt32.max, using: &generator))"
        let maintenance = PostgresConnection(settings.naming(database: "postgres"))
        try await maintenance.connect()
        let known = try await maintenance.query("SELECT 1 FROM pg_database WHERE datname = '\(name)'")
        if known.rows.isEmpty { try await maintenance.query("CREATE DATABASE \"\(name)\"") }
        await maintenance.close()
        guard known.rows.isEmpty else { return }
        let connection = PostgresConnection(settings.naming(database: name))
        try await connection.connect()
        try await connection.query("CREATE TABLE diary AS SELECT '\(word)'::text AS line")
        await connection.close()
        databases[name] = word
    }

    /// What is no longer as it was put there.
    func changes(beside settings: PostgresSettings?) async throws -> [String] {
        var changes = files.compactMap { path, data -> String? in
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
                return "\(path) is gone"
            }
            if let data { return FileManager.default.contents(atPath: path) == data ? nil : "\(path) changed" }
            return attributes[.type] as? FileAttributeType == .typeDirectory ? nil : "\(path) is no folder any more"
        }
        guard let settings else { return changes.sorted() }
        for (name, word) in databases {
            let connection = PostgresConnection(settings.naming(database: name))
            do {
                try await connection.connect()
                let line = try await connection.query("SELECT line FROM diary").rows.first?.first
                if line != word { changes.append("the database \(name) changed") }
            } catch {
                changes.append("the database \(name) is gone: \(error)")
            }
            await connection.close()
        }
        return changes.sorted()
    }

    private mutating func write(_ path: String, _ generator: inout SeededGenerator) throws {
        let text = "a stranger's line \(UInt64.random(in: 0...UInt64.max, using: &generator))\n"
        try Data(text.utf8).write(to: URL(filePath: path), options: .withoutOverwriting)
        files[path] = Data(text.utf8)
    }

    /// A name that people use, or one of ours with a small difference.
    private static func name(among there: [String], _ generator: inout SeededGenerator) -> String {
        let number = Int.random(in: 0..<1000, using: &generator)
        let usual = [
            ".partial.thesis\(number).tex", ".partial.", "trades-20260801.jsonl", "nginx-access-20240101.log",
            "mydata-20240101.jsonl.gz", "mydata-20240101-\(number + 1).jsonl", "alerts\(number).log",
            "errors_2020-01-01.jsonl", ".c.db.restore-keep-\(number)", ".candles.db.restore-this\(number)",
            "candles.db.old",
            "notes \(number).manifest.json", "restart-\(number).lock.txt", "x\(number).tmp", ".new",
        ]
        guard Bool.random(using: &generator), let ours = there.randomElement(using: &generator) else {
            return usual.randomElement(using: &generator) ?? "x"
        }
        return switch Int.random(in: 0..<5, using: &generator) {
        case 0: ".partial." + ours + "~"
        case 1: "my-" + ours
        case 2: ours + ".bak"
        case 3: ".partial.my-" + ours
        default: String(ours.reversed())
        }
    }
}
