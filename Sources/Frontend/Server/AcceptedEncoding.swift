package import NIOHTTP1

/// The form in which a document is best sent.
package enum AcceptedEncoding: Sendable, Equatable {
    /// As it is. Also for who takes neither: to send it is allowed, and more use than 406.
    case identity
    case gzip

    package init(_ headers: HTTPHeaders) { self.init(fields: headers["accept-encoding"]) }

    /// `fields` are the values of all `Accept-Encoding` fields (RFC 9110, section 12.5.3).
    package init(fields: [String]) {
        var weights = Weights()
        for field in fields { weights.read(field.utf8[...]) }
        let gzip = weights.gzip ?? weights.others ?? 0
        self = gzip > 0 && gzip >= weights.identity ?? 0 ? .gzip : .identity
    }
}

/// How much a client wants each coding, in thousandths; nil is not said.
private struct Weights {
    private(set) var gzip: Int?
    private(set) var identity: Int?
    private(set) var others: Int?

    mutating func read(_ field: Substring.UTF8View) {
        var rest = field
        while !rest.isEmpty {
            let item = rest.prefix { $0 != UInt8(ascii: ",") }
            rest = rest[item.endIndex...].dropFirst()
            let name = item.prefix { $0 != UInt8(ascii: ";") }
            add(name.trimmed, Self.weight(item[name.endIndex...]))
        }
    }

    private mutating func add(_ name: Substring.UTF8View, _ weight: Int) {
        if name.isWord("gzip") || name.isWord("x-gzip") {
            gzip = weight
        } else if name.isWord("identity") {
            identity = weight
        } else if name.isWord("*") {
            others = weight
        }
    }

    /// Of `;q=0.5`; 1000 where there is none, and 0 where it cannot be read.
    private static func weight(_ parameters: Substring.UTF8View) -> Int {
        let text = parameters.dropFirst().trimmed
        if text.isEmpty { return 1000 }
        guard text.first.map({ $0 | 0x20 }) == UInt8(ascii: "q") else { return 0 }
        let number = text.dropFirst().trimmed
        guard number.first == UInt8(ascii: "="), let value = Double(String(Substring(number.dropFirst().trimmed))),
            (0...1).contains(value)
        else { return 0 }
        return Int(value * 1000)
    }
}

extension Substring.UTF8View {
    fileprivate var trimmed: Substring.UTF8View {
        var text = drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { text.removeLast() }
        return text
    }

    /// Whether it is `word`, which is in lower case, in any case.
    fileprivate func isWord(_ word: StaticString) -> Bool {
        elementsEqual("\(word)".utf8) {
            $0 == $1 || ($0 | 0x20 == $1 && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($1))
        }
    }
}
