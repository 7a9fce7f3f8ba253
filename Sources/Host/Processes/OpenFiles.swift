import Foundation

/// The programs of this host that have files open, as far as this user may see them.
package enum OpenFiles {
    /// The name and number of each program that has one of these files open, this one included.
    package static func holders(of paths: [String]) -> [String] {
        let wanted = Set(paths + paths.map { $0 + " (deleted)" })
        return names(in: "/proc").filter { Int($0) != nil }.filter { process in
            let folder = "/proc/\(process)/fd"
            return names(in: folder).contains { file in
                // A file that was closed meanwhile is not open.
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)")).map(wanted.contains)
                    ?? false
            }
        }.map { "\(program($0)) (process \($0))" }
    }

    /// Empty where the process is gone, or another user's.
    private static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    private static func program(_ process: String) -> String {
        let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
        return name?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "a program"
    }
}
