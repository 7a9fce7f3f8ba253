import Foundation

/// A process of this machine and its command line.
package struct RunningProcess: Sendable, Equatable {
    package let pid: Int32
    /// Its arguments, with spaces in between.
    package let commandLine: String

    /// All that have a command line and are not this process itself.
    package static func all() -> [RunningProcess] {
        ProcessTable().running.filter { $0.pid != ProcessInfo.processInfo.processIdentifier }
    }
}
