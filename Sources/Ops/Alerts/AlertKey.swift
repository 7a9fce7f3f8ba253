import Candles
import Crypto
import Foundation

/// What two alerts have in common that are one to a person: where they come from, what kind they are, and what they are about.
///
/// Numbers in them count as one and the same, so that an age or a price makes no new alert. Names keep theirs: `bot1` is not
/// `bot2`, and `BTCUSD-1m` is not `BTCUSD-15m`; only four digits in a row or more are a number within a name too, such as a
/// process's number or a time.
package struct AlertKey: Sendable, Hashable, CustomStringConvertible {
    private static let longest = 120

    /// At most 120 characters, lower case, without line breaks: `source/rule/target`.
    ///
    /// A slash within source or rule is written `\/`, and a backslash `\\`, so that the first two others divide it. One that would be as
    /// long or longer ends in a digest of all of it, as no shorter one has the length.
    package let description: String

    /// From the whole texts: of what was cut, two alerts would be one.
    package init(source: String, rule: String, target: String) {
        let parts = [Self.escaped(Self.folded(source)), Self.escaped(Self.folded(rule)), Self.folded(target)]
        let whole = parts.joined(separator: "/")
        let isShort = whole.count < Self.longest
        description = isShort ? whole : whole.prefix(Self.longest - 17) + "-" + Self.digest(whole)
    }

    /// As version 0.5 made it, of texts that were cut, with slashes that could be anything's.
    static func earlier(source: String, rule: String, target: String) -> String {
        let whole = [source, rule, target].map(folded).joined(separator: "/")
        return whole.count <= longest ? whole : whole.prefix(longest - 17) + "-" + digest(whole)
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("/", with: "\\/")
    }

    /// What a person cannot tell apart is one: `é` may be one sign or two.
    private static func folded(_ text: String) -> String {
        text.lowercased().precomposedStringWithCanonicalMapping.split(whereSeparator: \.isWhitespace).map(word).joined(
            separator: " ")
    }

    /// One word, which `=`, commas, brackets and quotes divide further.
    private static func word(_ text: Substring) -> String {
        var result = ""
        for piece in text.split(omittingEmptySubsequences: false, whereSeparator: { "=,;()[]{}'\"<>/".contains($0) }) {
            result += piece.first?.isLetter == true ? numbers(in: piece, of: 4) : numbers(in: piece, of: 1)
            if piece.endIndex < text.endIndex { result.append(text[piece.endIndex]) }
        }
        return result
    }

    /// Runs of at least so many digits become `#`.
    private static func numbers(in piece: Substring, of length: Int) -> String {
        var result = ""
        var digits = ""
        for character in piece {
            if character.isASCII, character.isNumber {
                digits.append(character)
            } else {
                result += (digits.count >= length ? "#" : digits) + String(character)
                digits = ""
            }
        }
        return result + (digits.count >= length ? "#" : digits)
    }

    /// 16 hexadecimal digits.
    private static func digest(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).prefix(8).hexadecimal
    }
}
