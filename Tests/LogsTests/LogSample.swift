import Foundation
import Gzip
import NIOConcurrencyHelpers
import TestSupport

@testable import Logs

/// A folder of logs of one test.
struct LogSample: Sendable {
    let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    var url: URL { scratch.url }

    func write(_ text: String, to name: String) throws {
        let bytes = name.hasSuffix(".gz") ? try Gzip.deflate(Array(text.utf8)) : Array(text.utf8)
        try Data(bytes).write(to: url.appending(path: name))
    }

    /// Every name but those of a rotation's own lock and memory.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: url.path).filter {
            !$0.hasSuffix(".lock") && $0 != "log-rotation.json"
        }.sorted()
    }

    func text(_ name: String) throws -> String {
        let bytes = [UInt8](try Data(contentsOf: url.appending(path: name)))
        return String(decoding: name.hasSuffix(".gz") ? try Gzip.inflate(bytes) : bytes, as: UTF8.self)
    }

    /// All lines of a log as a reader finds them: of what is there plain and compressed, the plain file.
    func lines(of family: String) throws -> [String] {
        let names = try names().compactMap(LogFileName.init).filter { $0.family == family && $0.form != .partial }
        let plain = Set(names.filter { $0.form == .plain })
        return try names.filter { $0.form == .plain || !plain.contains($0.with(.plain)) }
            .flatMap { try text($0.text).split(separator: "\n").map(String.init) }
    }

    /// Rotates until nothing waits any more.
    ///
    /// A program that another test starts at this moment holds copies of all open files until it has begun.
    func rotate(
        at day: String, force: Bool = false, before: @escaping @Sendable (RotationPoint) throws -> Void = { _ in }
    ) async throws -> LogRotationReport {
        var report = try rotation(at: day, before: before).run(force: force)
        for _ in 0..<10_000 where !report.postponed.isEmpty {
            await Task.yield()
            let next = try rotation(at: day, before: before).run()
            report.done += next.done
            report.postponed = next.postponed
            report.failures += next.failures
        }
        return report
    }

    func rotation(
        at day: String, before: @escaping @Sendable (RotationPoint) throws -> Void = { _ in }
    ) -> LogRotation {
        let time = ((try? Date("\(day)T12:00:00Z", strategy: .iso8601))?.timeIntervalSince1970 ?? 0) * 1000
        return LogRotation(folder: url, days: 7, now: { Int64(time) }, before: before)
    }
}

/// Ends a rotation as a kill does: nothing is tidied up.
struct Killed: Error {}

/// Throws `Killed` at one point of many.
final class KillSwitch: Sendable {
    private let left: NIOLockedValueBox<Int>

    init(at point: Int) { left = NIOLockedValueBox(point) }

    func pass(_ point: RotationPoint) throws {
        let isNow = left.withLockedValue { left in
            left -= 1
            return left == -1
        }
        if isNow { throw Killed() }
    }
}

/// A monotonic clock that a test moves.
final class HandClock: Sendable {
    private let instant = NIOLockedValueBox(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLockedValue { $0 } }
    func advance(by duration: Duration) { instant.withLockedValue { $0 += duration } }
}
