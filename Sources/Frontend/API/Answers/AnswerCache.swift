import Candles
import NIOConcurrencyHelpers

/// Makes each answer once, and keeps it while it is true.
final class AnswerCache: Sendable {
    private struct Work: Hashable {
        let target: String
        let version: Int
        let isZipped: Bool
    }

    private let shelf: NIOLockedValueBox<AnswerStore>
    private let work = SingleFlight<Work, CachedAnswer>()
    private let version: @Sendable () -> Int
    private let now: @Sendable () -> UnixMilliseconds

    /// `version` is that of what the answers are made of.
    init(
        room: AnswerStore.Room = .init(), version: @escaping @Sendable () -> Int,
        now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        shelf = NIOLockedValueBox(AnswerStore(room: room))
        self.version = version
        self.now = now
    }

    /// What is kept and still true.
    func kept(_ target: String) -> CachedAnswer? {
        let (version, now) = (version(), now())
        return shelf.withLockedValue { $0.answer(to: target, version: version, now: now) }
    }

    /// What is kept, else what `make` gives at this time; compressed where that is wanted.
    func answer(
        to target: String, isZipped: Bool, _ make: (UnixMilliseconds) async throws -> CachedAnswer
    ) async throws -> CachedAnswer {
        if let kept = kept(target), !isZipped || kept.zipped != nil { return kept }
        // What changes while the answer is made makes it an old one: the version is that of before.
        let version = version()
        return try await work.value(for: Work(target: target, version: version, isZipped: isZipped)) {
            let now = now()
            let kept = shelf.withLockedValue { $0.answer(to: target, version: version, now: now) }
            if let kept, !isZipped || kept.zipped != nil { return kept }
            var answer: CachedAnswer
            if let kept { answer = kept } else { answer = try await make(now) }
            if isZipped { try answer.zip() }
            shelf.withLockedValue { [answer] in $0.keep(answer, to: target, version: version, made: now) }
            return answer
        }
    }
}
