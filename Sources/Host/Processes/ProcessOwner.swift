import Foundation

/// Whose processes are meant.
package enum ProcessOwner: Sendable, Equatable {
    /// Those of the user that this process runs as.
    case own
    /// Those of a user by name or number.
    case named(String)

    /// Whether the process is that user's, by its real and its effective user alike; one that has changed its user is nobody's.
    package func owns(_ pid: Int32, root: String) -> Bool {
        guard let user = Self.user(of: pid, root: root) else { return false }
        switch self {
        case .own: return user == geteuid()
        case .named(let name):
            if let number = UInt32(name) { return user == number }
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(root)/\(pid)/status")
            return attributes?[.ownerAccountName] as? String == name
                && (attributes?[.ownerAccountID] as? NSNumber)?.uint32Value == user
        }
    }

    /// The real and effective user of a process; nil where they differ, or /proc does not say.
    package static func user(of pid: Int32, root: String) -> UInt32? {
        guard let users = users(of: pid, root: root), users.real == users.effective else { return nil }
        return users.real
    }

    /// The line `Uid:` of /proc/PID/status: real, effective, saved and file system's.
    private static func users(of pid: Int32, root: String) -> (real: UInt32, effective: UInt32)? {
        guard let text = try? String(contentsOfFile: "\(root)/\(pid)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Uid:") })
        else { return nil }
        let numbers = line.split(whereSeparator: \.isWhitespace).dropFirst().compactMap { UInt32($0) }
        return numbers.count >= 2 ? (numbers[0], numbers[1]) : nil
    }
}
