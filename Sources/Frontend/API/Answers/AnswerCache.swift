import Candles
import Crypto
import Gzip
import HTTPServer
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

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

/// An answer of the API, ready to be sent in each of its forms.
struct CachedAnswer: Sendable {
    let lifetime: APIDocument.Lifetime
    let tag: String
    let plain: ReadyAnswer
    /// Nil until somebody wants it.
    private(set) var zipped: ReadyAnswer?
    let notModified: ReadyAnswer

    /// Below this, compression saves nothing that matters.
    private static let worthZipping = 860

    /// `asOf` and `sequence` are those of the moment before the data were read.
    init(_ document: APIDocument, asOf: UnixMilliseconds, sequence: Int) {
        lifetime = document.lifetime
        let tag = Self.tag(of: document.data)
        self.tag = tag
        var body = ByteBuffer()
        if document.isEnveloped {
            body.reserveCapacity(document.data.count + 64)
            body.writeString("{\"as_of_ms\":\(asOf),\"seq\":\(sequence),\"data\":")
            body.writeBytes(document.data)
            body.writeString("}")
        } else {
            body.writeBytes(document.data)
        }
        plain = Self.answer(body, tag, lifetime, encoding: nil)
        notModified = ReadyAnswer(
            status: .notModified, headers: Self.validators(tag, lifetime), body: ByteBuffer())
        if body.readableBytes < Self.worthZipping { zipped = plain }
    }

    /// Compresses it, where that was not done before.
    mutating func zip() throws {
        if zipped != nil { return }
        let bytes = try Gzip.deflate(Array(plain.body.readableBytesView), level: 6)
        zipped = Self.answer(ByteBuffer(bytes: bytes), tag, lifetime, encoding: "gzip")
    }

    /// What to send to who asks so; nil where it first has to be compressed.
    func answer(to headers: HTTPHeaders) -> ReadyAnswer? {
        if ConditionalRequest(headers).has(etag: tag) { return notModified }
        return AcceptedEncoding(headers) == .gzip ? zipped : plain
    }

    /// Memory that it takes, roughly.
    var bytes: Int {
        let own = zipped.map { $0.headers.contains(name: "content-encoding") ? $0.body.readableBytes : 0 } ?? 0
        return plain.body.readableBytes + own + 2048
    }

    /// Weak: it is of the data alone, whatever stands around them, and in each encoding.
    private static func tag(of data: [UInt8]) -> String {
        let digits = SHA256.hash(data: data).prefix(12).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }
        return "W/\"\(digits.joined())\""
    }

    private static func answer(
        _ body: ByteBuffer, _ tag: String, _ lifetime: APIDocument.Lifetime, encoding: String?
    ) -> ReadyAnswer {
        var headers = validators(tag, lifetime)
        headers.add(name: "Content-Type", value: "application/json")
        headers.add(name: "Content-Length", value: "\(body.readableBytes)")
        if let encoding { headers.add(name: "Content-Encoding", value: encoding) }
        return ReadyAnswer(status: .ok, headers: headers, body: body)
    }

    private static func validators(_ tag: String, _ lifetime: APIDocument.Lifetime) -> HTTPHeaders {
        [
            "ETag": tag, "Cache-Control": lifetime == .settled ? "private, max-age=60" : "no-cache",
            "Vary": "Accept-Encoding",
        ]
    }
}
