import Foundation

/// A process of this machine, as /proc shows it.
package struct RunningProcess: Sendable, Equatable {
    package let pid: Int32
    /// Its arguments, with spaces in between.
    package let commandLine: String

    /// All that have a command line and are not this process itself.
    package static func all() -> [RunningProcess] {
        let own = ProcessInfo.processInfo.processIdentifier
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { $0 != own }.sorted().compactMap { pid in
            // A process may be gone by now.
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"), !bytes.isEmpty else {
                return nil
            }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return RunningProcess(pid: pid, commandLine: words.joined(separator: " "))
        }
    }
}
