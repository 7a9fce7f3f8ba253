import Candles
import Foundation

/// What a folder of logs remembers of the version before: which files that version was to keep for longer.
///
/// `log-rotation.json` in the folder, made by the first rotation of a version that keeps `bot` and `errors` by `LOG_ROTATION_DAYS`.
struct RotationMemory {
    private struct Document: Codable {
        let kept_30_days_until: String?
    }

    static let file = "log-rotation.json"

    /// Nil where no file keeps a longer time.
    let keptLongerUntil: Int?
    /// Whether the folder was not rotated by such a version yet.
    let isNew: Bool

    /// `files` are those of the folder.
    init(of folder: LogFolder, files: [LogFile], today: Int) {
        guard let data = FileManager.default.contents(atPath: folder.path(Self.file)) else {
            isNew = true
            keptLongerUntil = files.contains { Self.isEarlier($0, than: today) } ? today : nil
            return
        }
        isNew = false
        guard let document = try? JSONDecoder().decode(Document.self, from: data) else {
            // Better too long than too short.
            keptLongerUntil = today
            return
        }
        keptLongerUntil = document.kept_30_days_until.flatMap {
            (try? UnixMilliseconds(iso8601: $0)).map(RotationPlan.day)
        }
    }

    /// - Throws: `LogFault`.
    func save(in folder: LogFolder) throws(LogFault) {
        let day = keptLongerUntil.map { String((UnixMilliseconds($0) * 86_400_000).iso8601.prefix(10)) }
        do {
            let data = try JSONEncoder().encode(Document(kept_30_days_until: day))
            let path = folder.path(Self.file)
            try data.write(to: URL(filePath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch {
            throw .folderUnusable(path: folder.url.path, reason: (error as NSError).localizedDescription)
        }
    }

    /// What a person is told by the first rotation, where it keeps less than the version before.
    func notice(days: Int) -> String? {
        guard isNew, let last = keptLongerUntil, days < LogClass.longerDays else { return nil }
        let day = (UnixMilliseconds(last) * 86_400_000).iso8601.prefix(10)
        return """
            bot and errors are kept for \(days) days from now on (LOG_ROTATION_DAYS), no longer for \(LogClass.longerDays); what is \
            rotated up to \(day) stays for its \(LogClass.longerDays) days
            """
    }

    private static func isEarlier(_ file: LogFile, than today: Int) -> Bool {
        guard LogClass.keptLonger.contains(file.name.family) else { return false }
        return file.name.turn != nil || file.beganAt.map { RotationPlan.day($0) < today } ?? false
    }
}
