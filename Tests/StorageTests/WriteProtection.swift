import Foundation
import Testing

/// Files and folders that nobody may write to for a while.
///
/// Root may write any file, so for root the protection is the file system's own flag; where it has none, the case is skipped.
enum WriteProtection {
    /// Runs `body` while nobody may write to `path`, a file or a folder.
    static func protecting(_ path: String, _ body: () async throws -> Void) async throws {
        let manager = FileManager.default
        let mode = try #require(manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
        if geteuid() != 0 {
            try manager.setAttributes([.posixPermissions: mode & 0o555], ofItemAtPath: path)
        } else if try !chattr("+i", path) {
            try Test.cancel("root may write everything here, and the file system knows no immutable files")
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        if geteuid() != 0 {
            try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        } else {
            _ = try chattr("-i", path)
        }
        try result.get()
    }

    private static func chattr(_ flag: String, _ path: String) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["chattr", flag, path]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
