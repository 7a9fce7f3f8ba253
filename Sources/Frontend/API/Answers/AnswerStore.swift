import Candles

/// Keeps answers while they are true, and not more of them than there is room for.
struct AnswerStore: Sendable {
    private struct Entry {
        var answer: CachedAnswer
        let version: Int
        let made: UnixMilliseconds
        var lastUse: Int
    }

    /// How much there is room for.
    struct Room: Sendable {
        var bytes = 64 << 20
        var answers = 4096
    }

    private let room: Room
    private var entries: [String: Entry] = [:]
    private(set) var bytes = 0
    private var uses = 0

    init(room: Room = .init()) { self.room = room }

    var count: Int { entries.count }

    /// What is kept of a target, if it is still true while the database is at `version`.
    mutating func answer(to target: String, version: Int, now: UnixMilliseconds) -> CachedAnswer? {
        guard let index = entries.index(forKey: target) else { return nil }
        guard Self.isTrue(entries.values[index], version, now) else { return nil }
        uses += 1
        entries.values[index].lastUse = uses
        return entries.values[index].answer
    }

    /// Keeps what was made of the database at `version`; of the others, those go first that nobody has used for longest.
    mutating func keep(_ answer: CachedAnswer, to target: String, version: Int, made: UnixMilliseconds) {
        remove(target)
        guard answer.bytes <= room.bytes else { return }
        uses += 1
        entries[target] = Entry(answer: answer, version: version, made: made, lastUse: uses)
        bytes += answer.bytes
        if isFull { clear(version: version, now: made) }
    }

    private var isFull: Bool { bytes > room.bytes || entries.count > room.answers }

    /// Makes some room at once, so that not every new answer has to look for it.
    private mutating func clear(version: Int, now: UnixMilliseconds) {
        for target in entries.filter({ !Self.isTrue($0.value, version, now) }).keys { remove(target) }
        if !isFull { return }
        for target in entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }).map(\.key) {
            if bytes <= room.bytes / 8 * 7, entries.count <= room.answers / 8 * 7 { return }
            remove(target)
        }
    }

    private mutating func remove(_ target: String) {
        if let entry = entries.removeValue(forKey: target) { bytes -= entry.answer.bytes }
    }

    private static func isTrue(_ entry: Entry, _ version: Int, _ now: UnixMilliseconds) -> Bool {
        switch entry.answer.lifetime {
        case .always: true
        case .settled, .untilChange: entry.version == version
        case .second: entry.version == version && (0..<1000).contains(now - entry.made)
        }
    }
}
