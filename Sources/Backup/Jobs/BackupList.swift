package import Candles
import Jobs

/// Backups as a table or a document, newest first.
package struct BackupList {
    package struct Document: Encodable {
        fileprivate let backups: [Entry]
    }

    package let document: Document
    private let folder: String

    package init(_ backups: [StoredBackup], in folder: BackupFolder, now: UnixMilliseconds) {
        document = Document(backups: backups.reversed().map { Entry($0, now: now) })
        self.folder = folder.path
    }

    package var lines: [String] {
        if document.backups.isEmpty { return ["No backups in \(folder). Try: ops backup"] }
        var table = TextTable(["file", "database", "verified", "age", "size", "rows", "newest candle"])
        for entry in document.backups {
            table.add([
                entry.file, entry.database ?? "-", entry.standing, entry.age, "\(ByteCount(entry.bytes))",
                entry.rows.map { "\($0)" } ?? "-", entry.newestCandle ?? "-",
            ])
        }
        return table.lines
    }

    fileprivate struct Entry: Encodable {
        let file: String
        let type: String
        let database: String?
        let occasion: String?
        let createdAt: String
        let age: String
        let bytes: Int
        let rows: Int?
        let newestCandle: String?
        let good: Bool
        let standing: String
        let signature: String?
        let verifications: [Manifest.Verification]

        init(_ backup: StoredBackup, now: UnixMilliseconds) {
            let manifest = backup.known
            file = backup.name.file
            type = backup.name.type.rawValue
            database = manifest?.database
            occasion = manifest?.occasion.rawValue
            createdAt = backup.name.time.iso8601
            age = "\(Age(now - backup.name.time))"
            bytes = backup.bytes
            rows = manifest?.rows
            newestCandle = manifest?.newestCandle
            good = backup.isGood
            standing = Self.standing(backup, now: now)
            signature = manifest == nil ? nil : backup.signature.rawValue
            verifications = manifest?.verifications ?? []
        }

        /// How it was verified, when, and whether it is to be trusted.
        private static func standing(_ backup: StoredBackup, now: UnixMilliseconds) -> String {
            switch backup.manifest {
            case .missing: return "no manifest"
            case .damaged: return "manifest damaged"
            case .read where backup.signature == .wrong: return "SIGNATURE WRONG"
            case .read(let manifest):
                if let failed = manifest.verifications.first(where: { !$0.passed }) {
                    return "DAMAGED (\(failed.depth.rawValue))"
                }
                guard let last = manifest.verifications.max(by: { ($0.depth, $0.at) < ($1.depth, $1.at) }) else {
                    return "never"
                }
                let age = (try? UnixMilliseconds(iso8601: last.at)).map { " \(Age(now - $0)) ago" } ?? ""
                let doubt = backup.isOfTheFuture(now: now) ? "OF THE FUTURE, " : ""
                return doubt + (manifest.suspicion == nil ? "" : "SUSPICIOUS, ") + last.depth.rawValue + age
            }
        }

        enum CodingKeys: String, CodingKey {
            case file, type, database, occasion, age, bytes, rows, good, standing, signature, verifications
            case createdAt = "created_at"
            case newestCandle = "newest_candle"
        }
    }
}
