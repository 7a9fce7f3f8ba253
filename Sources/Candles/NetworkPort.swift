/// The ports that a connection can be made to.
package enum NetworkPort {
    package static let range = 1...65_535

    /// Whether an address, `scheme://user@host:port/path`, names no port or one that can be connected to.
    ///
    /// The text is looked at: of a port that is larger than any number, a parsed address has none.
    package static func isSound(in address: String) -> Bool {
        let start = address.firstRange(of: "://")?.upperBound ?? address.startIndex
        let authority = address[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let behindHost = place.lastIndex(of: "]").map { place[$0...].dropFirst() } ?? place
        guard let colon = behindHost.lastIndex(of: ":") else { return true }
        let digits = behindHost[colon...].dropFirst()
        return digits.isEmpty
            || digits.utf8.allSatisfy { (48...57).contains($0) } && Int(digits).map(range.contains) == true
    }
}
