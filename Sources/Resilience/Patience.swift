/// How long one goes on asking for something that is away, at growing distances: from two seconds to a minute.
package struct Patience: Sendable, Equatable {
    package static let standard = Patience(limit: .seconds(1800))
    private static let distances = Backoff(base: .seconds(2), factor: 1.6, cap: .seconds(60))

    package let limit: Duration

    package init(limit: Duration) { self.limit = limit }

    /// The pause before the next question; nil once there is no patience for one.
    ///
    /// `question`: Its number, from 1. `waited`: Since it was first seen to be away. `floor`: The shortest pause that makes sense;
    /// what the other side asks for beyond the limit is not waited for.
    package func pause(
        before question: Int, waited: Duration, floor: Duration? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        let left = limit - waited
        let floor = floor ?? .zero
        guard left > .zero, floor <= left else { return nil }
        return min(left, max(floor, Self.distances.pause(attempt: question, using: &generator)))
    }

    /// The same by the system's generator.
    package func pause(before question: Int, waited: Duration, floor: Duration? = nil) -> Duration? {
        var generator = SystemRandomNumberGenerator()
        return pause(before: question, waited: waited, floor: floor, using: &generator)
    }
}
