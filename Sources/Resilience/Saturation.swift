/// Arithmetic for numbers that came from outside: past its ends it stays at them, and ends no process.
extension FixedWidthInteger {
    package func plus(_ other: Self) -> Self {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }

    package func minus(_ other: Self) -> Self {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? (other < 0 ? .max : .min) : difference
    }

    package func times(_ other: Self) -> Self {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? ((self < 0) == (other < 0) ? .max : .min) : product
    }

    /// Within ±2⁵³, which every double and every script counts exactly: the sum of two such numbers, and a thousand times one, fit.
    package var bounded: Self {
        guard Self.bitWidth > 53 else { return self }
        let end = Self(1) << 53
        return Swift.min(Swift.max(self, Self.isSigned ? 0 - end : 0), end)
    }

    /// The number cut towards zero, or the furthest there is; 0 for what is no number.
    package init(nearest value: Double) {
        // As doubles the ends may be rounded outwards, hence not themselves.
        if value >= Double(Self.max) {
            self = .max
        } else if value <= Double(Self.min) {
            self = .min
        } else {
            self = value.isNaN ? 0 : Self(value)
        }
    }
}
