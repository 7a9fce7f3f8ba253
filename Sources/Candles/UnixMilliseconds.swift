/// A moment as milliseconds since 1970-01-01T00:00Z, the exchange's own unit.
package typealias UnixMilliseconds = Int64

extension Duration {
    /// Whole milliseconds, cut towards zero.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
