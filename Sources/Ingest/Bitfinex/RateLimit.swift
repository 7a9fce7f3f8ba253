/// The exchange's word for "too many requests", in all its spellings.
enum RateLimit {
    private static let mostRead = 64 << 10

    /// Whether a text says `ratelimit`, `ERR_RATE_LIMIT`, `Rate limit` or the like.
    static func isTold(in text: some Sequence<UInt8>) -> Bool {
        let letters = text.lazy.prefix(mostRead).filter {
            $0 > 32 && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-")
        }
        return String(decoding: Array(letters), as: UTF8.self).lowercased().contains("ratelimit")
    }
}
