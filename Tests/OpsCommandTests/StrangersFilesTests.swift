import Backup
import Foundation
import TestSupport
import Testing

extension OpsCommandSuite {
    /// Files and folders that others may change, beside ours.
    @Suite("Files that others may change", .timeLimit(.minutes(3))) struct StrangersFilesTests {
        private func run(_ arguments: [String], in folder: String, _ host: OpsHost) async throws -> Command.Outcome {
            try await Command(
                program: URL(filePath: "/bin/sh"),
                arguments: ["-c", "cd \"$0\" && exec \"$@\"", folder, Command.folder.appending(path: "ops").path]
                    + arguments,
                environment: host.environment
            ).run()
        }

        private func mode(_ mode: Int, _ path: String) throws {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }

        @Test func `a link in the place of a lock of backups empties nothing`() async throws {
            let host = try await OpsHost(.sqlite, candles: 10)
            let victim = host.folder.path("victim")
            try "precious\n".write(toFile: victim, atomically: true, encoding: .utf8)
            for name in ["ops-backup", "ops-backup-manifests"] {
                try FileManager.default.createDirectory(atPath: host.backups.path, withIntermediateDirectories: true)
                let lock = "\(host.backups.path)/\(name).lock"
                try? FileManager.default.removeItem(atPath: lock)
                try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: victim)
                for arguments in [["backup"], ["verify"], ["restore", "--type", "sqlite", "--yes"]] {
                    _ = try await Command.ops(arguments, host.environment).run()
                    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious\n", "\(name) \(arguments)")
                }
                try FileManager.default.removeItem(atPath: lock)
                #expect(try await host.ops("backup").run().status == 0)
            }
        }

        @Test func `doctor tells of a folder that others may write`() async throws {
            var host = try await OpsHost(.sqlite, candles: 10)
            host.environment["LOG_DIR"] = host.folder.path("logs")
            for name in ["backups", "logs", "state"] {
                let path = host.folder.path(name)
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                try mode(0o700, path)
                #expect(!(try await host.ops("doctor").run().out.contains("\(path) can be changed by others")))
                try mode(0o777, path)
                let doctor = try await host.ops("doctor").run()
                #expect(doctor.out.contains("\(path) can be changed by others"), "\(doctor.out)")
                try mode(0o1777, path)
                #expect(!(try await host.ops("doctor").run().out.contains("\(path) can be changed by others")))
                try mode(0o700, path)
            }
        }

        @Test(arguments: ["others", "group", "folder", "owner", "owner of the folder"])
        func `a .env that others may change is told by doctor, and refused as root`(way: String) async throws {
            let isRoot = geteuid() == 0
            if !isRoot, way.hasPrefix("owner") { try Test.cancel("only root can give a file away") }
            let host = try await OpsHost(.sqlite, candles: 10)
            let work = try ScratchFolder()
            let file = work.path(".env")
            try "PROCESS_RESTART_COMMAND=touch \(work.path("ran"))\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            try mode(0o600, file)
            let before = try await run(["doctor"], in: work.path, host)
            #expect(!before.out.contains(".env can be changed by others") && before.status != 78, "\(before)")
            let manager = FileManager.default
            switch way {
            case "others": try mode(0o606, file)
            case "group":
                if isRoot { try manager.setAttributes([.groupOwnerAccountID: 12_345], ofItemAtPath: file) }
                try mode(0o660, file)
                if !isRoot { return }  // Its group may be one of this user's own.
            case "folder": try mode(0o777, work.path)
            case "owner": try manager.setAttributes([.ownerAccountID: 12_345], ofItemAtPath: file)
            default: try manager.setAttributes([.ownerAccountID: 12_345], ofItemAtPath: work.path)
            }
            let after = try await run(["doctor"], in: work.path, host)
            if isRoot {
                #expect(after.status == 78 && after.err.contains(".env is not read as root"), "\(after)")
            } else {
                #expect(after.out.contains(".env can be changed by others"), "\(after.out)")
            }
        }
    }
}
