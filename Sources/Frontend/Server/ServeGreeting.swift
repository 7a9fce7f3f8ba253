package import HTTPServer

/// What whoever starts the dashboard should know: where it is, and who can read it.
package struct ServeGreeting: Sendable, Equatable {
    /// To be opened in a browser; never empty.
    package let urls: [String]
    /// Nil where only this machine can reach it.
    package let exposure: String?

    /// `port` is the one that it listens at, `names` are the host's own names and addresses.
    package init(_ place: ListenAddress, port: Int, names: [String]) {
        guard HostAddress(place.host)?.isEvery == true else {
            urls = ["http://\(Self.authority(place.host)):\(port)/"]
            exposure = HostAddress.isLoopback(place.host) ? nil : Self.exposure(to: place.allowedHosts + [place.host])
            return
        }
        let reachable = names.filter { !HostAddress.isLoopback($0) && !$0.lowercased().hasPrefix("fe80:") }
        // Addresses first: a name is only found where somebody resolves it.
        let best = reachable.filter(Self.isIPv4) + reachable.filter { $0.hasSuffix(".local") }
        urls = best.isEmpty ? ["http://127.0.0.1:\(port)/"] : Self.unique(best).map { "http://\($0):\(port)/" }
        exposure = Self.exposure(to: Self.unique(["localhost"] + reachable + place.allowedHosts))
    }

    private static func exposure(to names: [String]) -> String {
        """
        everybody on that network can read it, and nobody can change anything; it answers to \
        \(names.joined(separator: ", ")), and to more where ALLOWED_HOSTS names them
        """
    }

    private static func isIPv4(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func authority(_ name: String) -> String {
        name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0.lowercased()).inserted }
    }
}
