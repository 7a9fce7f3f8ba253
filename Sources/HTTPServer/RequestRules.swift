import NIOHTTP1

/// Which requests are passed on.
struct RequestRules: Sendable {
    let hosts: AllowedHosts
    let methods: [HTTPMethod]
    let bodyBytes: Int

    /// Why a request is refused by what its head says; nil where it is passed on.
    ///
    /// `own` is the address that the client connected to, and `known` what was allowed as `Host` on this connection before. What
    /// two programs could read in two ways, as a body of two lengths or a target with a host of its own, is malformed.
    func refusal(of head: HTTPRequestHead, own: @autoclosure () -> String?, known: inout String?) -> Refusal? {
        let fields = head.headers["host"]
        if fields.count != 1 || fields[0] != known {
            switch hosts.verdict(on: fields, own: own()) {
            case .malformed: return .malformed("the request needs one Host")
            case .unknown: return .unknownHost
            case .allowed: known = fields[0]
            }
        }
        if !methods.contains(head.method) { return .method(allowed: methods.map(\.rawValue).joined(separator: ", ")) }
        if head.uri.utf8.first != UInt8(ascii: "/") { return .malformed("the target is no path") }
        return refusalOfLength(head)
    }

    private func refusalOfLength(_ head: HTTPRequestHead) -> Refusal? {
        let encodings = head.headers["transfer-encoding"]
        let lengths = head.headers["content-length"]
        if !encodings.isEmpty {
            guard encodings.map({ $0.lowercased() }) == ["chunked"], lengths.isEmpty, head.version == .http1_1 else {
                return .malformed("the body's length is not clear")
            }
            return nil
        }
        if lengths.isEmpty { return nil }
        guard lengths.count == 1, let length = Int(lengths[0]), length >= 0 else {
            return .malformed("the body's length is not clear")
        }
        return length > bodyBytes ? .tooLarge : nil
    }
}
