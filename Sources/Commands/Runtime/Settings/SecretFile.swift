import Foundation

/// A file that holds one secret on its first line.
struct SecretFile {
    /// Without what an editor put around it: the mark of UTF-8, and the end of the line.
    ///
    /// - Throws: `SecretFileFault`, which shows nothing of it.
    static func read(_ path: String, of name: String) throws(SecretFileFault) -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw .unreadable(name) }
        guard let text = EnvFile.text(of: bytes) else { throw .noText(name) }
        let lines = EnvFile.lines(of: text)
        let isLater = lines.dropFirst().contains { !$0.allSatisfy(\.isWhitespace) }
        if lines[0].isEmpty, isLater { throw .emptyFirstLine(name) }
        if lines[0].allSatisfy(\.isWhitespace) { throw .empty(name) }
        if lines[0].unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            throw .control(name)
        }
        return String(lines[0])
    }
}

/// Why the file of a secret cannot be used.
enum SecretFileFault: Error {
    case unreadable(String)
    case noText(String)
    case emptyFirstLine(String)
    case empty(String)
    case control(String)

    /// As one sentence for the list of wrong settings.
    var problem: String {
        switch self {
        case .unreadable(let name): "the file with the secret \(name) cannot be read; check \(name)_FILE"
        case .noText(let name): "the file with the secret \(name) is no text in UTF-8; save it as UTF-8"
        case .emptyFirstLine(let name):
            "the file with the secret \(name) has an empty first line; put the secret on the first"
        case .empty(let name):
            "the file with the secret \(name) is empty; write the secret into it, or do not name the file"
        case .control(let name): "the file with the secret \(name) holds a control character; write it anew"
        }
    }
}
