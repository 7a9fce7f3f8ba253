import Foundation
import Host

/// Tells one boot of the machine from another, since monotonic clocks begin anew with each.
package enum BootIdentity {
    /// The kernel's own identifier; a constant where there is none.
    package static let current: String = {
        let path = "/proc/sys/kernel/random/boot_id"
        // Without it, states of earlier boots cannot be told apart, and no more than that is lost.
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
    }()

    /// Milliseconds since boot, also of those that the machine slept.
    package static var uptime: Int64 { ProcessTable().uptime.map { Int64($0 / .milliseconds(1)) } ?? milliseconds }

    /// Milliseconds of the monotonic clock, which began with this boot.
    package static var milliseconds: Int64 { Int64(ProcessInfo.processInfo.systemUptime * 1000) }
}
