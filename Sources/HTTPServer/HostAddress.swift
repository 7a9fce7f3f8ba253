import NIOCore

/// An address of a host in its one spelling: `::1` for `[0:0:0:0:0:0:0:1]`, and `127.0.0.1` for `::ffff:7f00:1`.
package struct HostAddress: Sendable, Equatable {
    package let text: String

    /// Reads an address with brackets or without, and leaves its scope (`%eth0`) out; nil for a name.
    package init?(_ text: String) {
        var bare = text[...]
        if text.hasPrefix("[") {
            guard text.hasSuffix("]") else { return nil }
            bare = text.dropFirst().dropLast()
        }
        let address = String(bare.prefix { $0 != "%" })
        guard let canonical = try? SocketAddress(ipAddress: address, port: 0).ipAddress,
            text.hasPrefix("[") ? canonical.contains(":") : true
        else { return nil }
        let isMapped = canonical.hasPrefix("::ffff:") && canonical.contains(".")
        self.text = isMapped ? String(canonical.dropFirst(7)) : canonical
    }

    /// Whether nobody but this machine is reached by it.
    package var isLoopback: Bool { text == "::1" || text.hasPrefix("127.") }

    /// Whether a server that listens there listens at every address.
    package var isEvery: Bool { text == "::" || text == "0.0.0.0" }

    /// `localhost` or an address that is one.
    package static func isLoopback(_ host: String) -> Bool {
        host.lowercased() == "localhost" || Self(host)?.isLoopback == true
    }
}
