package import Candles
import Foundation
import Gzip

extension LogReader {
    /// How many errors were logged since then, of all programs: those in `errors.log`, warnings left out, and in what was rotated of it.
    ///
    /// Reads from the end as far as is needed; a file that cannot be read counts nothing.
    package func errors(since: UnixMilliseconds) -> Int {
        let start = String(since.iso8601.dropLast())
        let names = (try? names(of: ServiceLog.errors, since: since)) ?? []
        var count = 0
        for name in names {
            let (lines, isWhole) = name.form == .compressed ? (whole(name), true) : tail(of: name, from: start)
            let recent = lines.filter { $0.time >= start }
            count += recent.count { $0.isError && !$0.isOfRun }
            if !isWhole || recent.count < lines.count { break }
        }
        return count
    }

    private func whole(_ name: LogFileName) -> [LevelledLine] {
        var lines: [LevelledLine] = []
        // Of a file that is cut, what stands before the cut counts.
        try? LineBlocks.read(url(of: name)) { block in
            var from = 0
            for end in block.ends {
                lines.append(LevelledLine(block.bytes[from..<end]))
                from = end + 1
            }
        }
        return lines
    }

    /// The last lines, back to one that is older than `start`, and whether that is all of the file.
    private func tail(of name: LogFileName, from start: String) -> ([LevelledLine], isWhole: Bool) {
        guard let file = try? FileHandle(forReadingFrom: url(of: name)) else { return ([], true) }
        defer { try? file.close() }
        let size = (try? file.seekToEnd()) ?? 0
        var length = UInt64(1 << 16)
        while true {
            let from = size > length ? size - length : 0
            try? file.seek(toOffset: from)
            let bytes = [UInt8]((try? file.read(upToCount: Int(size - from))) ?? Data())
            // The first line of a piece from the middle is but a part of one.
            let lines = bytes.split(separator: UInt8(ascii: "\n")).dropFirst(from == 0 ? 0 : 1).map(LevelledLine.init)
            if from == 0 { return (lines, true) }
            if let first = lines.first, first.time < start { return (lines, false) }
            length *= 4
        }
    }
}

/// Time and level of one line, in either form that logs have had.
struct LevelledLine {
    /// `2024-01-31T12:00:00.123Z`; empty where the line has none.
    let time: String
    let isError: Bool
    /// Whether it tells of the end of a run, which the journal counts.
    let isOfRun: Bool

    init(_ line: ArraySlice<UInt8>) {
        let head = String(decoding: line.prefix(80), as: UTF8.self)
        if let json = head.prefixMatch(of: #/\{"time":"([0-9TZ:.-]+)","level":"(\w+)"/#) {
            time = String(json.1)
            isError = json.2 == "error" || json.2 == "critical"
            // A quote within a text is escaped, so that no message can have this.
            isOfRun = isError && Self.has(",\"\(LogEntry.runField)\":\"", line)
        } else if let text = head.prefixMatch(of: #/(\d{4}-\d\d-\d\dT[0-9:.]+Z) (\w+) /#) {
            time = String(text.1)
            isError = text.2 == "ERROR" || text.2 == "CRITICAL"
            isOfRun = isError && Self.has(" \(LogEntry.runField)=", line)
        } else {
            time = ""
            isError = false
            isOfRun = false
        }
    }

    private static func has(_ mark: String, _ line: ArraySlice<UInt8>) -> Bool {
        String(decoding: line, as: UTF8.self).contains(mark)
    }
}
