import Backup
import CommandRuntime
import Foundation
import Jobs

/// What `ops backup --make-key` does: the key lies there before the first backup, and a copy of it can be kept.
struct BackupKeyMaking {
    let parts: Composition
    let output: CommandOutput

    func run() throws -> ExitStatus {
        let isNew = try parts.folder.makeKey()
        let path = parts.settings.backupKeyFile.path
        if output.json {
            output.print(Answer(keyFile: path, made: isNew))
        } else if isNew {
            output.say("made the key that signs backups: \(path); keep a copy of it, apart from the backups")
        } else {
            output.say("the key that signs backups is \(path), and stays as it is")
        }
        return .complete
    }

    private struct Answer: Encodable {
        let keyFile: String
        let made: Bool

        enum CodingKeys: String, CodingKey {
            case keyFile = "key_file"
            case made
        }
    }
}
