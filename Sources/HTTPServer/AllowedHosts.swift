import Foundation
import NIOCore

/// The names that requests may be sent to, so that no foreign page's name can be pointed at this server (DNS rebinding).
struct AllowedHosts: Sendable, Equatable {
    enum Verdict: Sendable, Equatable {
        case allowed, unknown, malformed
    }

    private let names: Set<String>

    /// `names` may have ports and capitals; what is no host name at all is left out.
    init(_ names: some Sequence<String>) {
        self.names = Set(names.compactMap(Self.name)).union(["localhost", "127.0.0.1", "::1"])
    }

    /// Judges all `Host` fields of a request; `own` is the address that the client connected to.
    func verdict(on fields: [String], own: String?) -> Verdict {
        guard fields.count == 1, let name = Self.name(fields[0]) else { return .malformed }
        return names.contains(name) || name == own.flatMap(Self.address) ? .allowed : .unknown
    }

    /// Lower case, without port, brackets and the root's dot; nil for what is no authority.
    static func name(_ text: String) -> String? {
        let text = text.lowercased()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), isPort(text[text.index(after: end)...]) else { return nil }
            return address(String(text[...end]))
        }
        if text.count(where: { $0 == ":" }) > 1 { return address(text) }
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        guard isPort(text[colon...]) else { return nil }
        var name = text[..<colon]
        if name.hasSuffix(".") { name.removeLast() }
        guard !name.isEmpty, name.utf8.count < 256, name.utf8.allSatisfy(isNameByte) else { return nil }
        return String(name)
    }

    /// An address in its one spelling; nil for what is none.
    private static func address(_ text: String) -> String? { HostAddress(text)?.text }

    private static func isPort(_ text: Substring) -> Bool {
        if text.isEmpty { return true }
        let digits = text.dropFirst()
        return text.first == ":" && digits.utf8.count <= 5
            && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

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
