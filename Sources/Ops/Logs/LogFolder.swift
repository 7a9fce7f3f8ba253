import Candles
import Foundation
import Host
package import Resilience
import SystemPackage

/// The folder of logs: what is in it, and the changes that a rotation makes.
///
/// Folders within it are not its business.
struct LogFolder {
    let url: URL

    func path(_ name: String) -> String { url.appending(path: name).path }

    /// Every regular file whose name is that of a log of ours; none where there is no folder yet.
    ///
    /// - Throws: `LogFault`.
    func files() throws -> [LogFile] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch CocoaError.fileReadNoSuchFile {
            return []
        } catch {
            throw LogFault.folderUnusable(path: url.path, reason: (error as NSError).localizedDescription)
        }
        return names.sorted().compactMap(file)
    }

    private func file(_ name: String) -> LogFile? {
        // Gone in this moment, or nothing that could be rotated.
        guard let known = LogFileName(name), LogClass(of: known.family, days: 1) != nil,
            let stat = try? FilePath(path(name)).stat(followTargetSymlink: false), stat.type == .regular
        else { return nil }
        return LogFile(
            known, bytes: Int(stat.size), beganAt: known.turn == nil ? firstTime(in: name) : nil,
            changedAt: Int64(stat.rawValue.st_mtim.tv_sec) * 1000)
    }

    /// The first thing on its first line that looks like a time.
    private func firstTime(in name: String) -> UnixMilliseconds? {
        guard let file = try? FileHandle(forReadingFrom: URL(filePath: path(name))) else { return nil }
        defer { try? file.close() }
        let head = String(decoding: (try? file.read(upToCount: 256)) ?? Data(), as: UTF8.self)
        let line = head.prefix { !$0.isNewline }
        guard let time = line.firstMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/) else { return nil }
        return try? UnixMilliseconds(iso8601: "\(time.output)Z")
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// That it is gone already is no error.
    func remove(_ name: String) throws(LogFault) {
        do {
            try FileManager.default.removeItem(atPath: path(name))
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            throw .notRotated(path: path(name), reason: (error as NSError).localizedDescription)
        }
    }

    /// Refuses a name that is taken.
    func rename(_ name: String, to other: String) throws(LogFault) {
        do {
            try FileManager.default.moveItem(atPath: path(name), toPath: path(other))
        } catch {
            throw .notRotated(path: path(name), reason: (error as NSError).localizedDescription)
        }
    }

    /// Brings new names to disk.
    func sync() throws(LogFault) {
        do {
            try DurableFile.syncFolder(url.path)
        } catch {
            throw .folderUnusable(path: url.path, reason: "\(error)")
        }
    }
}

/// Why logs could not be read or rotated.
package enum LogFault: Fault, Equatable {
    case folderUnusable(path: String, reason: String)
    case notRotated(path: String, reason: String)

    package var code: String {
        switch self {
        case .folderUnusable: "log-folder"
        case .notRotated: "log-not-rotated"
        }
    }
    package var kind: FaultKind { .storage }

    package var disposition: Disposition { .healable }

    package var summary: String {
        switch self {
        case .folderUnusable(let path, let reason): "cannot use the folder of logs '\(path)': \(reason)"
        case .notRotated(let path, let reason): "cannot rotate '\(path)': \(reason)"
        }
    }

    package var hint: String? {
        switch self {
        case .folderUnusable: "check the folder's owner and permissions, or set LOG_DIR"
        case .notRotated:
            "free some room on that disk (df -h) or mend what the message names; nothing was lost, and the next run goes on"
        }
    }
}
