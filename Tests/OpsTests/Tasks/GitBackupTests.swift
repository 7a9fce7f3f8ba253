import Foundation
import Host
import Scheduler
import Tasks
import TestSupport
import Testing

@Suite("Tasks: git backup", .timeLimit(.minutes(1))) struct GitBackupTests {
    private let folder: ScratchFolder
    private var tree: String { folder.path("tree") }

    /// A work tree with one commit, and a bare repository to push to.
    init() async throws {
        folder = try ScratchFolder()
        let script = """
            git init -q --bare '\(folder.path("remote.git"))' && git init -q -b main '\(folder.path("tree"))' \
            && cd '\(folder.path("tree"))' && git config user.name T && git config user.email t@example.org \
            && git remote add origin '\(folder.path("remote.git"))'
            """
        #expect(try await Program("sh", ["-c", script], deadline: .seconds(20)).run().status == 0)
    }

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "scripts/sync_champion.sh").path

    private func pushed() async throws -> String {
        try await Program(
            "git", ["--git-dir", folder.path("remote.git"), "show", "main:weights"], deadline: .seconds(10)
        ).run().output
    }

    @Test func `what changed is committed and pushed, and nothing else`() async throws {
        let backup = GitBackup(script: Self.script, folder: tree)
        try "1".write(toFile: tree + "/weights", atomically: true, encoding: .utf8)
        #expect(try await backup.run().message.hasSuffix("to origin/main"))
        #expect(try await pushed() == "1")
        #expect(try await backup.run() == .idle("nothing to commit or to push"))
        try "2".write(toFile: tree + "/weights", atomically: true, encoding: .utf8)
        _ = try await backup.run()
        #expect(try await pushed() == "2")
    }

    @Test(arguments: ["tree/", "link", "link to link", "./tree/../link"])
    func `a folder works by every name that leads to it`(name: String) async throws {
        let files = FileManager.default
        try files.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: tree)
        try files.createSymbolicLink(atPath: folder.path("link to link"), withDestinationPath: folder.path("link"))
        try "1".write(toFile: tree + "/weights", atomically: true, encoding: .utf8)
        // As GIT_BACKUP_DIR is read.
        let named = URL(filePath: folder.path(name), directoryHint: .isDirectory).path
        #expect(try await GitBackup(script: Self.script, folder: named).run().message.hasSuffix("to origin/main"))
        #expect(try await pushed() == "1")
    }

    @Test func `a push that failed is made up for`() async throws {
        let backup = GitBackup(script: Self.script, folder: tree)
        try "1".write(toFile: tree + "/weights", atomically: true, encoding: .utf8)
        try FileManager.default.moveItem(atPath: folder.path("remote.git"), toPath: folder.path("away"))
        let error = await #expect(throws: (any Error).self) { _ = try await backup.run() }
        #expect("\(try #require(error))".contains("exit code 69"))
        try FileManager.default.moveItem(atPath: folder.path("away"), toPath: folder.path("remote.git"))
        _ = try await backup.run()
        #expect(try await pushed() == "1")
    }

    @Test func `a file with secrets is never pushed`() async throws {
        let backup = GitBackup(script: Self.script, folder: tree)
        try "1".write(toFile: tree + "/weights", atomically: true, encoding: .utf8)
        try "{}".write(toFile: tree + "/alert_config.json", atomically: true, encoding: .utf8)
        let error = await #expect(throws: (any Error).self) { _ = try await backup.run() }
        #expect("\(try #require(error))".contains("alert_config.json holds secrets"))
        #expect(try await pushed() == "")
        try "alert_config.json\n".write(toFile: tree + "/.gitignore", atomically: true, encoding: .utf8)
        _ = try await backup.run()
        #expect(try await pushed() == "1")
    }

    @Test func `a folder that is no work tree is refused`() async throws {
        let error = await #expect(throws: (any Error).self) {
            _ = try await GitBackup(script: Self.script, folder: folder.path).run()
        }
        #expect("\(try #require(error))".contains("exit code 64"))
    }
}
