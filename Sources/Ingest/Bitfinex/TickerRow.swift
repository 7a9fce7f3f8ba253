import Candles
import Foundation

/// One row of `/v2/tickers`; nothing for funding, and for symbols of a kind that we do not know.
///
/// - Source: <https://docs.bitfinex.com/reference/rest-public-tickers>: `[SYMBOL, BID, BID_SIZE, ASK, ASK_SIZE, DAILY_CHANGE,
///   DAILY_CHANGE_RELATIVE, LAST_PRICE, VOLUME, HIGH, LOW]`.
struct TickerRow: Decodable {
    let ticker: Ticker?

    /// Each row is read by itself: one that is odd costs that row.
    ///
    /// Of two rows of a symbol the last one counts.
    static func tickers(in page: [UInt8]) -> [Ticker] {
        let decoder = JSONDecoder()
        let tickers = ArrayElements.ranges(of: page).compactMap { row in
            (try? decoder.decode(TickerRow.self, from: Data(page[row])))?.ticker
        }
        return Array(Dictionary(tickers.map { ($0.symbol, $0) }) { _, last in last }.values)
            .sorted { $0.symbol < $1.symbol }
    }

    init(from decoder: any Decoder) throws {
        var fields = try decoder.unkeyedContainer()
        let name = try fields.decode(String.self)
        guard name.hasPrefix("t"), let symbol = try? Symbol(name) else {
            ticker = nil
            return
        }
        var values: [Double] = []
        while !fields.isAtEnd, values.count < 10 { values.append(try fields.decode(Double?.self) ?? .nan) }
        guard values.count == 10, values[4...].allSatisfy(\.isFinite) else {
            ticker = nil
            return
        }
        ticker = Ticker(
            symbol: symbol, lastPrice: values[6], dailyChange: values[4], dailyChangeRelative: values[5],
            dailyVolume: values[7], dailyHigh: values[8], dailyLow: values[9])
    }
}

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
