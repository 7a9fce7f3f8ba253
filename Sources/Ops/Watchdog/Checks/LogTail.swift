import Candles
import Foundation
import SystemPackage

/// Reads the end of a log file that others write, and may rotate meanwhile.
struct LogTail: Sendable {
    private let log: WatchedService.Log

    init(_ log: WatchedService.Log) { self.log = log }

    /// The largest end of a file that is read, in bytes.
    private static let largest: UInt64 = 4 << 20

    /// Blocks for as long as the disk takes.
    func look(now: UnixMilliseconds) -> Observation.Log {
        do {
            // Of the file itself, also where its name is a link.
            let file = try FilePath(log.path).stat()
            let written =
                UnixMilliseconds(file.st_mtim.tv_sec) * 1000 + UnixMilliseconds(file.st_mtim.tv_nsec / 1_000_000)
            let lines = try lines()
            let stamp = "\(file.st_mtim.tv_sec).\(file.st_mtim.tv_nsec) \(file.size)"
            return .seen(
                stamp: stamp, age: .milliseconds(now - written), lines: lines.count, matches: matches(in: lines))
        } catch Errno.noSuchFileOrDirectory, CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
            return .missing
        } catch Errno.permissionDenied, CocoaError.fileReadNoPermission {
            return .unreadable("no permission")
        } catch {
            return .unreadable(error.localizedDescription)
        }
    }

    private func lines() throws -> [Substring] {
        let file = try FileHandle(forReadingFrom: URL(filePath: log.path))
        defer { try? file.close() }
        let end = try file.seekToEnd()
        var length = UInt64(min(log.lines, 1000)) * 256
        while true {
            let start = end > length ? end - length : 0
            try file.seek(toOffset: start)
            let text = String(decoding: try file.read(upToCount: Int(end - start)) ?? Data(), as: UTF8.self)
            var lines = text.split(whereSeparator: \.isNewline)
            // The first one may have lost its beginning.
            if start > 0, !lines.isEmpty { lines.removeFirst() }
            if start == 0 || lines.count >= log.lines || length >= Self.largest { return lines.suffix(log.lines) }
            length *= 4
        }
    }

    private func matches(in lines: [Substring]) -> Int {
        if log.patterns.isEmpty { return lines.count }
        // The file's reader has refused patterns that are none.
        let patterns = log.patterns.compactMap { try? ExtendedPattern($0) }
        return lines.count { line in patterns.contains { $0.matches(line) } }
    }
}
