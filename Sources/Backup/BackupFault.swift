package import Resilience

/// What keeps a backup from being made, verified or restored.
package enum BackupFault: Fault, Equatable {
    case folderUnusable(path: String, reason: String)
    case notWritten(path: String, reason: String)
    case noSpace(path: String, free: Int, needed: Int)
    case sourceMissing(database: String)
    case sourceDamaged(database: String, problem: String)
    case programMissing(name: String, major: Int)
    case programTooOld(name: String, version: String, needed: String)
    case programFailed(name: String, problem: String)
    case damaged(file: String, problem: String)
    case unverified(file: String)
    /// `type` is nil where any would do.
    case notFound(type: BackupType?, folder: String)
    case fileMissing(path: String)
    /// A Postgres backup can be restored only in a cluster.
    case noCluster
    case noSuchFormat(file: String, found: Int)
    /// `found` is nil where the content is neither.
    case wrongType(file: String, wanted: BackupType, found: BackupType?)
    /// There are good backups, but none of this database.
    case ofOthers(type: BackupType, database: String, others: [String])
    case suspicious(file: String, reason: String)
    /// What signs manifests cannot be used.
    case keyUnusable(path: String, reason: String)
    /// Its manifest is not signed by this installation.
    case unsigned(file: String, signature: ManifestSignature)
    /// Somebody changed a manifest that this installation signed.
    case signatureWrong(file: String)
    /// It becomes larger than it may when it is unpacked.
    case tooLarge(file: String, limit: UnpackLimit)
    /// A dump with something that pg_dump does not write, or that no backup of ours holds.
    case refused(file: String, what: String)
    /// Texts that are not of the encoding that dumps are made in.
    case otherBytes(database: String, words: String)

    package var code: String {
        switch self {
        case .folderUnusable: "backup-folder"
        case .notWritten: "backup-not-written"
        case .noSpace, .tooLarge: "backup-space"
        case .keyUnusable: "backup-key"
        case .signatureWrong: "backup-signature"
        case .sourceMissing: "backup-source-missing"
        case .sourceDamaged: "backup-source-damaged"
        case .programMissing: "program-missing"
        case .programTooOld: "program-too-old"
        case .programFailed: "program-failed"
        case .damaged: "backup-damaged"
        case .unverified, .unsigned: "backup-unverified"
        case .notFound, .fileMissing: "backup-not-found"
        case .noCluster: "backup-no-cluster"
        case .noSuchFormat: "backup-format"
        case .wrongType: "backup-wrong-type"
        case .ofOthers: "backup-of-others"
        case .suspicious: "backup-suspicious"
        case .refused: "backup-refused"
        case .otherBytes: "backup-other-bytes"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .folderUnusable, .notWritten, .noSpace, .tooLarge, .otherBytes: .storage
        case .keyUnusable, .noCluster, .noSuchFormat: .configuration
        case .signatureWrong, .sourceDamaged, .damaged, .suspicious, .refused: .suspect
        case .sourceMissing, .programMissing, .programTooOld, .programFailed, .notFound, .fileMissing,
            .ofOthers:
            .unavailable
        case .unverified, .unsigned, .wrongType: .usage
        }
    }

    package var disposition: Disposition {
        switch self {
        case .folderUnusable, .notWritten, .noSpace: .healable
        case .programFailed: .retryable(after: nil)
        default: .permanent
        }
    }

    package var summary: String {
        switch self {
        case .folderUnusable(let path, let reason): "the folder of backups '\(path)' cannot be used: \(reason)"
        case .notWritten(let path, let reason): "cannot write '\(path)': \(reason)"
        case .noSpace(let path, let free, let needed):
            "'\(path)' has \(free >> 20) MB free, and this needs about \(needed >> 20) MB"
        case .sourceMissing(let database): "there is no database \(database)"
        case .sourceDamaged(let database, let problem): "\(database) is damaged: \(problem)"
        case .programMissing(let name, let major): "there is no \(name) of Postgres \(major) or newer here"
        case .programTooOld(let name, let version, let needed): "\(name) \(version) is too old: this needs \(needed)"
        case .programFailed(let name, let problem): "\(name) failed: \(problem)"
        case .damaged(let file, let problem): "the backup \(file) is damaged: \(problem)"
        case .unverified(let file): "\(file) has no manifest of this program, so it cannot be verified"
        case .notFound(let type, let folder):
            "there is no good \(type.map { "\($0.rawValue) " } ?? "")backup in '\(folder)'"
        case .fileMissing(let path): "there is no backup '\(path)'"
        case .noCluster: "no Postgres is configured in which the backup could be tried"
        case .noSuchFormat(let file, let found):
            "the manifest of \(file) has format \(found), and this program knows formats up to \(Manifest.knownFormat)"
        case .wrongType(let file, let wanted, let found):
            "\(file) holds \(found.map(Self.name) ?? "neither a database nor a dump"), not \(Self.name(wanted))"
        case .ofOthers(let type, let database, let others):
            "no good \(type.rawValue) backup is of \(database), but there are some of \(others.joined(separator: ", "))"
        case .suspicious(let file, let reason): "the backup \(file) is whole, but suspicious: \(reason)"
        case .keyUnusable(let path, let reason): "the key of the backups '\(path)' cannot be used: \(reason)"
        case .unsigned(let file, let signature):
            "\(file) is \(signature.rawValue), so it may not be a backup of this installation"
        case .signatureWrong(let file):
            "the signature of \(file) is wrong: its manifest was changed after this installation had signed it"
        case .tooLarge(let file, let limit):
            "\(file) holds more than \(limit.bytes >> 20) MB, and was not unpacked further: \(limit.reason)"
        case .refused(let file, let what): "\(file) is not what pg_dump writes, and nothing of it was loaded: \(what)"
        case .otherBytes(let database, let words):
            "\(database) holds texts that are not UTF-8, so it cannot be dumped: \(words)"
        }
    }

    package var hint: String? {
        switch self {
        case .folderUnusable: "name a folder that this user may write to in BACKUP_DIR"
        case .notWritten: "check that the folder exists, that this user may write to it, and that the disk has room"
        case .noSpace: "free some space, or name another folder in BACKUP_DIR; nothing was changed"
        case .sourceMissing: "check DATABASE_URL, POSTGRES_DB or DATABASE_PATH, and the folder that you run this in"
        case .sourceDamaged: "restore the newest good backup: ops restore --list"
        case .programMissing: "install it: apt-get install postgresql-client"
        case .programTooOld: "install a newer postgresql-client"
        case .programFailed: "run it again; if it fails again, read the server's log"
        case .damaged: "choose another backup ('ops backups' lists them), and check the disk"
        case .unverified: "add --allow-unverified if you know where it comes from"
        case .notFound: "see 'ops backups', or name a file with --file"
        case .fileMissing: "'ops backups' lists the backups"
        case .noCluster: "set DATABASE_URL or POSTGRES_HOST, or use --database"
        case .noSuchFormat: "use the newer version of this program that wrote it"
        case .wrongType: "name another file, or another --type"
        case .ofOthers: "to restore one of them here, name its file with --file; 'ops backups' lists them"
        case .suspicious: "check whether rows were lost; if none were, run 'ops backup --accept-fewer-rows'"
        case .keyUnusable: "name a file outside of BACKUP_DIR, of this user alone, in BACKUP_KEY_FILE"
        case .unsigned:
            "add --allow-unverified if you know that it is right, as one of version 0.5.0 or of another host"
        case .signatureWrong: "choose another backup ('ops backups' lists them), and check who can write to the folder"
        case .tooLarge: "check that it is the right file, and free some space; nothing was changed"
        case .refused: "do not load it by hand either; ask whoever gave it to you for a plain 'pg_dump --no-owner'"
        case .otherBytes:
            "its encoding, such as SQL_ASCII, keeps bytes of any kind: move it into a database with ENCODING 'UTF8'; "
                + "docs/RUNBOOK.md has the commands"
        }
    }

    private static func name(_ type: BackupType) -> String {
        switch type {
        case .sqlite: "an SQLite database"
        case .postgres: "a Postgres dump"
        case .journal: "a host's journal"
        }
    }
}
