import Foundation
import NIOCore

/// What this host is called.
package enum HostNames {
    /// Its name, its name on the local network, and the addresses of its interfaces.
    package static func current() -> [String] { names + addresses }

    private static var names: [String] {
        // A host without a name is called by its addresses alone.
        guard let text = try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8) else { return [] }
        let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let first = name.prefix { $0 != "." }
        return name.isEmpty ? [] : [name, String(first), "\(first).local"]
    }

    private static var addresses: [String] {
        // Without them a client still reaches it by the address that it connected to.
        ((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress }
    }
}
