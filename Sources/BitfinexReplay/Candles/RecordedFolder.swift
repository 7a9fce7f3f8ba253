package import Candles
package import Foundation
import Gzip
import Resilience

/// Recorded candles: a folder of `SYMBOL_TIMEFRAME_YEAR.jsonl.gz` (or `.jsonl`), one printed row a line.
///
/// Several years of a series are joined. A symbol's colon is written as it is or as an underscore:
/// `DUSK_USD_1m_2021.jsonl.gz`. Other files are left alone.
package struct RecordedFolder: CandleSource {
    private let files: [Series: [URL]]

    /// Lists the folder, without reading the files.
    ///
    /// - Throws: `ReplayFault`
    package init(_ folder: URL) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw ReplayFault.unreadableFolder(path: folder.path)
        }
        var files: [Series: [URL]] = [:]
        for name in names.sorted() where name.hasSuffix(".jsonl") || name.hasSuffix(".jsonl.gz") {
            files[try RecordedFolder.series(fileName: name), default: []].append(folder.appending(path: name))
        }
        if files.isEmpty { throw ReplayFault.emptyFolder(path: folder.path) }
        self.files = files
    }

    package var series: [Series] { files.keys.sorted() }

    package func rows(of series: Series) throws -> CandleRows {
        let parts = try (files[series] ?? []).map { (file: $0, rows: try RecordedFile($0).rows()) }
        var joined = CandleRows()
        for part in parts.sorted(by: { ($0.rows.times.first ?? 0) < ($1.rows.times.first ?? 0) }) {
            if let last = joined.times.last, let first = part.rows.times.first, first <= last {
                throw ReplayFault.unorderedRow(path: part.file.path, line: 1)
            }
            joined.append(contentsOf: part.rows)
        }
        return joined
    }

    /// Splits `DUSK_USD_1m_2021.jsonl.gz` from the right.
    static func series(fileName: String) throws -> Series {
        let stem = fileName.prefix { $0 != "." }
        let parts = stem.split(separator: "_")
        guard parts.count >= 3,
            let timeframe = Timeframe(rawValue: String(parts[parts.count - 2])),
            let symbol = try? Symbol(parts.dropLast(2).joined(separator: ":"))
        else { throw ReplayFault.malformedFileName(path: fileName) }
        return Series(symbol: symbol, timeframe: timeframe)
    }
}

/// One file of recorded rows.
struct RecordedFile {
    private let file: URL
    private var result = CandleRows()
    private var line = 0

    init(_ file: URL) { self.file = file }

    /// Reads every row; blocks on the file.
    ///
    /// - Throws: `ReplayFault` naming the file and the line.
    consuming func rows() throws -> CandleRows {
        do {
            try LineBlocks.read(file) { try append($0) }
        } catch let fault as GzipFault {
            throw ReplayFault.unreadableFile(path: file.path, reason: fault.summary)
        }
        return result
    }

    private mutating func append(_ block: LineBlocks.Block) throws {
        var times: [UnixMilliseconds] = []
        times.reserveCapacity(block.ends.count)
        var start = 0
        var last = result.times.last ?? .min
        for end in block.ends {
            line += 1
            guard let time = RecordedFile.openTime(block.bytes, start..<end) else {
                throw ReplayFault.malformedRow(path: file.path, line: line)
            }
            guard time > last else { throw ReplayFault.unorderedRow(path: file.path, line: line) }
            times.append(time)
            last = time
            start = end + 1
        }
        result.append(times, block: block.bytes, ends: block.ends)
    }

    /// The time in `[1483228800000,…]`: always 13 digits since 2001.
    private static func openTime(_ bytes: [UInt8], _ row: Range<Int>) -> UnixMilliseconds? {
        let digits = 13
        guard row.count > digits + 10, bytes[row.lowerBound] == UInt8(ascii: "["),
            bytes[row.lowerBound + digits + 1] == UInt8(ascii: ","), bytes[row.upperBound - 1] == UInt8(ascii: "]")
        else { return nil }
        var time: UnixMilliseconds = 0
        for index in row.lowerBound + 1...row.lowerBound + digits {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            time = time * 10 + UnixMilliseconds(digit)
        }
        return time
    }
}

/// Where the replay's candles come from.
package protocol CandleSource: Sendable {
    /// The series that it has itself, finest timeframe of a symbol first.
    var series: [Series] { get }
    /// All rows of one of `series`; blocks while it reads or generates.
    func rows(of series: Series) throws -> CandleRows
}
