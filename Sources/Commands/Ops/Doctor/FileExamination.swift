import CommandRuntime
import Foundation
import Journal
import Ops

/// Looks at files and folders: who may read secrets, and where we may write.
struct FileExamination: Sendable {
    let parts: Composition

    func findings() async -> [Diagnosis] {
        var findings = [".env", parts.settings.alerts.file.path].compactMap(secretFile)
        findings.append(await journal())
        findings.append(folder("BACKUP_DIR", parts.settings.backupFolder))
        findings.append(folder("LOG_DIR", parts.settings.logs.folder))
        findings += parts.diskRooms().map(disk)
        return findings
    }

    /// Nil where there is no such file.
    private func secretFile(_ path: String) -> Diagnosis? {
        guard let values = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = values[.posixPermissions] as? NSNumber
        else { return nil }
        guard mode.intValue & 0o077 == 0 else {
            return .warning("files", "\(path) can be read by others, and may hold secrets", do: "chmod 600 \(path)")
        }
        return .fine("files", "\(path) is yours alone")
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
        let mode = (try? FileManager.default.attributesOfItem(atPath: folder.path))?[.posixPermissions] as? NSNumber
        guard mode.map({ $0.intValue & 0o077 == 0 }) ?? true else {
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
