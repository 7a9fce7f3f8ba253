import Alerts
import CommandRuntime
import Foundation
import Health
import Host
import Journal
import Storage
import SystemPackage

/// Looks at files and folders: who may read secrets, and where we may write.
struct FileExamination: Sendable {
    let parts: Composition

    func findings() async -> [Diagnosis] {
        var findings = ([".env", parts.settings.alerts.file.path] + parts.settings.secretFiles).compactMap(secretFile)
        // What we run or believe stands in them.
        findings += [".env", parts.settings.watchdog.file.path, parts.settings.alerts.file.path].compactMap(trust)
        findings += folders.compactMap(trust)
        findings.append(await journal())
        findings.append(folder("BACKUP_DIR", parts.settings.backupFolder))
        findings.append(folder("LOG_DIR", parts.settings.logs.folder))
        findings += parts.diskRooms().map(disk)
        return findings
    }

    /// Nil where there is no such file.
    private func secretFile(_ path: String) -> Diagnosis? {
        guard let file = try? FilePath(path).stat() else { return nil }
        guard file.permissions.rawValue & 0o077 == 0 else {
            return .warning("files", "\(path) can be read by others, and may hold secrets", do: "chmod 600 \(path)")
        }
        return .fine("files", "\(path) is yours alone")
    }

    /// Where we write, and names can be guessed.
    private var folders: [String] {
        var folders = [parts.settings.stateFolder, parts.settings.backupFolder, parts.settings.logs.folder].map(\.path)
        for case .sqlite(let path) in parts.settings.databases {
            folders.append(URL(filePath: DatabaseLocation.file(at: path)).deletingLastPathComponent().path)
        }
        return Set(folders).sorted()
    }

    /// Nil where nobody else can change it.
    private func trust(_ path: String) -> Diagnosis? {
        FileTrust.objection(to: path).map { objection in
            .warning(
                "files", "\(path) can be changed by others: it \(objection)",
                do: "chown it to this user, and chmod go-w \(path)")
        }
    }

    private func journal() async -> Diagnosis {
        let folder = parts.settings.stateFolder
        do {
            let journal = try parts.journal()
            try await journal.probe()
        } catch {
            return .broken(
                "journal", "\(error)", do: "see that \(folder.path) is yours and has room; STATE_DIR names it")
        }
        let mode = (try? FilePath(folder.path).stat())?.permissions.rawValue ?? 0
        guard mode & 0o077 == 0 else {
            return .warning("journal", "\(folder.path) can be read by others", do: "chmod 700 \(folder.path)")
        }
        return .fine("journal", "\(folder.path) takes what it is told")
    }

    private func folder(_ name: String, _ url: URL) -> Diagnosis {
        var existing = url
        while !FileManager.default.fileExists(atPath: existing.path), existing.path != "/" {
            existing.deleteLastPathComponent()
        }
        guard FileManager.default.isWritableFile(atPath: existing.path) else {
            return .broken(
                "files", "\(name) is \(url.path), where this user may not write", do: "chown it, or name another folder"
            )
        }
        return .fine("files", "\(name) \(url.path) can be written")
    }

    private func disk(_ room: DiskRoom) -> Diagnosis {
        let disk = HostReport.Disk(room)
        let what = "\(disk.freeGB) of \(disk.totalGB) GB are free at \(disk.path)"
        switch room.severity {
        case nil, .info: return .fine("disk", what)
        case .warning: return .warning("disk", what, do: "make room before it is full")
        case .critical: return .broken("disk", what, do: "make room now: nothing can be stored soon")
        }
    }
}
