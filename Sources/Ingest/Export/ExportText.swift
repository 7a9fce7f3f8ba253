package import Candles

/// The text of an export: CSV with a heading, or one JSON object a line; the same names in both.
///
/// Numbers are the shortest that read back as the same double.
package struct ExportText: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case csv, jsonl
    }

    private let format: Format
    private let marksFilled: Bool
    private var day: UnixMilliseconds?
    /// Such as `2024-01-31T`.
    private var dayText = ""

    package init(format: Format, marksFilled: Bool) {
        self.format = format
        self.marksFilled = marksFilled
    }

    /// The first line with its end; empty for JSON.
    package var heading: String {
        format == .csv ? "open_time,open,high,low,close,volume,final\(marksFilled ? ",filled" : "")\n" : ""
    }

    /// One row with the end of its line.
    package mutating func line(_ candle: Candle, final: Bool, filled: Bool) -> String {
        let time = text(candle.openTime)
        switch format {
        case .csv:
            return """
                \(time),\(candle.open),\(candle.high),\(candle.low),\(candle.close),\(candle.volume),\(final)\
                \(marksFilled ? ",\(filled)" : "")\n
                """
        case .jsonl:
            return """
                {"open_time":"\(time)","open":\(candle.open),"high":\(candle.high),"low":\(candle.low),\
                "close":\(candle.close),"volume":\(candle.volume),"final":\(final)\
                \(marksFilled ? ",\"filled\":\(filled)" : "")}\n
                """
        }
    }

    /// ISO 8601; the date is formatted once a day, since rows come by the million.
    private mutating func text(_ time: UnixMilliseconds) -> String {
        let start = Timeframe.day1.floor(time)
        if start != day {
            day = start
            dayText = String(start.iso8601.prefix(11))
        }
        let seconds = (time - start) / 1000
        return "\(dayText)\(Self.two(seconds / 3600)):\(Self.two(seconds / 60 % 60)):\(Self.two(seconds % 60))Z"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
