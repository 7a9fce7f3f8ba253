package import Candles
package import Foundation
import Gzip

/// Reads a log across its rotated and compressed files, as text for people.
package struct LogReader: Sendable {
    package enum Log: Sendable {
        /// Everything, in whichever form it was written.
        case main
        /// Warnings and worse.
        case errors

        var families: [String] {
            switch self {
            case .main: [ServiceLog.main, ServiceLog.earlierMain]
            case .errors: [ServiceLog.errors]
            }
        }
    }

    private let folder: LogFolder

    package init(folder: URL) { self.folder = LogFolder(url: folder) }

    func url(of name: LogFileName) -> URL { folder.url.appending(path: name.text) }

    /// The last `count` lines that are not older than `since`, oldest first.
    ///
    /// One file that is cut, damaged or nobody's to read hides no other: what stands before the damage is shown, and `complain` gets a
    /// sentence on the rest.
    ///
    /// - Throws: `LogFault.folderUnusable`.
    package func lines(
        of log: Log, last count: Int, since: UnixMilliseconds? = nil, complain: (String) -> Void = { _ in }
    ) throws -> [String] {
        var found: [[LogText]] = []
        for family in log.families {
            var lines: [LogText] = []
            for name in try names(of: family, since: since) where lines.count < count {
                lines = tail(of: name, count - lines.count, since: since, complain) + lines
            }
            found.append(lines)
        }
        // Only one of the two is written at a time: sorting is for those who changed the form.
        let filled = found.filter { !$0.isEmpty }
        let all = filled.count == 1 ? filled[0] : filled.joined().sorted { $0.time < $1.time }
        return all.suffix(count).map(\.text)
    }

    /// Newest first; of a file that is there in both forms, the plain one.
    func names(of family: String, since: UnixMilliseconds?) throws -> [LogFileName] {
        let names = try folder.files().map(\.name).filter { $0.family == family && $0.form != .partial }
        let plain = Set(names.filter { $0.form == .plain })
        let wanted = names.filter { name in
            if name.form == .compressed, plain.contains(name.with(.plain)) { return false }
            guard let since, let turn = name.turn else { return true }
            return turn.day >= RotationPlan.day(since)
        }
        let live = LogFileName.Turn(day: .max, number: 0)
        return wanted.sorted { ($0.turn ?? live) > ($1.turn ?? live) }
    }

    private func tail(
        of name: LogFileName, _ count: Int, since: UnixMilliseconds?, _ complain: (String) -> Void
    ) -> [LogText] {
        let start = since.map { String($0.iso8601.dropLast()) } ?? ""
        var kept: [LogText] = []
        var waiting: [ArraySlice<UInt8>] = []
        do {
            try LineBlocks.read(url(of: name)) { block in
                var from = 0
                for end in block.ends {
                    if end > from { waiting.append(block.bytes[from..<end]) }
                    from = end + 1
                }
                if start.isEmpty {
                    waiting.removeFirst(max(0, waiting.count - count))
                } else {
                    kept += waiting.map(LogText.init).filter { $0.time >= start }
                    kept.removeFirst(max(0, kept.count - count))
                    waiting = []
                }
            }
        } catch {
            complain("\(name.text) cannot be read to its end, and what is missing is not shown: \(error)")
        }
        return kept + waiting.map(LogText.init)
    }
}

/// One line of a log for a person.
struct LogText {
    /// As it is written, so that it can be compared; empty where the line has none.
    let time: String
    let text: String

    init(_ line: ArraySlice<UInt8>) {
        let raw = String(decoding: line, as: UTF8.self)
        guard var fields = (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any],
            let time = fields.removeValue(forKey: "time") as? String,
            let level = fields.removeValue(forKey: "level") as? String
        else {
            self.time = raw.prefixMatch(of: /\d{4}-\d\d-\d\dT[0-9:.]+Z/).map { String($0.output) } ?? ""
            text = raw.visible
            return
        }
        self.time = time
        let source = fields.removeValue(forKey: "source") ?? "?"
        let message = fields.removeValue(forKey: "message") ?? ""
        let rest = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.word($0.value))" }.joined()
        text = "\(time) \(level.uppercased()) \(source): \(message)\(rest)".visible
    }

    private static func word(_ value: Any) -> String {
        if let text = value as? String { return text.contains(" ") ? "\"\(text)\"" : text }
        let data = try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
    }
}

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
