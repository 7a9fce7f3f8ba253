/// A number of bytes as people read it.
package struct ByteCount: CustomStringConvertible {
    private let bytes: Int

    package init(_ bytes: Int) { self.bytes = bytes }

    package var description: String {
        if bytes < 1000 { return "\(bytes) B" }
        let units = ["kB", "MB", "GB", "TB"]
        var value = Double(bytes) / 1000
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(units[unit])" : "\(Int(value.rounded())) \(units[unit])"
    }
}

/// An age as people read it.
package struct Age: CustomStringConvertible {
    private let milliseconds: Int64

    package init(_ milliseconds: Int64) { self.milliseconds = milliseconds }

    package var description: String {
        let minutes = milliseconds / 60_000
        if minutes < 0 { return "in the future" }
        if minutes < 120 { return "\(minutes) min" }
        if minutes < 48 * 60 { return "\(minutes / 60) h" }
        return "\(minutes / 1440) d"
    }

    /// With seconds below two minutes, for what changes that fast.
    package var precise: String {
        (0..<120_000).contains(milliseconds) ? "\(milliseconds / 1000) s" : description
    }
}

/// How much of some work is done, as a bar.
package struct ProgressBar: CustomStringConvertible {
    private static let width = 24

    private let share: Double

    /// `share` is between 0 and 1.
    package init(_ share: Double) { self.share = share }

    package var description: String {
        let filled = Int(share * Double(Self.width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        return "\(bar) \(Int(share * 100)) %"
    }
}
