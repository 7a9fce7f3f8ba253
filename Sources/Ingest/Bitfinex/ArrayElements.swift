/// The elements of a JSON array, without looking into them: one that is odd costs no other.
enum ArrayElements {
    /// Where each element lies, spaces around it left out; what is no array has none.
    static func ranges(of bytes: [UInt8]) -> [Range<Int>] {
        let array = trimmed(bytes.indices, bytes)
        guard array.count >= 2, bytes[array.lowerBound] == UInt8(ascii: "["),
            bytes[array.upperBound - 1] == UInt8(ascii: "]")
        else { return [] }
        var ranges: [Range<Int>] = []
        var depth = 0
        var isText = false
        var isEscaped = false
        let inside = array.dropFirst().dropLast()
        var start = inside.lowerBound
        for index in inside {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch bytes[index] {
            case UInt8(ascii: "\\"): isEscaped = isText
            case UInt8(ascii: "\""): isText.toggle()
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += isText ? 0 : 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= isText ? 0 : 1
            case UInt8(ascii: ",") where !isText && depth == 0:
                ranges.append(trimmed(start..<index, bytes))
                start = index + 1
            default: break
            }
        }
        let last = trimmed(start..<inside.upperBound, bytes)
        return ranges.isEmpty && last.isEmpty ? [] : ranges + [last]
    }

    private static func trimmed(_ range: Range<Int>, _ bytes: [UInt8]) -> Range<Int> {
        var range = range
        while let first = range.first, bytes[first] <= 32 { range = range.dropFirst() }
        while let last = range.last, bytes[last] <= 32 { range = range.dropLast() }
        return range
    }
}
